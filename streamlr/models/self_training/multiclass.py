"""Self-training beside softmax regression: see :mod:`streamlr.models.self_training`."""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import log
from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.labels.inline import Config
from streamlr.models import softmax
from streamlr.models.logistic import shift
from streamlr.models.self_training import lanes
from streamlr.models.self_training.lanes import State
from streamlr.models.self_training.trust import NO_GUESS
from streamlr.schedules.racing.plurality import highest
from streamlr.schedules.racing.standing import FLOOR

LINEAR = True
SCRATCH = lanes.scratch(softmax)


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


def init(config: Config, shape: Shape) -> State:
    """Zero weights: all classes known are equally probable."""
    return lanes.init(config, shape, softmax, Space)


@hot
def _linear(state: State) -> softmax.State:
    own = state.linear
    return softmax.State(state.weights, own.prediction, own.step, own.highest, own.total)


@hot
def _loss(prediction: np.ndarray, label: int, lane: int, lanes: int) -> float:
    return -log(max(prediction[label * lanes + lane], FLOOR))


@hot
def _step(
    learner: softmax.State,
    direction: Inputs,
    norm: float,
    label: int,
    rates: np.ndarray,
    weight: float,
    known: int,
) -> None:
    """As :func:`streamlr.models.softmax.learn`, where that goes along the inputs themselves."""
    lanes, bounded = rates.shape[0], learner.total
    for lane in range(lanes):
        p, rate = learner.prediction[label * lanes + lane], weight * rates[lane]
        bounded[lane] = rate / (1.0 + rate * norm * (p * (1.0 - p)))
    for output in range(known):
        goal = 1.0 if output == label else 0.0
        for lane in range(lanes):
            error = goal - learner.prediction[output * lanes + lane]
            learner.step[output * lanes + lane] = bounded[lane] * error
    shift(learner.weights, direction, learner.step[: known * lanes])


@hot
def _guess(answer: np.ndarray, known: int) -> tuple[int, float]:
    if known == 0:
        return NO_GUESS, 0.0
    named = highest(answer[:known])
    return named, answer[named]


predict, learn, see, suppose = lanes.functions(softmax, _linear, _loss, _step, _guess)
