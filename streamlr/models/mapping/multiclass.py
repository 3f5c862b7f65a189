"""Feature maps beside softmax regression: see :mod:`streamlr.models.mapped`."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streamlr.arithmetic import log
from streamlr.compiling import hot
from streamlr.components import Shape
from streamlr.models import softmax
from streamlr.models.mapping import beside
from streamlr.models.mapping.beside import State
from streamlr.models.mapping.blocks import LANES

if TYPE_CHECKING:
    from streamlr.models.mapped import Config

SCRATCH = beside.scratch(softmax)
_FLOOR = 1e-6  # least probability a lane is held to have given


class Space(NamedTuple):
    """What the linear lanes have beside their weights.

    Attributes
    ----------
    prediction, step : float64 [outputs * linear lanes]
    highest, total : float64 [linear lanes]
    """

    prediction: np.ndarray
    step: np.ndarray
    highest: np.ndarray
    total: np.ndarray


def init(config: "Config", shape: Shape) -> State:
    """Zero weights: all classes known are equally probable."""
    return beside.init(config, shape, softmax, Space, np.log(2.0))


@hot
def _linear(state: State) -> softmax.State:
    own = state.linear
    return softmax.State(state.weights, own.prediction, own.step, own.highest, own.total)


@hot
def _loss(prediction: np.ndarray, target: float, lane: int) -> float:
    return -log(max(prediction[int(target) * LANES + lane], _FLOOR))


@hot
def _fits(learner: softmax.State) -> bool:
    return learner.highest.shape[0] == LANES and learner.total.shape[0] == LANES  # type: ignore[no-any-return]


predict, learn = beside.functions(softmax, _linear, _loss, _fits)
