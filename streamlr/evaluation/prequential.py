"""Prequential metrics of a classifier: cumulative, faded and over a window of the latest samples.

Accuracy, balanced accuracy, F1, Cohen's kappa, kappa-temporal, log-loss, calibration; ROC-AUC of
two classes over the window. Kappa compares with a classifier of the same marginals that guesses;
kappa-temporal with one that repeats the previous label, the fair opponent on autocorrelated
streams. The accuracies of that one, and of one that says the commonest class so far, stand beside
ours.

References
----------
Gama, Sebastião & Rodrigues (2013), "On evaluating stream learning algorithms", for prequential
evaluation with fading; Žliobaitė et al. (2015), "Evaluation methods and decision theory for
classification of streaming data with temporal dependence", for kappa-temporal; Guo et al. (2017),
"On calibration of modern neural networks", for the expected calibration error.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.arithmetic import log
from streamlr.compiling import cold, hot
from streamlr.components import NO_CLASS, ComponentConfig, Shape

SMALLEST_PROBABILITY = 1e-6  # log-loss is clipped at its -ln, which a class never seen scores
_RESCALE_AT = 1e200
_BINS = 10  # of the class said, by what was given to it
_BINARY = 2

TASKS = ("binary", "multiclass")
VIEWS = ("cumulative", "faded", "windowed")
METRICS = (
    "accuracy",
    "balanced_accuracy",
    "f1",
    "kappa",
    "kappa_temporal",
    "log_loss",
    "calibration_error",
    "accuracy_majority",
    "accuracy_no_change",
)


HalfLife = Annotated[float, Field(ge=1, le=1e12, description="of the faded view, in samples")]
Window = Annotated[int, Field(ge=1, le=10_000_000, description="of the windowed view, in samples")]


class Config(ComponentConfig):
    """How prequential metrics forget."""

    type: Literal["prequential"] = "prequential"
    half_life: HalfLife = 1000.0
    window: Window = 1000


class State(NamedTuple):
    """Sums for the three views.

    Attributes
    ----------
    counts : float64 [2, classes, classes + 1]
        Confusion counts, label by prediction (the last column: no prediction); cumulative, then
        faded.
    no_change, majority : float64 [2]
        How often the previous label was the label, and how often the commonest one so far;
        cumulative, then faded.
    bins : float64 [2, 10, 3]
        By what was given to the class said: predictions, sum of that, right ones.
    loss : float64 [2]
        Sum of log-losses in nats; cumulative, then faded.
    weight : float64 [2]
        Weight of the next sample in each; the faded one's grows, where the past would else have to
        be multiplied down.
    growth : float64 [1]
        2 ** (1 / half_life).
    ring_label, ring_predicted : int64 [window]
    ring_loss, ring_no_change, ring_majority, ring_certainty : float64 [window]
        The latest samples' own.
    ring_chance : float64 [window]
        What was given to the label.
    class_count : int64 [classes]
        Labels of each class.
    commonest, previous : int64 [1]
        The commonest label so far, and the last one.
    last_loss : float64 [1]
        Log-loss of the last sample.
    samples : int64 [1]
    slot : int64 [1]
        Where the rings' next entry goes.
    """

    counts: np.ndarray
    no_change: np.ndarray
    majority: np.ndarray
    bins: np.ndarray
    loss: np.ndarray
    weight: np.ndarray
    growth: np.ndarray
    ring_label: np.ndarray
    ring_predicted: np.ndarray
    ring_loss: np.ndarray
    ring_no_change: np.ndarray
    ring_majority: np.ndarray
    ring_certainty: np.ndarray
    ring_chance: np.ndarray
    class_count: np.ndarray
    commonest: np.ndarray
    previous: np.ndarray
    last_loss: np.ndarray
    samples: np.ndarray
    slot: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """Nothing scored."""
    return State(
        counts=np.zeros((2, shape.classes, shape.classes + 1)),
        no_change=np.zeros(2),
        majority=np.zeros(2),
        bins=np.zeros((2, _BINS, 3)),
        loss=np.zeros(2),
        weight=np.ones(2),
        growth=np.array([2.0 ** (1.0 / config.half_life)]),
        ring_label=np.full(config.window, NO_CLASS),
        ring_predicted=np.full(config.window, NO_CLASS),
        ring_loss=np.zeros(config.window),
        ring_no_change=np.zeros(config.window),
        ring_majority=np.zeros(config.window),
        ring_certainty=np.zeros(config.window),
        ring_chance=np.zeros(config.window),
        class_count=np.zeros(shape.classes, np.int64),
        commonest=np.full(1, NO_CLASS),
        previous=np.full(1, NO_CLASS),
        last_loss=np.zeros(1),
        samples=np.zeros(1, np.int64),
        slot=np.zeros(1, np.int64),
    )


@hot
def update(
    state: State,
    truth: float,
    said: float,
    chance: float,
    certainty: float,
    before: float = np.nan,
) -> None:
    """Score one prediction.

    Parameters
    ----------
    truth, said
        Class indices; ``said`` is ``NO_CLASS`` where none was known yet.
    chance
        What was given to ``truth`` before it was known; 0 for a class never seen before.
    certainty
        What was given to the class said.
    before
        The class that no-change repeats; NaN: the label before.
    """
    label, predicted = int(truth), int(said)
    p = min(max(chance, SMALLEST_PROBABILITY), 1.0)
    loss = -log(p)
    unchanged = int(before) if before == before else state.previous[0]  # noqa: PLR0124 - NaN: none
    repeated = 1.0 if label == unchanged else 0.0
    common = 1.0 if label == state.commonest[0] else 0.0
    right = 1.0 if label == predicted else 0.0
    column = predicted if predicted != NO_CLASS else state.counts.shape[2] - 1
    bin_ = min(int(certainty * _BINS), _BINS - 1)
    state.weight[1] *= state.growth[0]
    for view in range(2):
        weight = state.weight[view]
        state.counts[view, label, column] += weight
        state.no_change[view] += weight * repeated
        state.majority[view] += weight * common
        state.loss[view] += weight * loss
        state.bins[view, bin_, 0] += weight
        state.bins[view, bin_, 1] += weight * certainty
        state.bins[view, bin_, 2] += weight * right
    if state.weight[1] > _RESCALE_AT:
        _rescale(state)
    slot = state.slot[0]
    state.ring_label[slot] = label
    state.ring_predicted[slot] = predicted
    state.ring_loss[slot] = loss
    state.ring_no_change[slot] = repeated
    state.ring_majority[slot] = common
    state.ring_certainty[slot] = certainty
    state.ring_chance[slot] = chance
    state.class_count[label] += 1
    if common == 0.0:
        most = state.class_count[state.commonest[0]] if state.samples[0] > 0 else 0
        if state.class_count[label] > most:
            state.commonest[0] = label
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
    for bin_ in range(_BINS):
        for column in range(3):
            state.bins[1, bin_, column] /= weight
    state.no_change[1] /= weight
    state.majority[1] /= weight
    state.loss[1] /= weight
    state.weight[1] = 1.0


def metrics(state: State) -> dict[str, dict[str, float]]:
    """Every view's metrics: fractions, but for ``log_loss`` (nats).

    ``accuracy``, ``balanced_accuracy`` (mean recall of the classes seen), ``f1`` (mean over the
    classes seen), ``kappa``, ``kappa_temporal``, ``log_loss``, ``calibration_error`` (expected, in
    ten bins), ``accuracy_majority`` and ``accuracy_no_change`` (of the opponents); ``roc_auc`` of
    the window, for two classes. NaN stands for what is not defined: nothing scored yet, or kappa
    against an opponent that is always right.
    """
    window = min(int(state.samples[0]), state.ring_label.shape[0])
    views = {
        "cumulative": _view(*_sums(state, 0)),
        "faded": _view(*_sums(state, 1)),
        "windowed": _view(*_window(state, window)),
    }
    if state.counts.shape[1] == _BINARY:
        label, chance = state.ring_label[:window], state.ring_chance[:window]
        views["windowed"]["roc_auc"] = _roc_auc(label, np.where(label == 1, chance, 1 - chance))
    return views


Sums = tuple[np.ndarray, float, float, float, np.ndarray]
"""Confusion counts; hits of no-change and of the majority; sum of log-losses; bins."""


def _sums(state: State, view: int) -> Sums:
    hits = float(state.no_change[view]), float(state.majority[view])
    return (state.counts[view], *hits, float(state.loss[view]), state.bins[view])


def _window(state: State, window: int) -> Sums:
    label, said = state.ring_label[:window], state.ring_predicted[:window]
    certainty = state.ring_certainty[:window]
    counts = np.zeros_like(state.counts[0])
    np.add.at(counts, (label, said), 1.0)
    place = np.minimum((certainty * _BINS).astype(np.int64), _BINS - 1)
    columns = (np.ones(window), certainty, label == said)
    bins = np.stack([np.bincount(place, column, _BINS) for column in columns], axis=1)
    hits = state.ring_no_change[:window].sum(), state.ring_majority[:window].sum()
    return (counts, float(hits[0]), float(hits[1]), float(state.ring_loss[:window].sum()), bins)


def _view(
    counts: np.ndarray, no_change: float, majority: float, loss: float, bins: np.ndarray
) -> dict[str, float]:
    total = counts.sum()
    if total == 0:
        return dict.fromkeys(METRICS, float("nan"))
    right, labels, said = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)[:-1]
    seen = labels > 0
    accuracy = right.sum() / total
    by_chance = float(labels @ said) / total**2
    return {
        "accuracy": float(accuracy),
        "balanced_accuracy": float((right[seen] / labels[seen]).mean()),
        "f1": float((2 * right[seen] / (labels + said)[seen]).mean()),
        "kappa": _above(accuracy, by_chance),
        "kappa_temporal": _above(accuracy, no_change / total),
        "log_loss": float(loss / total),
        "calibration_error": float(np.abs(bins[:, 1] - bins[:, 2]).sum() / total),
        "accuracy_majority": float(majority / total),
        "accuracy_no_change": float(no_change / total),
    }


def _above(accuracy: float, opponent: float) -> float:
    """Share of the opponent's errors that are avoided."""
    return float((accuracy - opponent) / (1.0 - opponent)) if opponent < 1.0 else float("nan")


def _roc_auc(label: np.ndarray, score: np.ndarray) -> float:
    """Chance that a sample of class 1 is given more than one of class 0; ties count half.

    References
    ----------
    Mann & Whitney (1947), "On a test of whether one of two random variables is stochastically
    larger than the other".
    """
    positive = int((label == 1).sum())
    negative = len(label) - positive
    if not positive or not negative:
        return float("nan")
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[label == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))
