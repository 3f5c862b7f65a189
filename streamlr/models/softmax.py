"""Softmax regression in K lanes: any number of classes, each with weights for each learning rate.

The step of a lane is bounded, whatever its rate: every class moves by η·(1[y] - p) divided by
1 + η·‖x‖²·p(1-p), p the probability of the label.

References
----------
As for :mod:`streamlr.models.logistic`; for two classes the two agree but for a factor of two in
the rate, since a class there has no weights of its own.
"""

from typing import Literal, NamedTuple

import numpy as np

from streamlr.arithmetic import dot, exp
from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.models.logistic import shift, weigh

TASKS = ("multiclass",)
LINEAR = True
TEXTS = True
SCRATCH = ("prediction", "highest", "total")


class Config(ComponentConfig):
    """Linear model for any number of classes."""

    type: Literal["softmax"] = "softmax"


class State(NamedTuple):
    """Weights and the latest prediction. Column ``output * lanes + lane`` is a class of a lane.

    Attributes
    ----------
    weights : float64 [rows, outputs * lanes]
    prediction : float64 [outputs * lanes]
        Probabilities of the latest inputs, of the classes known then.
    step : float64 [outputs * lanes]
    highest, total : float64 [lanes]
        Space to work in.
    """

    weights: np.ndarray
    prediction: np.ndarray
    step: np.ndarray
    highest: np.ndarray
    total: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every model
    """Zero weights: all classes known are equally probable."""
    columns = shape.outputs * shape.lanes
    return State(
        weights=np.zeros((shape.rows, columns)),
        prediction=np.zeros(columns),
        step=np.zeros(columns),
        highest=np.zeros(shape.lanes),
        total=np.zeros(shape.lanes),
    )


@hot
def predict(state: State, inputs: Inputs, known: int) -> None:
    """Fill ``state.prediction`` with the probability of each known class by each lane."""
    lanes = state.highest.shape[0]
    prediction = state.prediction[: known * lanes]
    weigh(state.weights, inputs, prediction)
    share_out(prediction, state.highest, state.total)


@hot
def share_out(prediction: np.ndarray, highest: np.ndarray, total: np.ndarray) -> None:
    """Make logits [outputs * lanes] probabilities, which sum to 1 in each lane.

    ``highest`` and ``total`` [lanes] are space to work in.
    """
    lanes = highest.shape[0]
    for lane in range(lanes):
        highest[lane] = -1e300
        total[lane] = 0.0
    for first in range(0, prediction.shape[0], lanes):
        for lane in range(lanes):
            highest[lane] = max(highest[lane], prediction[first + lane])
    for first in range(0, prediction.shape[0], lanes):
        for lane in range(lanes):
            share = exp(prediction[first + lane] - highest[lane])
            prediction[first + lane] = share
            total[lane] += share
    for first in range(0, prediction.shape[0], lanes):
        for lane in range(lanes):
            prediction[first + lane] /= total[lane]


@hot
def learn(state: State, inputs: Inputs, target: float, rates: np.ndarray, known: int) -> None:
    """Move lane k by a bounded step at ``rates[k]``; lanes beyond ``len(rates)`` stay.

    Uses ``state.prediction`` of these inputs at the current weights.
    """
    norm, bounded, weight = dot(inputs.value, inputs.value), state.total, inputs.weight[0]
    lanes, label = bounded.shape[0], int(target)
    for lane in range(lanes):
        bounded[lane] = 0.0
    for lane in range(rates.shape[0]):
        p, rate = state.prediction[label * lanes + lane], weight * rates[lane]
        bounded[lane] = rate / (1.0 + rate * norm * (p * (1.0 - p)))
    for output in range(known):
        goal = 1.0 if output == label else 0.0
        for lane in range(lanes):
            error = goal - state.prediction[output * lanes + lane]
            state.step[output * lanes + lane] = bounded[lane] * error
    shift(state.weights, inputs, state.step[: known * lanes])
