"""The race over more than two classes: see :mod:`streamlr.schedules.race`."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streamlr.arithmetic import exp, log
from streamlr.compiling import cold, hot
from streamlr.components import Inputs, Shape
from streamlr.models import logistic
from streamlr.schedules.racing import autostep, binary, fixed_share, memory, plurality, standing

if TYPE_CHECKING:
    from streamlr.schedules.race import Config

REASONS = standing.REASONS
SCRATCH = (
    "heard",
    "mixture.answer",
    "plurality.vote",
    "plurality.choice",
    "plurality.valid",
    "plurality.best",
    "plurality.tally",
)


_WIDEST_GAP = 100.0  # between two classes' scores: their sum stays finite, and beyond any cap


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
    plurality : plurality.State
    memory : memory.State
    likelihood, wrong : float64 [lanes]
        Space to work in.
    heard : float64 [outputs * lanes]
        What the lanes said when the latest votes were cast.
    """

    rates: np.ndarray
    change: np.ndarray
    autostep: autostep.State
    standing: standing.State
    mixture: fixed_share.State
    plurality: plurality.State
    memory: memory.State
    likelihood: np.ndarray
    wrong: np.ndarray
    heard: np.ndarray


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
        mixture=fixed_share.init(shape.lanes, shape.outputs, say),
        plurality=plurality.init(shape.lanes, fixed_share.MIXTURES, shape.outputs, say),
        memory=memory.init(shape, config.past(memory.USUAL)),
        likelihood=np.zeros(shape.lanes),
        wrong=np.zeros(shape.lanes),
        heard=np.zeros(shape.outputs * shape.lanes),
    )


@hot
def read_out(state: State, prediction: np.ndarray, answer: np.ndarray) -> int:
    """Both read-outs: ``answer`` the mixture's probabilities, and the class voted for."""
    return _vote(state, prediction, answer)


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
    label, lanes = int(target), state.wrong.shape[0]
    known = prediction.shape[0] // lanes
    different = 0
    for place in range(prediction.shape[0]):
        different += 1 if state.heard[place] != prediction[place] else 0
    if different > 0 or state.plurality.valid[0] == 0:
        _vote_again(state, prediction)
    step, weight = inputs.weight
    for lane in range(lanes):
        likelihood = prediction[label * lanes + lane] if label < known else 0.0
        likelihood = max(likelihood, standing.FLOOR)
        state.likelihood[lane] = likelihood
        state.wrong[lane] = weight if state.plurality.choice[lane] != label else 0.0
        standing.fade(state.standing, lane, -log(likelihood), step)
    own = -log(fixed_share.learn(state.mixture, state.likelihood, weight))
    plurality.update(state.plurality, state.wrong, label, weight)
    reason, grid, used = 0, state.rates.shape[0], inputs.used[0]
    if standing.count(state.standing):
        plurality.level(state.plurality)
        fixed_share.weights(state.mixture, state.standing.weight)
        one = max(known, 1)
        reason = standing.check(state.standing, state.autostep, state.change, grid, one, used)
    if not memory.is_due(state.memory, state.standing.learned[0]):
        return reason
    slot = _look_back(state.memory, inputs, label, known, own)
    if slot != memory.NONE:
        ahead = state.memory.ahead[slot]
        reason = standing.tell_recall(state.standing, state.change, ahead)
    return reason


@hot
def _vote(state: State, prediction: np.ndarray, answer: np.ndarray) -> int:
    known = prediction.shape[0] // state.wrong.shape[0]
    for place in range(prediction.shape[0]):
        state.heard[place] = prediction[place]
    fixed_share.mix_classes(state.mixture, prediction, answer, known)
    return plurality.cast(state.plurality, prediction, state.mixture.answer, known)


@cold
def _vote_again(state: State, prediction: np.ndarray) -> None:
    _vote(state, prediction, state.plurality.tally)


@hot
def _look_back(past: memory.State, inputs: Inputs, label: int, known: int, own: float) -> int:
    """Score the past on this sample; which slot is recalled."""
    slots = past.loss.shape[0]
    if label >= known:  # nobody could know
        return memory.NONE
    said = past.said[: known * slots]
    logistic.weigh(past.weights, inputs, said)
    for slot in range(slots):
        past.loss[slot] = 0.0
    for output in range(known):
        for slot in range(slots):
            gap = said[output * slots + slot] - said[label * slots + slot]
            past.loss[slot] += exp(min(gap, _WIDEST_GAP))
    for slot in range(slots):
        past.loss[slot] = log(past.loss[slot])
    return memory.compare(past, own, 1.0, inputs.weight[0])


@hot
def move(
    state: State, weights: np.ndarray, inputs: Inputs, prediction: np.ndarray, target: float
) -> None:
    """Learn in the Autostep lanes, restart the grid's laggards, recall the past or note it."""
    grid, lanes = state.rates.shape[0], state.wrong.shape[0]
    error, curvature = state.autostep.error, state.autostep.curvature
    driven, known = state.autostep.meta_rate.shape[0], prediction.shape[0] // lanes
    weight = inputs.weight[0]
    for output in range(known):
        goal = 1.0 if output == int(target) else 0.0
        for lane in range(driven):
            p = prediction[output * lanes + grid + lane]
            error[output * driven + lane] = weight * (goal - p)
            curvature[output * driven + lane] = weight * (p * (1.0 - p))
    standing.move(state.standing, state.autostep, weights, inputs, grid, known)
    lanes, used = grid + driven, inputs.used[0]
    memory.move(state.memory, state.standing, weights, grid, lanes, known, used)


rate = binary.rate
