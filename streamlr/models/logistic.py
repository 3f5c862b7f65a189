"""Logistic regression in K lanes: two classes, one weight vector a learning rate.

The step of a lane is bounded so that it never overshoots, whatever its rate:
step = η·(y - p) / (1 + η·‖x‖²·p(1-p)), an implicit (proximal) step to first order.

References
----------
Toulis & Airoldi (2017), "Asymptotic and finite-sample properties of estimators based on stochastic
gradients", section 2, for implicit steps; we solve theirs by one Newton step instead of a line
search.
"""

from typing import Literal, NamedTuple

import numpy as np

from streamlr.arithmetic import dot, sigmoid
from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Shape

TASKS = ("binary",)


class Config(ComponentConfig):
    """Linear model for two classes."""

    type: Literal["logistic"] = "logistic"


class State(NamedTuple):
    """Weights and the latest prediction.

    Attributes
    ----------
    weights : float64 [features + 1, lanes]
        The last row is the bias.
    probability : float64 [lanes]
        P(class 1) of the latest inputs.
    step : float64 [lanes]
        Space to work in.
    """

    weights: np.ndarray
    probability: np.ndarray
    step: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every model
    """Zero weights: every probability starts at one half."""
    return State(
        weights=np.zeros((shape.features + 1, shape.lanes)),
        probability=np.full(shape.lanes, 0.5),
        step=np.zeros(shape.lanes),
    )


@hot
def predict(state: State, inputs: np.ndarray) -> None:
    """Fill ``state.probability`` with P(class 1) by each lane."""
    weights, probability = state.weights, state.probability
    rows, lanes = weights.shape
    for lane in range(lanes):
        probability[lane] = 0.0
    # by fours: the lanes' running sums then go to memory and back a fourth as often
    single = rows % 4
    for row in range(single):
        for lane in range(lanes):
            probability[lane] += weights[row, lane] * inputs[row]
    for row in range(single, rows, 4):
        a, b, c, d = inputs[row], inputs[row + 1], inputs[row + 2], inputs[row + 3]
        for lane in range(lanes):
            upper = weights[row, lane] * a + weights[row + 1, lane] * b
            lower = weights[row + 2, lane] * c + weights[row + 3, lane] * d
            probability[lane] += upper + lower
    for lane in range(lanes):
        probability[lane] = sigmoid(probability[lane])


@hot
def learn(state: State, inputs: np.ndarray, target: float, rates: np.ndarray) -> None:
    """Move lane k by a bounded step at ``rates[k]``; lanes beyond ``len(rates)`` stay.

    Uses ``state.probability`` of these inputs at the current weights.
    """
    norm, step = dot(inputs, inputs), state.step
    for lane in range(rates.shape[0]):
        p = state.probability[lane]
        step[lane] = rates[lane] * (target - p) / (1.0 + rates[lane] * norm * (p * (1.0 - p)))
    for row in range(inputs.shape[0]):
        for lane in range(rates.shape[0]):
            state.weights[row, lane] += step[lane] * inputs[row]
