"""Hedge: a mean of the lanes' numbers, each weighted by how small its squared errors were of late.

Weights ∝ e^(-L/2), L ← (1-λ)·L + min(e², 4), λ = 1/100, e in standard deviations of the label.

References
----------
Freund & Schapire (1997), "A decision-theoretic generalization of on-line learning and an
application to boosting"; forgetting is ours.
"""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import exp
from streamlr.compiling import hot

_RATE = 0.5
_CAP = 4.0
_KEPT = 1.0 - 1e-2


class State(NamedTuple):
    """Record of the lanes.

    Attributes
    ----------
    loss, weight : float64 [lanes]
        Discounted capped squared errors, and the weights that follow from them: they sum to 1.
    """

    loss: np.ndarray
    weight: np.ndarray


def init(lanes: int) -> State:
    """All level."""
    return State(loss=np.zeros(lanes), weight=np.full(lanes, 1.0 / lanes))


@hot
def mean(state: State, prediction: np.ndarray) -> float:
    """The weighted mean of ``prediction`` [lanes]."""
    said = 0.0
    for lane in range(prediction.shape[0]):
        said += state.weight[lane] * prediction[lane]
    return said


@hot
def update(state: State, prediction: np.ndarray, target: float) -> None:
    """Score the lanes."""
    loss, weight = state.loss, state.weight
    least, total = 1e300, 0.0
    for lane in range(prediction.shape[0]):
        error = target - prediction[lane]
        loss[lane] = _KEPT * loss[lane] + min(error * error, _CAP)
    for lane in range(prediction.shape[0]):
        least = min(least, loss[lane])
    for lane in range(prediction.shape[0]):
        weight[lane] = exp(-_RATE * (loss[lane] - least))
    for lane in range(prediction.shape[0]):
        total += weight[lane]
    for lane in range(prediction.shape[0]):
        weight[lane] /= total
