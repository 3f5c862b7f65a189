"""Feature maps beside logistic regression: see :mod:`streamlr.models.mapped`."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streamlr.arithmetic import log
from streamlr.compiling import hot
from streamlr.components import Shape
from streamlr.models import logistic
from streamlr.models.mapping import beside
from streamlr.models.mapping.beside import State
from streamlr.models.mapping.blocks import LANES

if TYPE_CHECKING:
    from streamlr.models.mapped import Config

SCRATCH = beside.scratch(logistic)
_FLOOR = 1e-6  # least probability a lane is held to have given


class Space(NamedTuple):
    """What the linear lanes have beside their weights.

    Attributes
    ----------
    prediction, step : float64 [linear lanes]
    """

    prediction: np.ndarray
    step: np.ndarray


def init(config: "Config", shape: Shape) -> State:
    """Zero weights: every probability starts at one half."""
    return beside.init(config, shape, logistic, Space, np.log(2.0))


@hot
def _linear(state: State) -> logistic.State:
    return logistic.State(state.weights, state.linear.prediction, state.linear.step)


@hot
def _loss(prediction: np.ndarray, target: float, lane: int) -> float:
    p = prediction[lane]
    return -log(max(p if target > 0.5 else 1.0 - p, _FLOOR))


@hot
def _fits(learner: logistic.State) -> bool:
    return learner.prediction.shape[0] == LANES and learner.step.shape[0] == LANES  # type: ignore[no-any-return]


predict, learn = beside.functions(logistic, _linear, _loss, _fits)
