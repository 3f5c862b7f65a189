"""Race: every learning rate at once, the best ones speak.

Lanes learn side by side on the same samples: a grid of rates a factor of two apart, and a few lanes
whose rates Autostep learns weight by weight. Nobody picks a rate: two read-outs weigh the lanes by
how well they predict, :mod:`streamlr.schedules.fixed_share` for the probability and
:mod:`streamlr.schedules.ballot` for the label.

A grid lane that lags (faded loss over 1.3 × the leader's) restarts from the leader's weights, so
that after a drift the fast lanes' knowledge reaches the slow ones, which then refine it. The
learning rate shown is the lanes' geometric mean under the mixture's weights: it rises after a drift
and falls as things settle.

Notes
-----
The race over learning rates, the two read-outs and the restarts are ours. Where labels come late,
lanes are scored on what they said at the time; the candidates for the label, whose votes are not
kept, on how they vote now on what the lanes said then.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.arithmetic import exp, log
from streamlr.compiling import cold, hot
from streamlr.components import ComponentConfig, Shape
from streamlr.schedules import autostep, ballot, fixed_share

REASONS = ("unchanged", "another lane leads")
_LEADER_CHANGED = 1

_FLOOR = 1e-6  # least probability a lane is held to have given
_LOSS_CAP = 8.0  # one bad sample must not drown a lane
_FADE = 0.5 ** (1.0 / 100.0)
_RESTART_EVERY = 50
_RESTART_MARGIN = 1.3
_CHECK_EVERY = 32  # on who leads, and at what rate
_LEAD_MARGIN = 2.0  # a new leader has this many times the old one's weight: no flicker

Rate = Annotated[float, Field(gt=0, le=1e6)]


class Config(ComponentConfig):
    """Race a grid of learning rates and Autostep lanes."""

    type: Literal["race"] = "race"
    slowest: Rate = Field(default=2.0**-12, description="lowest rate of the grid")
    fastest: Rate = Field(default=2.0**3, description="highest rate of the grid")
    rates: Annotated[int, Field(ge=1, le=256)] = Field(default=16, description="lanes on the grid")
    autostep: tuple[tuple[Rate, Rate], ...] = Field(
        default=((0.1, 0.05), (0.1, 0.005), (0.03, 0.05), (0.03, 0.005)),
        description="Autostep lanes: (meta-rate, initial rate) of each",
    )


class State(NamedTuple):
    """Standing of the lanes, those of the grid first.

    Attributes
    ----------
    rates : float64 [grid]
        The grid; constant.
    change : float64 [3]
    autostep : autostep.State
    mixture : fixed_share.State
    ballot : ballot.State
    faded : float64 [lanes]
        Faded capped log-loss of each lane.
    log_rate : float64 [lanes]
        Logarithm of each lane's rate; the mean over its weights in an Autostep lane.
    shown : float64 [1]
        The rate that operators see, as of the latest multiple of 32 samples.
    learned : int64 [1]
        Samples learned.
    leader : int64 [1]
    restarts : int64 [1]
        Lanes restarted so far.
    likelihood, wrong : float64 [lanes]
        Space to work in.
    """

    rates: np.ndarray
    change: np.ndarray
    autostep: autostep.State
    mixture: fixed_share.State
    ballot: ballot.State
    faded: np.ndarray
    log_rate: np.ndarray
    shown: np.ndarray
    learned: np.ndarray
    leader: np.ndarray
    restarts: np.ndarray
    likelihood: np.ndarray
    wrong: np.ndarray


def lanes(config: Config) -> int:
    """Grid lanes and Autostep lanes."""
    return config.rates + len(config.autostep)


def init(config: Config, shape: Shape) -> State:
    """All lanes level; the middle of the grid leads."""
    rates = np.geomspace(config.slowest, config.fastest, config.rates)
    log_rate = np.log([*rates, *[rate for _, rate in config.autostep]])
    shown = np.exp(log_rate.mean())
    return State(
        rates=rates,
        change=np.array([shown, shown, 0.0]),
        autostep=autostep.init(shape.features + 1, config.autostep),
        mixture=fixed_share.init(shape.lanes),
        ballot=ballot.init(shape.lanes, fixed_share.MIXTURES),
        faded=np.full(shape.lanes, np.log(2.0)),
        log_rate=log_rate,
        shown=np.array([shown]),
        learned=np.zeros(1, np.int64),
        leader=np.array([config.rates // 2]),
        restarts=np.zeros(1, np.int64),
        likelihood=np.zeros(shape.lanes),
        wrong=np.zeros(shape.lanes),
    )


@hot
def read_out(state: State, probability: np.ndarray, answer: np.ndarray) -> None:
    """Both read-outs: ``answer[0]`` the mixture's P(class 1), ``answer[1]`` the voted label."""
    answer[0] = fixed_share.mix(state.mixture, probability)
    if ballot.cast(state.ballot, probability, state.mixture.answer):
        answer[1] = ballot.winner(state.ballot)
    else:
        answer[1] = 1.0 if probability[0] >= 0.5 else 0.0


@hot
def update(
    state: State,
    probability: np.ndarray,
    target: float,
    loss: float,  # noqa: ARG001
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
) -> int:
    """Score lanes and candidates on what they said of this sample."""
    if not ballot.stands(state.ballot, probability):
        _vote_again(state, probability)
    _score_lanes(state, probability, target)
    fixed_share.update(state.mixture, state.likelihood)
    ballot.update(state.ballot, state.wrong, target)
    state.learned[0] += 1
    if state.learned[0] % _CHECK_EVERY != 0:
        return 0
    ballot.level(state.ballot)
    _show_rate(state)
    return _see_who_leads(state)


@cold
def _vote_again(state: State, probability: np.ndarray) -> None:
    fixed_share.mix(state.mixture, probability)
    ballot.cast(state.ballot, probability, state.mixture.answer)


@hot
def _score_lanes(state: State, probability: np.ndarray, target: float) -> None:
    """Fade the lanes' losses; note what each gave to the label, and whether it was wrong."""
    positive = target > 0.5
    for lane in range(probability.shape[0]):
        p = probability[lane]
        likelihood = max(p if positive else 1.0 - p, _FLOOR)
        loss = min(-log(likelihood), _LOSS_CAP)
        state.likelihood[lane] = likelihood
        state.wrong[lane] = 1.0 if (p >= 0.5) != positive else 0.0
        state.faded[lane] = _FADE * state.faded[lane] + (1.0 - _FADE) * loss


@cold
def _show_rate(state: State) -> None:
    """Geometric mean of the lanes' rates under the probability mixture's weights."""
    autostep.mean_log_rate(state.autostep, state.log_rate[state.rates.shape[0] :])
    mean = 0.0
    for lane in range(state.log_rate.shape[0]):
        mean += fixed_share.weight_of(state.mixture, lane) * state.log_rate[lane]
    state.shown[0] = exp(mean)


@cold
def _see_who_leads(state: State) -> int:
    leader, best, most = state.leader[0], 0, 0.0
    for lane in range(state.faded.shape[0]):
        weight = fixed_share.weight_of(state.mixture, lane)
        best = lane if weight > most else best
        most = max(weight, most)
    if most <= _LEAD_MARGIN * fixed_share.weight_of(state.mixture, leader):
        return 0
    state.change[0] = state.change[1]
    state.change[1] = state.shown[0]
    state.change[2] = state.faded[leader] - state.faded[best]
    state.leader[0] = best
    return _LEADER_CHANGED


@hot
def move(
    state: State, weights: np.ndarray, inputs: np.ndarray, probability: np.ndarray, target: float
) -> None:
    """Learn in the Autostep lanes, then let laggards of the grid restart from the leader."""
    grid = state.rates.shape[0]
    autostep.move(state.autostep, weights, inputs, probability[grid:], target, grid)
    if state.learned[0] % _RESTART_EVERY == 0:
        _restart_laggards(state, weights)


@cold
def _restart_laggards(state: State, weights: np.ndarray) -> None:
    leader = 0
    for lane in range(state.faded.shape[0]):
        leader = lane if state.faded[lane] < state.faded[leader] else leader
    for lane in range(state.rates.shape[0]):
        if state.faded[lane] > _RESTART_MARGIN * state.faded[leader]:
            for row in range(weights.shape[0]):
                weights[row, lane] = weights[row, leader]
            state.faded[lane] = state.faded[leader]
            state.restarts[0] += 1


@hot
def rate(state: State) -> float:
    """Geometric mean of the lanes' rates under the probability mixture's weights."""
    return state.shown[0]  # type: ignore[no-any-return]
