"""Feature maps beside linear regression: see :mod:`streamlr.models.mapped`."""

from typing import TYPE_CHECKING

import numpy as np

from streamlr.compiling import hot
from streamlr.components import Shape
from streamlr.models import linear, logistic
from streamlr.models.mapping import beside
from streamlr.models.mapping.beside import State
from streamlr.models.mapping.binary import Space
from streamlr.models.mapping.blocks import LANES

if TYPE_CHECKING:
    from streamlr.models.mapped import Config

SCRATCH = beside.scratch(linear)


def init(config: "Config", shape: Shape) -> State:
    """Zero weights: every prediction starts at the labels' mean."""
    return beside.init(config, shape, linear, Space, 1.0)


@hot
def _linear(state: State) -> logistic.State:
    return logistic.State(state.weights, state.linear.prediction, state.linear.step)


@hot
def _loss(prediction: np.ndarray, target: float, lane: int) -> float:
    error = target - prediction[lane]
    return error * error  # type: ignore[no-any-return]


@hot
def _fits(learner: logistic.State) -> bool:
    return learner.prediction.shape[0] == LANES and learner.step.shape[0] == LANES  # type: ignore[no-any-return]


predict, learn = beside.functions(linear, _linear, _loss, _fits)
