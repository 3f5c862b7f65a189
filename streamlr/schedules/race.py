"""Race: every learning rate at once, the best ones speak.

Lanes learn side by side on the same samples: a grid of rates a factor of two apart, and a few lanes
whose rates Autostep learns weight by weight. Nobody picks a rate: two read-outs weigh the lanes by how well they predict,

*probabilities*
    fixed-share mixtures w ← (1-α)·w·p(y)/Σ + α/K for several α, themselves mixed by Bayes' rule;
*labels*
    candidates are, for each of several forgetting rates λ, a hedge on the discounted 0/1 loss L ← (1-λ)·L + error with weights e^(-2L), and the
    more probable class of each fixed-share mixture; a second hedge over the candidates casts the label.

A grid lane that lags (faded loss over 1.3 × the leader's) restarts from the leader's weights, so that after a drift the
fast lanes' knowledge reaches the slow ones, which then refine it. The learning rate shown is the lanes' geometric
mean under the mixture's weights: it rises after a drift and falls as things settle.

References
----------
Herbster & Warmuth (1998), "Tracking the best expert", for fixed-share; Freund & Schapire (1997) for hedge. Racing them
over learning rates, the two read-outs and the restarts are ours.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.arithmetic import exp, log
from streamlr.compiling import compiled
from streamlr.components import ComponentConfig, Shape
from streamlr.schedules import autostep

REASONS = ("unchanged", "another lane leads")
_LEADER_CHANGED = 1

_SHARES = (1e-5, 1e-4, 1e-3, 1e-2, 5e-2)
_FORGETTING = (1e-5, 1e-4, 1e-3, 1e-2, 5e-2)
_HEDGE_RATE = 2.0
_VOTE_FORGETTING = 1e-3
_VOTE_RATE = 0.5
_FLOOR = 1e-6  # least probability a lane is held to have given
_LOSS_CAP = 8.0  # one bad sample must not drown a lane
_FADE = 0.5 ** (1.0 / 100.0)
_RESTART_EVERY = 50
_RESTART_MARGIN = 1.3
_LEAD_CHECK_EVERY = 32
_LEAD_MARGIN = 2.0  # a new leader has this many times the old one's weight: no flicker

Rate = Annotated[float, Field(gt=0, le=1e6)]


class Config(ComponentConfig):
    """Race a grid of learning rates and Autostep lanes."""

    type: Literal["race"] = "race"
    slowest: Rate = Field(2.0**-12, description="lowest rate of the grid")
    fastest: Rate = Field(2.0**3, description="highest rate of the grid")
    rates: Annotated[int, Field(ge=1, le=256)] = Field(16, description="lanes on the grid")
    autostep: tuple[tuple[Rate, Rate], ...] = Field(
        ((0.1, 0.05), (0.1, 0.005), (0.03, 0.05), (0.03, 0.005)),
        description="Autostep lanes: (meta-rate, initial rate) of each",
    )


class State(NamedTuple):
    """Standing of the lanes. G grid lanes come first, K lanes in all, A mixtures, H hedges.

    Attributes
    ----------
    rates : float64 [G]
        The grid; constant.
    change : float64 [3]
    autostep : autostep.State
    mixture : float64 [A, K]
        Fixed-share weights of the lanes; each row sums to 1.
    mixture_weight, mixture_answer : float64 [A]
        Bayes weight of each mixture, and the P(class 1) that it gave last.
    discounted : float64 [H, K]
        Discounted 0/1 losses of the lanes.
    vote_loss, vote : float64 [H + A]
        Discounted 0/1 losses of the candidates for the label, and their latest labels.
    faded : float64 [K]
        Faded capped log-loss of each lane.
    learned : int64 [1]
        Samples learned.
    leader : int64 [1]
    restarts : int64 [1]
        Lanes restarted so far.
    """

    rates: np.ndarray
    change: np.ndarray
    autostep: autostep.State
    mixture: np.ndarray
    mixture_weight: np.ndarray
    mixture_answer: np.ndarray
    discounted: np.ndarray
    vote_loss: np.ndarray
    vote: np.ndarray
    faded: np.ndarray
    learned: np.ndarray
    leader: np.ndarray
    restarts: np.ndarray


def lanes(config: Config) -> int:
    """Grid lanes and Autostep lanes."""
    return config.rates + len(config.autostep)


def init(config: Config, shape: Shape) -> State:
    """All lanes level; the middle of the grid leads."""
    shares, hedges = len(_SHARES), len(_FORGETTING)
    return State(
        rates=np.geomspace(config.slowest, config.fastest, config.rates),
        change=np.zeros(3),
        autostep=autostep.init(shape.features + 1, config.autostep),
        mixture=np.full((shares, shape.lanes), 1.0 / shape.lanes),
        mixture_weight=np.full(shares, 1.0 / shares),
        mixture_answer=np.full(shares, 0.5),
        discounted=np.zeros((hedges, shape.lanes)),
        vote_loss=np.zeros(hedges + shares),
        vote=np.zeros(hedges + shares),
        faded=np.full(shape.lanes, np.log(2.0)),
        learned=np.zeros(1, np.int64),
        leader=np.array([config.rates // 2]),
        restarts=np.zeros(1, np.int64),
    )


@compiled
def read_out(state: State, probability: np.ndarray, answer: np.ndarray) -> None:
    """Both read-outs: ``answer[0]`` the mixture's P(class 1), ``answer[1]`` the voted label."""
    lanes, yes = probability.shape[0], 0
    for lane in range(lanes):
        yes += 1 if probability[lane] >= 0.5 else 0
    answer[0] = _mix(state, probability)
    if yes in (0, lanes):  # unanimous: every candidate says the same, no vote to count
        state.vote[:] = 1.0 if yes else -1.0
        answer[1] = 1.0 if yes else 0.0
        return
    _gather_votes(state, probability)
    balance = 0.0
    for candidate in range(state.vote.shape[0]):
        balance += state.vote[candidate] * exp(-_VOTE_RATE * state.vote_loss[candidate])
    answer[1] = 1.0 if balance >= 0.0 else 0.0


@compiled
def _mix(state: State, probability: np.ndarray) -> float:
    mixed = 0.0
    for share in range(state.mixture.shape[0]):
        answer = _weighted_sum(state.mixture[share], probability)
        state.mixture_answer[share] = answer
        mixed += state.mixture_weight[share] * answer
    return mixed


@compiled
def _weighted_sum(weights: np.ndarray, values: np.ndarray) -> float:
    """Sum of products by four running sums: a fixed order that the processor need not do one by one."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = weights.shape[0] // 4 * 4
    for i in range(0, whole, 4):
        a += weights[i] * values[i]
        b += weights[i + 1] * values[i + 1]
        c += weights[i + 2] * values[i + 2]
        d += weights[i + 3] * values[i + 3]
    for i in range(whole, weights.shape[0]):
        a += weights[i] * values[i]
    return (a + b) + (c + d)


@compiled
def _gather_votes(state: State, probability: np.ndarray) -> None:
    """Each candidate's label, as +1 or -1."""
    hedges, lanes = state.discounted.shape[0], probability.shape[0]
    sign, weight = np.empty(lanes), np.empty(lanes)
    for lane in range(lanes):
        sign[lane] = 1.0 if probability[lane] >= 0.5 else -1.0
    for hedge in range(hedges):
        losses = state.discounted[hedge]
        for lane in range(lanes):
            weight[lane] = exp(-_HEDGE_RATE * losses[lane])
        state.vote[hedge] = 1.0 if _weighted_sum(weight, sign) >= 0.0 else -1.0
    for share in range(state.mixture.shape[0]):
        state.vote[hedges + share] = 1.0 if state.mixture_answer[share] >= 0.5 else -1.0


@compiled
def update(
    state: State,
    probability: np.ndarray,
    target: float,
    loss: float,  # noqa: ARG001
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
) -> int:
    """Score lanes and candidates on what they said of this sample."""
    state.learned[0] += 1
    likelihood = np.empty(probability.shape[0])
    for lane in range(probability.shape[0]):
        given = probability[lane] if target > 0.5 else 1.0 - probability[lane]
        likelihood[lane] = max(given, _FLOOR)
    _score_mixtures(state, likelihood)
    _score_labels(state, likelihood, 1.0 if target > 0.5 else -1.0)
    _score_lanes(state, likelihood)
    if state.learned[0] % _LEAD_CHECK_EVERY != 0:
        return 0
    for hedge in range(state.discounted.shape[0]):
        _level(state.discounted[hedge])
    _level(state.vote_loss)
    return _see_who_leads(state)


@compiled
def _score_mixtures(state: State, likelihood: np.ndarray) -> None:
    lanes, total = likelihood.shape[0], 0.0
    for share in range(state.mixture.shape[0]):
        row, alpha = state.mixture[share], _SHARES[share]
        evidence = _weighted_sum(row, likelihood)
        kept, floor = (1.0 - alpha) / evidence, alpha / lanes
        for lane in range(lanes):
            row[lane] = row[lane] * likelihood[lane] * kept + floor
        state.mixture_weight[share] *= evidence
        total += state.mixture_weight[share]
    for share in range(state.mixture.shape[0]):
        state.mixture_weight[share] = max(state.mixture_weight[share] / total, 1e-300)


@compiled
def _score_labels(state: State, likelihood: np.ndarray, sign: float) -> None:
    lanes = likelihood.shape[0]
    wrong = np.empty(lanes)
    for lane in range(lanes):
        wrong[lane] = 1.0 if likelihood[lane] < 0.5 else 0.0
    for hedge in range(state.discounted.shape[0]):
        losses, kept = state.discounted[hedge], 1.0 - _FORGETTING[hedge]
        for lane in range(lanes):
            losses[lane] = kept * losses[lane] + wrong[lane]
    for candidate in range(state.vote_loss.shape[0]):
        missed = 1.0 if state.vote[candidate] != sign else 0.0
        state.vote_loss[candidate] = (1.0 - _VOTE_FORGETTING) * state.vote_loss[candidate] + missed


@compiled
def _score_lanes(state: State, likelihood: np.ndarray) -> None:
    for lane in range(likelihood.shape[0]):
        loss = min(-log(likelihood[lane]), _LOSS_CAP)
        state.faded[lane] = _FADE * state.faded[lane] + (1.0 - _FADE) * loss


@compiled
def _level(losses: np.ndarray) -> None:
    """Shift discounted losses so that the least is 0: their differences, all that a hedge sees, stay."""
    least = losses.min()
    for lane in range(losses.shape[0]):
        losses[lane] -= least


@compiled
def _see_who_leads(state: State) -> int:
    weight, leader = np.zeros(state.mixture.shape[1]), state.leader[0]
    for share in range(state.mixture.shape[0]):
        for lane in range(weight.shape[0]):
            weight[lane] += state.mixture_weight[share] * state.mixture[share, lane]
    best = int(np.argmax(weight))
    if weight[best] <= _LEAD_MARGIN * weight[leader]:
        return 0
    state.change[0] = state.change[1]
    state.change[1] = rate(state)
    state.change[2] = state.faded[leader] - state.faded[best]
    state.leader[0] = best
    return _LEADER_CHANGED


@compiled
def move(state: State, weights: np.ndarray, inputs: np.ndarray, probability: np.ndarray, target: float) -> None:
    """Learn in the Autostep lanes, then let laggards of the grid restart from the leader."""
    grid = state.rates.shape[0]
    own = probability[grid:]
    autostep.move(state.autostep, weights, inputs, target - own, own * (1.0 - own), grid)
    if state.learned[0] % _RESTART_EVERY == 0:
        _restart_laggards(state, weights)


@compiled
def _restart_laggards(state: State, weights: np.ndarray) -> None:
    leader = int(np.argmin(state.faded))
    for lane in range(state.rates.shape[0]):
        if state.faded[lane] > _RESTART_MARGIN * state.faded[leader]:
            weights[:, lane] = weights[:, leader]
            state.faded[lane] = state.faded[leader]
            state.restarts[0] += 1


@compiled
def rate(state: State) -> float:
    """Geometric mean of the lanes' rates under the probability mixture's weights.

    An Autostep lane counts with the geometric mean of its weights' rates.
    """
    mean, grid = 0.0, state.rates.shape[0]
    for share in range(state.mixture.shape[0]):
        for lane in range(state.mixture.shape[1]):
            weight = state.mixture_weight[share] * state.mixture[share, lane]
            if lane < grid:
                mean += weight * log(state.rates[lane])
            else:
                mean += weight * _log_rate(state.autostep.rate, lane - grid)
    return exp(mean)


@compiled
def _log_rate(rates: np.ndarray, lane: int) -> float:
    total = 0.0
    for row in range(rates.shape[0]):
        total += log(max(rates[row, lane], 1e-300))
    return total / rates.shape[0]
