"""Linear regression in K lanes: least squares, one weight vector a learning rate.

The implicit (proximal) step of the squared error, step = η·(y - ŷ) / (1 + η·‖x‖²), is exact: at any
rate it goes towards the label and not beyond, as normalised LMS does.

References
----------
Toulis & Airoldi (2017), "Asymptotic and finite-sample properties of estimators based on stochastic
gradients", example 1; Nagumo & Noda (1967), "A learning method for system identification", for
normalised LMS.
"""

from typing import Literal

import numpy as np

from streamlr.arithmetic import dot
from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.models import logistic
from streamlr.models.logistic import State, shift, weigh
from streamlr.tasks.regression import CLIP

TASKS = ("regression",)
LINEAR = True
TEXTS = True
SCRATCH = logistic.SCRATCH


class Config(ComponentConfig):
    """Linear model for a number."""

    type: Literal["linear"] = "linear"


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every model
    """Zero weights: every prediction starts at the labels' mean."""
    return State(
        weights=np.zeros((shape.rows, shape.lanes)),
        prediction=np.zeros(shape.lanes),
        step=np.zeros(shape.lanes),
    )


@hot
def predict(state: State, inputs: Inputs, known: int) -> None:  # noqa: ARG001 - one signature
    """Fill ``state.prediction`` with each lane's standardised prediction, clipped as labels are."""
    weigh(state.weights, inputs, state.prediction)
    for lane in range(state.prediction.shape[0]):
        state.prediction[lane] = min(max(state.prediction[lane], -CLIP), CLIP)


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
    norm, step = dot(inputs.value, inputs.value), state.step
    for lane in range(rates.shape[0]):
        step[lane] = rates[lane] * (target - state.prediction[lane]) / (1.0 + rates[lane] * norm)
    shift(state.weights, inputs, step[: rates.shape[0]])
