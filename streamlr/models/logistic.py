"""Logistic regression in K lanes: two classes, one weight vector a learning rate.

The step of a lane is bounded so that it never overshoots, whatever its rate:
step = η·(y - p) / (1 + η·‖x‖²·p(1-p)), an implicit (proximal) step to first order. A sample's
weight multiplies η on both sides of it, so that however much a sample counts it does not overshoot.

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
from streamlr.components import ComponentConfig, Inputs, Shape

TASKS = ("binary",)
LINEAR = True
TEXTS = True
SCRATCH = ("prediction",)


class Config(ComponentConfig):
    """Linear model for two classes."""

    type: Literal["logistic"] = "logistic"


class State(NamedTuple):
    """Weights and the latest prediction.

    Attributes
    ----------
    weights : float64 [rows, lanes]
    prediction : float64 [lanes]
        P(class 1) of the latest inputs.
    step : float64 [lanes]
        Space to work in.
    """

    weights: np.ndarray
    prediction: np.ndarray
    step: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every model
    """Zero weights: every probability starts at one half."""
    return State(
        weights=np.zeros((shape.rows, shape.lanes)),
        prediction=np.full(shape.lanes, 0.5),
        step=np.zeros(shape.lanes),
    )


@hot
def weigh(weights: np.ndarray, inputs: Inputs, sums: np.ndarray) -> None:
    """Fill ``sums`` with the weighted inputs of its columns, the first ones of ``weights``."""
    value, row = inputs.value, inputs.row
    columns, dense = sums.shape[0], value.shape[0] - row.shape[0]
    for column in range(columns):
        sums[column] = 0.0
    # by fours: the columns' running sums then go to memory and back a fourth as often
    single = dense % 4
    for place in range(single):
        for column in range(columns):
            sums[column] += weights[place, column] * value[place]
    for place in range(single, dense, 4):
        a, b, c, d = value[place], value[place + 1], value[place + 2], value[place + 3]
        for column in range(columns):
            upper = weights[place, column] * a + weights[place + 1, column] * b
            lower = weights[place + 2, column] * c + weights[place + 3, column] * d
            sums[column] += upper + lower
    for place in range(row.shape[0]):
        for column in range(columns):
            sums[column] += weights[row[place], column] * value[dense + place]


@hot
def shift(weights: np.ndarray, inputs: Inputs, step: np.ndarray) -> None:
    """Move the first columns of ``weights`` by ``step`` [columns] along the inputs."""
    value, row = inputs.value, inputs.row
    dense = value.shape[0] - row.shape[0]
    for place in range(dense):
        for column in range(step.shape[0]):
            weights[place, column] += step[column] * value[place]
    for place in range(row.shape[0]):
        for column in range(step.shape[0]):
            weights[row[place], column] += step[column] * value[dense + place]


@hot
def predict(state: State, inputs: Inputs, known: int) -> None:  # noqa: ARG001 - one signature
    """Fill ``state.prediction`` with P(class 1) by each lane."""
    weigh(state.weights, inputs, state.prediction)
    for lane in range(state.prediction.shape[0]):
        state.prediction[lane] = sigmoid(state.prediction[lane])


@hot
def learn(
    state: State,
    inputs: Inputs,
    target: float,
    rates: np.ndarray,
    known: int,  # noqa: ARG001 - one signature for every model
) -> None:
    """Move lane k by a bounded step at ``rates[k]``; lanes beyond ``len(rates)`` stay.

    Uses ``state.prediction`` of these inputs at the current weights.
    """
    norm, step, weight = dot(inputs.value, inputs.value), state.step, inputs.weight[0]
    for lane in range(rates.shape[0]):
        p, rate = state.prediction[lane], weight * rates[lane]
        step[lane] = rate * (target - p) / (1.0 + rate * norm * (p * (1.0 - p)))
    shift(state.weights, inputs, step[: rates.shape[0]])
