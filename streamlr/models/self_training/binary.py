"""Self-training beside logistic regression: see :mod:`streamlr.models.self_training`."""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import log
from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.labels.inline import Config
from streamlr.models import logistic
from streamlr.models.self_training import lanes
from streamlr.models.self_training.lanes import State
from streamlr.schedules.racing.standing import FLOOR

LINEAR = True
SCRATCH = lanes.scratch(logistic)


class Space(NamedTuple):
    """What the linear lanes have beside their weights.

    Attributes
    ----------
    prediction, step : float64 [linear lanes]
    """

    prediction: np.ndarray
    step: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """Zero weights: every probability starts at one half."""
    return lanes.init(config, shape, logistic, Space)


@hot
def _linear(state: State) -> logistic.State:
    return logistic.State(state.weights, state.linear.prediction, state.linear.step)


@hot
def _loss(prediction: np.ndarray, label: int, lane: int, lanes: int) -> float:  # noqa: ARG001
    p = prediction[lane]
    return -log(max(p if label == 1 else 1.0 - p, FLOOR))


@hot
def _step(
    learner: logistic.State,
    direction: Inputs,
    norm: float,
    label: int,
    rates: np.ndarray,
    weight: float,
    known: int,  # noqa: ARG001 - one signature for both tasks
) -> None:
    """As :func:`streamlr.models.logistic.learn`, where that goes along the inputs themselves."""
    target, step = 1.0 if label == 1 else 0.0, learner.step
    for lane in range(rates.shape[0]):
        p, rate = learner.prediction[lane], weight * rates[lane]
        step[lane] = rate * (target - p) / (1.0 + rate * norm * (p * (1.0 - p)))
    logistic.shift(learner.weights, direction, step)


@hot
def _guess(answer: np.ndarray, known: int) -> tuple[int, float]:  # noqa: ARG001
    p = answer[0]
    return (1, p) if p >= 0.5 else (0, 1.0 - p)


predict, learn, see, suppose = lanes.functions(logistic, _linear, _loss, _step, _guess)
