"""Standing: how the lanes of a race are doing, who leads, and who restarts from the leader."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from streamlr.arithmetic import exp
from streamlr.compiling import cold, hot
from streamlr.components import Brought, Inputs
from streamlr.schedules.racing import autostep

REASONS = ("unchanged", "another lane leads", "a past concept came back")
LEADER_CHANGED, RECALLED = 1, 2
LOSS_CAP = 8.0
"""One bad sample must not drown a lane."""

FLOOR = 1e-6
"""Least probability a lane is held to have given."""

CHECK_EVERY = 32
"""On who leads, and at what rate."""

_FADE = 0.5 ** (1.0 / 100.0)
_RESTART_EVERY = 50
_RESTART_MARGIN = 1.3
_COPIED_ROWS = 1024  # with more weights than that, copying them would cost more than learning
_LEAD_MARGIN = 2.0  # a new leader has this many times the old one's weight: no flicker


class State(NamedTuple):
    """Standing of the lanes, those of the grid first.

    Attributes
    ----------
    faded : float64 [lanes]
        Faded capped loss of each lane.
    weight : float64 [lanes]
        How much each says, as of the latest check.
    log_rate : float64 [lanes]
        Logarithm of each lane's rate; the mean over its weights in an Autostep lane.
    shown : float64 [1]
        The rate that operators see, as of the latest check.
    learned : int64 [1]
        Samples learned.
    leader : int64 [1]
    restarts : int64 [1]
        Lanes restarted so far.
    margin : float64 [1]
        A lane lags when its faded loss is more than this times the leader's; 0: none ever does.
        Constant.
    """

    faded: np.ndarray
    weight: np.ndarray
    log_rate: np.ndarray
    shown: np.ndarray
    learned: np.ndarray
    leader: np.ndarray
    restarts: np.ndarray
    margin: np.ndarray


class Lane(NamedTuple):
    """One lane as operators see it.

    Attributes
    ----------
    lane
        Its number.
    kind
        ``grid``; ``autostep``: with a rate for each weight; or the feature map it learns on.
    leads
        Whether it was told last to lead.
    weight
        How much it says, of 1.
    learning_rate
        Its own; of an Autostep lane the geometric mean over its weights.
    faded_loss
        Of its latest samples: nats, or squared error of the standardised number; capped.
    """

    lane: int
    kind: str
    leads: bool
    weight: float
    learning_rate: float
    faded_loss: float


def kinds(race: Any, brought: Sequence[Brought]) -> tuple[str, ...]:  # noqa: ANN401 - any task's
    """The kind of each lane of a race, in order."""
    own = ["grid"] * len(race.rates) + ["autostep"] * len(race.autostep.meta_rate)
    return (*own, *(lanes.kind for lanes in brought for _ in lanes.rates))


def say(lanes: int, brought: Sequence[Brought]) -> np.ndarray:
    """How much each of so many lanes says at first, of what one of the schedule's does."""
    own = [kind.say for kind in brought for _ in kind.rates]
    return np.array([1.0] * (lanes - len(own)) + own)


def best(state: State, kinds: Sequence[str], most: int) -> tuple[Lane, ...]:
    """The lanes of the highest weights, the first first.

    Parameters
    ----------
    kinds
        Of the lanes, in order.
    most
        How many to show.
    """
    order = np.argsort(-state.weight, kind="stable")[:most].tolist()
    return tuple(
        Lane(
            lane=lane,
            kind=kinds[lane],
            leads=bool(lane == state.leader[0]),
            weight=float(state.weight[lane]),
            learning_rate=float(np.exp(state.log_rate[lane])),
            faded_loss=float(state.faded[lane]),
        )
        for lane in order
    )


def init(
    rates: np.ndarray,
    autostep_rates: list[float],
    loss: float,
    brought: Sequence[Brought] = (),
    *,
    restarts: bool = True,
) -> State:
    """All lanes level; the middle of the grid leads.

    Parameters
    ----------
    rates, autostep_rates
        Learning rates of the grid's lanes and initial ones of Autostep's.
    loss
        Of whoever knows nothing.
    brought
        The model's own lanes.
    restarts
        Whether lanes that lag restart.
    """
    log_rate = np.log([*rates, *autostep_rates, *(rate for own in brought for rate in own.rates)])
    lanes = len(log_rate)
    first = say(lanes, brought)
    return State(
        faded=np.full(lanes, loss),
        weight=first / first.sum(),
        log_rate=log_rate,
        shown=np.array([np.exp(log_rate.mean())]),
        learned=np.zeros(1, np.int64),
        leader=np.array([len(rates) // 2]),
        restarts=np.zeros(1, np.int64),
        margin=np.array([_RESTART_MARGIN if restarts else 0.0]),
    )


@hot
def fade(state: State, lane: int, loss: float, weight: float = 1.0) -> None:
    """Take in a lane's loss on the sample at hand, and how much that counts."""
    state.faded[lane] = faded_by(state.faded[lane], loss, weight)


@hot
def faded_by(before: float, loss: float, weight: float) -> float:
    """A faded capped loss after one more sample."""
    return _FADE * before + (1.0 - _FADE) * (weight * min(loss, LOSS_CAP))


@hot
def count(state: State) -> bool:
    """Count a sample; whether it is time to look at who leads."""
    state.learned[0] += 1
    return state.learned[0] % CHECK_EVERY == 0  # type: ignore[no-any-return]


@cold
def check(
    state: State, rates: autostep.State, change: np.ndarray, grid: int, known: int, used: int
) -> int:
    """Show the rate; a reason is returned when another lane leads.

    ``state.weight`` must hold the lanes' weights.
    """
    autostep.mean_log_rate(rates, state.log_rate[grid:], known, used)
    mean = 0.0
    for lane in range(state.weight.shape[0]):
        mean += state.weight[lane] * state.log_rate[lane]
    state.shown[0] = exp(mean)

    leader, best, most = state.leader[0], 0, 0.0
    for lane in range(state.weight.shape[0]):
        weight = state.weight[lane]
        best = lane if weight > most else best
        most = max(weight, most)
    if most <= _LEAD_MARGIN * state.weight[leader]:
        return 0
    change[0] = change[1]
    change[1] = state.shown[0]
    change[2] = state.faded[leader] - state.faded[best]
    state.leader[0] = best
    return LEADER_CHANGED


@cold
def tell_recall(state: State, change: np.ndarray, ahead: float) -> int:
    """Tell that a past concept is recalled, which was ``ahead`` by so much; the reason."""
    change[0] = change[1]
    change[1] = state.shown[0]
    change[2] = ahead
    return RECALLED


@hot
def move(
    state: State, driven: autostep.State, weights: np.ndarray, inputs: Inputs, grid: int, known: int
) -> None:
    """Learn in the Autostep lanes, then let laggards of the grid restart from the leader.

    ``driven.error`` and ``driven.curvature`` must tell of the sample.
    """
    autostep.move(driven, weights, inputs, grid, known)
    if is_restart_due(state, inputs.used[0]):
        lanes = grid + driven.meta_rate.shape[0]
        restart_laggards(state, weights, grid, lanes, known, inputs.used[0])


@hot
def is_restart_due(state: State, used: int) -> bool:
    """Whether laggards may restart at this sample, of ``used`` weights a learner."""
    is_time = state.margin[0] > 0.0 and state.learned[0] % _RESTART_EVERY == 0
    return is_time and is_copied(used)


@hot
def is_copied(used: int) -> bool:
    """Whether a learner of ``used`` weights is small enough for copies."""
    return used <= _COPIED_ROWS


@cold
def restart_laggards(
    state: State, weights: np.ndarray, grid: int, lanes: int, known: int, used: int
) -> None:
    """Lanes of the grid that lag far behind the leader go on from its weights.

    ``lanes`` have weights here, those of the grid and Autostep's: among them one leads.
    """
    leader = 0
    for lane in range(lanes):
        leader = lane if state.faded[lane] < state.faded[leader] else leader
    for lane in range(grid):
        if state.faded[lane] > state.margin[0] * state.faded[leader]:
            for row in range(used):
                for first in range(0, known * lanes, lanes):
                    weights[row, first + lane] = weights[row, first + leader]
            state.faded[lane] = state.faded[leader]
            state.restarts[0] += 1
