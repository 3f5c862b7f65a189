"""The race over two classes: see :mod:`streamlr.schedules.race`."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streamlr.arithmetic import exp, log
from streamlr.compiling import cold, hot
from streamlr.components import Inputs, Shape
from streamlr.models import logistic
from streamlr.schedules.racing import autostep, ballot, fixed_share, memory, standing

if TYPE_CHECKING:
    from streamlr.schedules.race import Config

REASONS = standing.REASONS
SCRATCH = (
    "mixture.answer",
    "ballot.vote",
    "ballot.heard",
    "ballot.valid",
    "ballot.sign",
    "ballot.weight",
)


class State(NamedTuple):
    """The lanes' rates, and what they are worth.

    Attributes
    ----------
    rates : float64 [grid]
        The grid; constant.
    change : float64 [3]
    autostep : autostep.State
    standing : standing.State
    mixture : fixed_share.State
    ballot : ballot.State
    memory : memory.State
    likelihood, wrong : float64 [lanes]
        Space to work in.
    """

    rates: np.ndarray
    change: np.ndarray
    autostep: autostep.State
    standing: standing.State
    mixture: fixed_share.State
    ballot: ballot.State
    memory: memory.State
    likelihood: np.ndarray
    wrong: np.ndarray


def init(config: "Config", shape: Shape) -> State:
    """All lanes level, but for those that say less at first."""
    rates = config.grid(2.0**-12, 2.0**3)
    driven, ignorant = [rate for _, rate in config.autostep], np.log(2.0)
    stand = standing.init(rates, driven, ignorant, shape.brought, restarts=config.restarts)
    say = standing.say(shape.lanes, shape.brought)
    return State(
        rates=rates,
        change=np.array([*stand.shown, *stand.shown, 0.0]),
        autostep=autostep.init(shape, config.autostep),
        standing=stand,
        mixture=fixed_share.init(shape.lanes, say=say),
        ballot=ballot.init(shape.lanes, fixed_share.MIXTURES, say),
        memory=memory.init(shape, config.past(memory.USUAL)),
        likelihood=np.zeros(shape.lanes),
        wrong=np.zeros(shape.lanes),
    )


@hot
def read_out(state: State, prediction: np.ndarray, answer: np.ndarray) -> int:
    """Both read-outs: ``answer[0]`` the mixture's P(class 1), and the label voted for."""
    answer[0] = fixed_share.mix(state.mixture, prediction)
    if ballot.cast(state.ballot, prediction, state.mixture.answer):
        return ballot.winner(state.ballot)
    return 1 if prediction[0] >= 0.5 else 0


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
    """Score lanes and candidates on what they said of this sample."""
    if not ballot.stands(state.ballot, prediction):
        _vote_again(state, prediction)
    step, weight = inputs.weight
    _score_lanes(state, prediction, target, step, weight)
    own = -log(fixed_share.learn(state.mixture, state.likelihood, weight))
    ballot.update(state.ballot, state.wrong, target, weight)
    reason, grid, used = 0, state.rates.shape[0], inputs.used[0]
    if standing.count(state.standing):
        ballot.level(state.ballot)
        fixed_share.weights(state.mixture, state.standing.weight)
        reason = standing.check(state.standing, state.autostep, state.change, grid, 1, used)
    if not memory.is_due(state.memory, state.standing.learned[0]):
        return reason
    slot = _look_back(state.memory, inputs, target, own)
    if slot != memory.NONE:
        ahead = state.memory.ahead[slot]
        reason = standing.tell_recall(state.standing, state.change, ahead)
    return reason


@cold
def _vote_again(state: State, prediction: np.ndarray) -> None:
    fixed_share.mix(state.mixture, prediction)
    ballot.cast(state.ballot, prediction, state.mixture.answer)


@hot
def _score_lanes(
    state: State, prediction: np.ndarray, target: float, step: float, weight: float
) -> None:
    """Fade the lanes' losses; note what each gave to the label, and whether it was wrong."""
    positive = target > 0.5
    for lane in range(prediction.shape[0]):
        p = prediction[lane]
        likelihood = max(p if positive else 1.0 - p, standing.FLOOR)
        state.likelihood[lane] = likelihood
        state.wrong[lane] = weight if (p >= 0.5) != positive else 0.0
        standing.fade(state.standing, lane, -log(likelihood), step)


@hot
def _look_back(past: memory.State, inputs: Inputs, target: float, own: float) -> int:
    """Score the past on this sample; which slot is recalled."""
    logistic.weigh(past.weights, inputs, past.said)
    for slot in range(past.said.shape[0]):
        margin = past.said[slot] if target > 0.5 else -past.said[slot]
        past.loss[slot] = log(1.0 + exp(-margin))
    return memory.compare(past, own, 1.0, inputs.weight[0])


@hot
def move(
    state: State, weights: np.ndarray, inputs: Inputs, prediction: np.ndarray, target: float
) -> None:
    """Learn in the Autostep lanes, restart the grid's laggards, recall the past or note it."""
    grid, error, curvature = state.rates.shape[0], state.autostep.error, state.autostep.curvature
    weight = inputs.weight[0]
    for lane in range(error.shape[0]):
        p = prediction[grid + lane]
        error[lane] = weight * (target - p)
        curvature[lane] = weight * (p * (1.0 - p))
    standing.move(state.standing, state.autostep, weights, inputs, grid, 1)
    lanes, used = grid + error.shape[0], inputs.used[0]
    memory.move(state.memory, state.standing, weights, grid, lanes, 1, used)


@hot
def rate(state: State) -> float:
    """Geometric mean of the lanes' rates under the probability mixture's weights."""
    return state.standing.shown[0]  # type: ignore[no-any-return]
