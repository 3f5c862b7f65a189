"""Prequential metrics without labels: how far records were from what was expected of them.

The reconstruction error is the mean squared distance of the standardised inputs, an input, to what
the model had for them; beside it stands that of an opponent who always expects the mean of the
records before, and the share of the latter that the model explains: 1 - error / opponent's.
Cumulative, faded and over a window of the latest samples.
"""

from typing import Literal, NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Shape
from streamlr.evaluation import prequential, sums
from streamlr.evaluation.prequential import HalfLife, Window

TASKS = ("unsupervised",)
VIEWS = prequential.VIEWS

METRICS = ("reconstruction_error", "reconstruction_error_mean", "variance_explained")

_HUGE = 1e100  # a distance beyond counts as this: its square, summed, must stay finite
_SUMS = 3


class Config(ComponentConfig):
    """How prequential metrics forget."""

    type: Literal["unsupervised"] = "unsupervised"
    half_life: HalfLife = 1000.0
    window: Window = 1000


class State(NamedTuple):
    """Sums for the three views.

    Attributes
    ----------
    sums : float64 [2, 3]
        Weights; squared distances; squared distances to the mean. Cumulative, then faded.
    weight : float64 [2]
        Weight of the next sample in each; the faded one's grows, where the past would else have to
        be multiplied down.
    growth : float64 [1]
        2 ** (1 / half_life).
    ring : float64 [window, 3]
        The latest samples' own.
    last_loss : float64 [1]
        Squared distance of the last sample.
    samples : int64 [1]
    slot : int64 [1]
        Where the ring's next entry goes.
    """

    sums: np.ndarray
    weight: np.ndarray
    growth: np.ndarray
    ring: np.ndarray
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
        last_loss=np.zeros(1),
        samples=np.zeros(1, np.int64),
        slot=np.zeros(1, np.int64),
    )


@hot
def update(
    state: State,
    truth: float,  # noqa: ARG001 - one signature for every evaluation
    said: float,
    chance: float,
    certainty: float,  # noqa: ARG001
    before: float = np.nan,  # noqa: ARG001
) -> None:
    """Score one distance, ``said``, beside that to the mean, ``chance``; NaN for none."""
    distance = min(abs(said), _HUGE)
    to_mean = min(abs(chance), _HUGE) if chance == chance else np.nan  # noqa: PLR0124 - NaN is none
    own = state.ring[state.slot[0]]
    own[0] = 1.0
    own[1] = distance * distance
    own[2] = to_mean * to_mean
    state.samples[0] += 1
    state.last_loss[0] = own[1]
    sums.add(state)


def metrics(state: State) -> dict[str, dict[str, float]]:
    """Every view's ``METRICS``; the errors in variances of a field.

    NaN stands for what is not defined: nothing scored yet, records that do not vary, no opponent.
    """
    return sums.by_view(state, _view)


def _view(weight: float, error: float, mean: float) -> dict[str, float]:
    if not weight:
        return dict.fromkeys(METRICS, float("nan"))
    return {
        "reconstruction_error": error / weight,
        "reconstruction_error_mean": mean / weight,
        "variance_explained": 1.0 - error / mean if mean > 0 else float("nan"),
    }
