"""Prequential metrics of a regressor: cumulative, faded and over a window of the latest samples.

Mean absolute error, root mean squared error, R² against the mean of the labels seen, and the mean
absolute errors of two opponents that know nothing but labels: their running mean, and the label
before.

References
----------
Gama, Sebastião & Rodrigues (2013), "On evaluating stream learning algorithms", for prequential
evaluation with fading.
"""

from typing import Literal, NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Shape
from streamlr.evaluation import prequential, sums
from streamlr.evaluation.prequential import HalfLife, Window

TASKS = ("regression",)
VIEWS = prequential.VIEWS

METRICS = ("mae", "rmse", "r2", "mae_mean", "mae_no_change")

_HUGE = 1e100  # an error beyond counts as this: its square, summed, must stay finite
_SUMS = 6


class Config(ComponentConfig):
    """How prequential metrics forget."""

    type: Literal["regression"] = "regression"
    half_life: HalfLife = 1000.0
    window: Window = 1000


class State(NamedTuple):
    """Sums for the three views.

    Attributes
    ----------
    sums : float64 [2, 6]
        Weights; absolute errors; squared errors; squared deviations of labels from their running
        mean; absolute errors of that mean, and of the label before. Cumulative, then faded.
    weight : float64 [2]
        Weight of the next sample in each; the faded one's grows, where the past would else have to
        be multiplied down.
    growth : float64 [1]
        2 ** (1 / half_life).
    ring : float64 [window, 6]
        The latest samples' own.
    mean : float64 [1]
        Of the labels so far.
    previous : float64 [1]
        The last label.
    last_loss : float64 [1]
        Absolute error of the last sample.
    samples : int64 [1]
    slot : int64 [1]
        Where the ring's next entry goes.
    """

    sums: np.ndarray
    weight: np.ndarray
    growth: np.ndarray
    ring: np.ndarray
    mean: np.ndarray
    previous: np.ndarray
    last_loss: np.ndarray
    samples: np.ndarray
    slot: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for all
    """Nothing scored."""
    return State(
        sums=np.zeros((2, _SUMS)),
        weight=np.ones(2),
        growth=np.array([2.0 ** (1.0 / config.half_life)]),
        ring=np.zeros((config.window, _SUMS)),
        mean=np.zeros(1),
        previous=np.zeros(1),
        last_loss=np.zeros(1),
        samples=np.zeros(1, np.int64),
        slot=np.zeros(1, np.int64),
    )


@hot
def update(
    state: State,
    truth: float,
    said: float,
    chance: float,  # noqa: ARG001 - one signature for every evaluation
    certainty: float,  # noqa: ARG001
    before: float = np.nan,
) -> None:
    """Score one prediction; both opponents say 0 before the first label, as everyone does.

    What no-change repeats is ``before``; NaN: the label before.
    """
    value = min(max(truth, -_HUGE), _HUGE)
    error = min(abs(value - said), _HUGE)
    from_mean = abs(value - state.mean[0])
    own = state.ring[state.slot[0]]
    own[0] = 1.0
    own[1] = error
    own[2] = error * error
    state.samples[0] += 1
    mean = state.mean[0]
    state.mean[0] = mean + (value - mean) / state.samples[0]
    own[3] = (value - mean) * (value - state.mean[0])
    own[4] = from_mean
    unchanged = before if before == before else state.previous[0]  # noqa: PLR0124 - NaN is none
    own[5] = min(abs(value - unchanged), _HUGE)
    state.previous[0] = value
    state.last_loss[0] = error
    sums.add(state)


def metrics(state: State) -> dict[str, dict[str, float]]:
    """Every view's ``mae``, ``rmse``, ``mae_mean`` and ``mae_no_change`` (label's units), ``r2``.

    NaN stands for what is not defined: nothing scored yet, or R² of labels that do not vary.
    """
    return sums.by_view(state, _view)


def _view(
    weight: float, absolute: float, squared: float, spread: float, mean: float, no_change: float
) -> dict[str, float]:
    if not weight:
        return dict.fromkeys(METRICS, float("nan"))
    return {
        "mae": absolute / weight,
        "rmse": float(np.sqrt(squared / weight)),
        "r2": 1.0 - squared / spread if spread > 0 else float("nan"),
        "mae_mean": mean / weight,
        "mae_no_change": no_change / weight,
    }
