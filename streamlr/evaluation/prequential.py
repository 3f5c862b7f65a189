"""Prequential metrics of a classifier: cumulative, faded and over a window of the latest samples.

Accuracy, Cohen's kappa, kappa-temporal and log-loss. Kappa compares with a classifier of the same
marginals that guesses; kappa-temporal with one that repeats the previous label, the fair opponent
on autocorrelated streams.

References
----------
Gama, Sebastião & Rodrigues (2013), "On evaluating stream learning algorithms", for prequential
evaluation with fading; Žliobaitė et al. (2015), "Evaluation methods and decision theory for
classification of streaming data with temporal dependence", for kappa-temporal.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.arithmetic import log
from streamlr.compiling import cold, hot
from streamlr.components import NO_CLASS, ComponentConfig, Shape

SMALLEST_PROBABILITY = 1e-6  # log-loss is clipped at its -ln, which a class never seen scores
_RESCALE_AT = 1e200

VIEWS = ("cumulative", "faded", "windowed")


class Config(ComponentConfig):
    """How prequential metrics forget."""

    type: Literal["prequential"] = "prequential"
    half_life: Annotated[
        float, Field(ge=1, le=1e12, description="of the faded view, in samples")
    ] = 1000.0
    window: Annotated[
        int, Field(ge=1, le=10_000_000, description="of the windowed view, in samples")
    ] = 1000


class State(NamedTuple):
    """Sums for the three views.

    Attributes
    ----------
    counts : float64 [2, classes, classes + 1]
        Confusion counts, label by prediction (the last column: no prediction); cumulative, then
        faded.
    no_change : float64 [2]
        How often the previous label was the label; cumulative, then faded.
    loss : float64 [2]
        Sum of log-losses in nats; cumulative, then faded.
    weight : float64 [2]
        Weight of the next sample in each; the faded one's grows, where the past would else have to
        be multiplied down.
    growth : float64 [1]
        2 ** (1 / half_life).
    ring_label, ring_predicted : int64 [window]
    ring_loss : float64 [window]
    previous : int64 [1]
        The last label.
    last_loss : float64 [1]
        Log-loss of the last sample.
    samples : int64 [1]
    slot : int64 [1]
        Where the rings' next entry goes.
    """

    counts: np.ndarray
    no_change: np.ndarray
    loss: np.ndarray
    weight: np.ndarray
    growth: np.ndarray
    ring_label: np.ndarray
    ring_predicted: np.ndarray
    ring_loss: np.ndarray
    ring_no_change: np.ndarray
    previous: np.ndarray
    last_loss: np.ndarray
    samples: np.ndarray
    slot: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """Nothing scored."""
    return State(
        counts=np.zeros((2, shape.classes, shape.classes + 1)),
        no_change=np.zeros(2),
        loss=np.zeros(2),
        weight=np.ones(2),
        growth=np.array([2.0 ** (1.0 / config.half_life)]),
        ring_label=np.full(config.window, NO_CLASS),
        ring_predicted=np.full(config.window, NO_CLASS),
        ring_loss=np.zeros(config.window),
        ring_no_change=np.zeros(config.window),
        previous=np.full(1, NO_CLASS),
        last_loss=np.zeros(1),
        samples=np.zeros(1, np.int64),
        slot=np.zeros(1, np.int64),
    )


@hot
def update(state: State, label: int, predicted: int, probability: float) -> None:
    """Score one prediction.

    Parameters
    ----------
    label, predicted
        Class indices; ``predicted`` is ``NO_CLASS`` where none was known yet.
    probability
        What was given to ``label`` before it was known; 0 for a class never seen before.
    """
    p = min(max(probability, SMALLEST_PROBABILITY), 1.0)
    loss = -log(p)
    repeated = 1.0 if label == state.previous[0] else 0.0
    column = predicted if predicted != NO_CLASS else state.counts.shape[2] - 1
    state.weight[1] *= state.growth[0]
    for view in range(2):
        weight = state.weight[view]
        state.counts[view, label, column] += weight
        state.no_change[view] += weight * repeated
        state.loss[view] += weight * loss
    if state.weight[1] > _RESCALE_AT:
        _rescale(state)
    slot = state.slot[0]
    state.ring_label[slot] = label
    state.ring_predicted[slot] = predicted
    state.ring_loss[slot] = loss
    state.ring_no_change[slot] = repeated
    state.previous[0] = label
    state.last_loss[0] = loss
    state.samples[0] += 1
    state.slot[0] = slot + 1 if slot + 1 < state.ring_label.shape[0] else 0


@cold
def _rescale(state: State) -> None:
    """Bring the weight of the next sample in the faded view back to 1."""
    weight = state.weight[1]
    for label in range(state.counts.shape[1]):
        for column in range(state.counts.shape[2]):
            state.counts[1, label, column] /= weight
    state.no_change[1] /= weight
    state.loss[1] /= weight
    state.weight[1] = 1.0


def metrics(state: State) -> dict[str, dict[str, float]]:
    """Every view's ``accuracy``, ``kappa``, ``kappa_temporal`` (fractions) and ``log_loss`` (nats).

    NaN stands for what is not defined: nothing scored yet, or kappa against an opponent that is
    always right.
    """
    window = min(int(state.samples[0]), state.ring_label.shape[0])
    counts = np.zeros_like(state.counts[0])
    np.add.at(counts, (state.ring_label[:window], state.ring_predicted[:window]), 1.0)
    sums = {
        "cumulative": (state.counts[0], state.no_change[0], state.loss[0]),
        "faded": (state.counts[1], state.no_change[1], state.loss[1]),
        "windowed": (counts, state.ring_no_change[:window].sum(), state.ring_loss[:window].sum()),
    }
    return {view: _view(*sums[view]) for view in VIEWS}


def _view(counts: np.ndarray, no_change: float, loss: float) -> dict[str, float]:
    total = counts.sum()
    if total == 0:
        return dict.fromkeys(("accuracy", "kappa", "kappa_temporal", "log_loss"), float("nan"))
    accuracy = np.trace(counts) / total
    by_chance = float(counts.sum(axis=1) @ counts.sum(axis=0)[:-1]) / total**2
    return {
        "accuracy": float(accuracy),
        "kappa": _above(accuracy, by_chance),
        "kappa_temporal": _above(accuracy, no_change / total),
        "log_loss": float(loss / total),
    }


def _above(accuracy: float, opponent: float) -> float:
    """Share of the opponent's errors that are avoided."""
    return float((accuracy - opponent) / (1.0 - opponent)) if opponent < 1.0 else float("nan")
