"""The race for a number: see :mod:`streamlr.schedules.race`."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import NO_VOTE, Inputs, Shape
from streamlr.models import logistic
from streamlr.schedules.racing import autostep, binary, hedge, memory, standing
from streamlr.tasks.regression import CLIP

if TYPE_CHECKING:
    from streamlr.schedules.race import Config

REASONS = standing.REASONS
_NATS = 0.5  # what a squared error is worth, as hedge has it


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
    memory : memory.State
    """

    rates: np.ndarray
    change: np.ndarray
    autostep: autostep.State
    standing: standing.State
    hedge: hedge.State
    memory: memory.State


def init(config: "Config", shape: Shape) -> State:
    """All lanes level."""
    rates = config.grid(2.0**-14, 2.0**2)
    driven, ignorant = [rate for _, rate in config.autostep], 1.0
    stand = standing.init(rates, driven, ignorant, shape.brought, restarts=config.restarts)
    return State(
        rates=rates,
        change=np.array([*stand.shown, *stand.shown, 0.0]),
        autostep=autostep.init(shape, config.autostep),
        standing=stand,
        hedge=hedge.init(shape.lanes),
        memory=memory.init(shape, config.past(0)),
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
    own = target - hedge.mean(state.hedge, prediction)
    hedge.update(state.hedge, prediction, target)
    reason, grid, used = 0, state.rates.shape[0], inputs.used[0]
    if standing.count(state.standing):
        for lane in range(prediction.shape[0]):
            state.standing.weight[lane] = state.hedge.weight[lane]
        reason = standing.check(state.standing, state.autostep, state.change, grid, 1, used)
    if not memory.is_due(state.memory, state.standing.learned[0]):
        return reason
    slot = _look_back(state.memory, inputs, target, own * own)
    if slot != memory.NONE:
        ahead = state.memory.ahead[slot]
        reason = standing.tell_recall(state.standing, state.change, ahead)
    return reason


@hot
def _look_back(past: memory.State, inputs: Inputs, target: float, own: float) -> int:
    """Score the past on this sample; which slot is recalled."""
    logistic.weigh(past.weights, inputs, past.said)
    for slot in range(past.said.shape[0]):
        error = target - min(max(past.said[slot], -CLIP), CLIP)
        past.loss[slot] = error * error
    return memory.compare(past, own, _NATS)


@hot
def move(
    state: State, weights: np.ndarray, inputs: Inputs, prediction: np.ndarray, target: float
) -> None:
    """Learn in the Autostep lanes, restart the grid's laggards, recall the past or note it."""
    grid, error, curvature = state.rates.shape[0], state.autostep.error, state.autostep.curvature
    for lane in range(error.shape[0]):
        error[lane] = target - prediction[grid + lane]
        curvature[lane] = 1.0
    standing.move(state.standing, state.autostep, weights, inputs, grid, 1)
    lanes, used = grid + error.shape[0], inputs.used[0]
    memory.move(state.memory, state.standing, weights, grid, lanes, 1, used)


rate = binary.rate
