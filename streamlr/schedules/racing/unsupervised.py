"""The race without labels: see :mod:`streamlr.schedules.race`.

Lanes race for the least distance, as for a number that is 0. There are no Autostep lanes and no
memory: both are of linear models.
"""

import numpy as np

from streamlr.compiling import hot
from streamlr.components import NO_VOTE, Inputs
from streamlr.schedules.racing import hedge, regression, standing
from streamlr.schedules.racing.regression import State, init, rate

__all__ = ["REASONS", "State", "init", "move", "rate", "read_out", "update"]

REASONS = standing.REASONS


@hot
def read_out(state: State, prediction: np.ndarray, answer: np.ndarray) -> int:
    """The lanes' weighted mean of the distance; the rest as the leader says."""
    lanes, leader = state.hedge.weight.shape[0], state.standing.leader[0]
    answer[0] = hedge.mean(state.hedge, prediction[:lanes])
    for output in range(1, answer.shape[0]):
        answer[output] = prediction[output * lanes + leader]
    return NO_VOTE


@hot
def update(
    state: State,
    prediction: np.ndarray,
    target: float,
    loss: float,
    signal: int,
    severity: float,
    inputs: Inputs,
) -> int:
    """Score the lanes on their distances."""
    distance = prediction[: state.hedge.weight.shape[0]]
    return regression.update(state, distance, target, loss, signal, severity, inputs)


@hot
def move(
    state: State,
    weights: np.ndarray,
    inputs: Inputs,
    prediction: np.ndarray,  # noqa: ARG001 - one signature for every schedule
    target: float,  # noqa: ARG001
) -> None:
    """Let laggards of the grid restart from the leader."""
    grid, lanes, used = state.rates.shape[0], state.hedge.weight.shape[0], inputs.used[0]
    if standing.is_restart_due(state.standing, used):
        columns = weights.shape[1] // lanes
        standing.restart_laggards(state.standing, weights, grid, lanes, columns, used)
