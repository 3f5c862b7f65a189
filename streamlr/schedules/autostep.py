"""Autostep: a learning rate for each weight, itself learnt.

One learner, driven as the race's Autostep lanes are (:mod:`streamlr.schedules.racing.autostep`,
which has the rule): the rate of a weight whose gradients keep their sign grows, that of one whose
gradients alternate falls. The rate shown is the geometric mean over the weights in use.

References
----------
Mahmood, Sutton, Degris & Pilarski (2012), "Tuning-free step-size adaptation", table 1. Their
meta-rate of 0.01 is slow for streams that drift; ours is that of the race's faster lanes.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.arithmetic import exp
from streamlr.compiling import cold, hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.schedules import constant, gradient
from streamlr.schedules.bounds import Rate, moved
from streamlr.schedules.by_weight import SHOW_EVERY
from streamlr.schedules.racing import autostep as lane

FAMILY = "adaptive"
USES_GRADIENTS = True
REASONS = ("unchanged", "gradients agree", "gradients oppose")
_AGREE, _OPPOSE = 1, 2


class Config(ComponentConfig):
    """A learning rate for each weight, learnt by Autostep."""

    type: Literal["autostep"] = "autostep"
    rate: Rate = Field(0.05, description="learning rate of each weight at first")
    meta_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        0.1, description="learning rate of the logarithms of the learning rates"
    )


class State(NamedTuple):
    """Rates of each weight.

    Attributes
    ----------
    rates : float64 [0]
        No lane has one rate.
    change : float64 [3]
        Old rate, new rate, samples learned, when the rate shown had doubled or halved.
    lane : lane.State
    shown : float64 [1]
        The rate that operators see.
    mean : float64 [1]
        Space to work in.
    samples, number : int64 [1]
        Samples learned; whether a number is predicted.
    """

    rates: np.ndarray
    change: np.ndarray
    lane: lane.State
    shown: np.ndarray
    mean: np.ndarray
    samples: np.ndarray
    number: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """The table's rate for every weight."""
    return State(
        rates=np.zeros(0),
        change=np.array([config.rate, config.rate, 0.0]),
        lane=lane.init(shape, ((config.meta_rate, config.rate),)),
        shown=np.array([config.rate]),
        mean=np.zeros(1),
        samples=np.zeros(1, np.int64),
        number=gradient.outputs_of_numbers(shape),
    )


lanes = constant.lanes
read_out = constant.read_out


@hot
def update(
    state: State,
    prediction: np.ndarray,
    target: float,  # noqa: ARG001
    loss: float,  # noqa: ARG001
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
    inputs: Inputs,
) -> int:
    """Show the rate now and then; rates are learnt in :func:`move`."""
    state.samples[0] += 1
    if state.samples[0] % SHOW_EVERY != 0:
        return 0
    return _show(state, inputs.used[0], max(prediction.shape[0], 1))


@cold
def _show(state: State, used: int, known: int) -> int:
    lane.mean_log_rate(state.lane, state.mean, known, used)
    state.shown[0] = exp(state.mean[0])
    if not moved(state.change, state.shown[0], float(state.samples[0])):
        return 0
    return _AGREE if state.change[1] > state.change[0] else _OPPOSE


@hot
def move(
    state: State, weights: np.ndarray, inputs: Inputs, prediction: np.ndarray, target: float
) -> None:
    """Learn the rates, then the weights by them."""
    known, weight = gradient.errors(prediction, target, state.lane.error), inputs.weight[0]
    for output in range(known):
        bend = gradient.curvature(state.lane.error[output], state.number[0])
        state.lane.curvature[output] = weight * bend
        state.lane.error[output] *= weight
    lane.move(state.lane, weights, inputs, 0, known)


@hot
def rate(state: State) -> float:
    """Geometric mean of the rates of the weights in use."""
    return state.shown[0]  # type: ignore[no-any-return]
