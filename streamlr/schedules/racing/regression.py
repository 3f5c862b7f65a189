"""The race for a number: see :mod:`streamlr.schedules.race`."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import NO_VOTE, Inputs, Shape
from streamlr.schedules.racing import autostep, binary, hedge, standing

if TYPE_CHECKING:
    from streamlr.schedules.race import Config

REASONS = standing.REASONS


class State(NamedTuple):
    """The lanes' rates, and what they are worth.

    Attributes
    ----------
    rates : float64 [grid]
        The grid; constant.
    change : float64 [3]
    autostep : autostep.State
    standing : standing.State
    hedge : hedge.State
    """

    rates: np.ndarray
    change: np.ndarray
    autostep: autostep.State
    standing: standing.State
    hedge: hedge.State


def init(config: "Config", shape: Shape) -> State:
    """All lanes level."""
    rates = config.grid(2.0**-14, 2.0**2)
    stand = standing.init(rates, [rate for _, rate in config.autostep], 1.0, shape.brought)
    return State(
        rates=rates,
        change=np.array([*stand.shown, *stand.shown, 0.0]),
        autostep=autostep.init(shape, config.autostep),
        standing=stand,
        hedge=hedge.init(shape.lanes),
    )


@hot
def read_out(state: State, prediction: np.ndarray, answer: np.ndarray) -> int:
    """The lanes' weighted mean."""
    answer[0] = hedge.mean(state.hedge, prediction)
    return NO_VOTE


@hot
def update(
    state: State,
    prediction: np.ndarray,
    target: float,
    loss: float,  # noqa: ARG001
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
    inputs: Inputs,
) -> int:
    """Score the lanes on what they said of this sample."""
    for lane in range(prediction.shape[0]):
        error = target - prediction[lane]
        standing.fade(state.standing, lane, error * error)
    hedge.update(state.hedge, prediction, target)
    if not standing.count(state.standing):
        return 0
    for lane in range(prediction.shape[0]):
        state.standing.weight[lane] = state.hedge.weight[lane]
    grid, used = state.rates.shape[0], inputs.used[0]
    return standing.check(state.standing, state.autostep, state.change, grid, 1, used)


@hot
def move(
    state: State, weights: np.ndarray, inputs: Inputs, prediction: np.ndarray, target: float
) -> None:
    """Learn in the Autostep lanes, then let laggards of the grid restart from the leader."""
    grid, error, curvature = state.rates.shape[0], state.autostep.error, state.autostep.curvature
    for lane in range(error.shape[0]):
        error[lane] = target - prediction[grid + lane]
        curvature[lane] = 1.0
    standing.move(state.standing, state.autostep, weights, inputs, grid, 1)


rate = binary.rate
