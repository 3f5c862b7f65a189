"""Memory: what a race once knew, to go back to when a concept recurs.

A few slots hold weights as the leading lane had them, and do not learn. They are scored on every
other sample, and on each while one is ahead of what the race itself said. One that is ahead by so
much that it cannot be luck is recalled: the grid's lanes go on from its weights, which is sooner
than they could learn them again. Being ahead is measured as by Page's test, in nats: G ← max(0, G +
min(the race's loss, 1.5) - min(the slot's, 4) - 0.05); at G > 7 the slot is recalled. It needs no
detector and no settings, and where nothing recurs nothing happens.

Every 1,000 samples the weights of the lane that says most are noted: in the slot that knows them
already, where one is nearly as good as that lane now, else in the one longest out of use.

References
----------
Widmer & Kubat (1996), "Learning in the presence of concept drift and hidden contexts", section 4
(FLORA3), for storing descriptions of stable concepts and examining them at a change; Gama & Kosina
(2014), "Recurrent concepts in data streams classification". They ask the memory when a detector
warns; we ask it always. Page (1954), "Continuous inspection schemes", for the test.
"""

from typing import NamedTuple

import numpy as np

from streamlr.compiling import cold, hot
from streamlr.components import Shape
from streamlr.schedules.racing import standing
from streamlr.schedules.racing.plurality import highest

NONE = -1
USUAL = 4
"""Slots of a race over classes. Over numbers there are none unless asked for: recalls raised the
mean absolute error of bike_hour by 0.6 %."""

_NOTE_EVERY = 1000
_SAME = 1.5  # a slot whose faded loss is within this times the lane's knows its concept
_SLACK = 0.05
_AHEAD = 7.0
_ALERT = 0.5
_CAP = 4.0
_OWN_CAP = 1.5  # less: where the race is sure and wrong, one that is so half the time is no help


class State(NamedTuple):
    """Weights of the past, and how good they are now.

    Attributes
    ----------
    weights : float64 [rows, outputs * slots]
        Column ``output * slots + slot``.
    faded : float64 [slots]
        Faded capped loss of each, as that of the lanes; the cap where it is empty.
    ahead : float64 [slots]
        By how many nats each has lately been better than the race.
    used : int64 [slots]
        Sample at which each was noted or recalled last; 0: empty.
    most : float64 [1]
        By how much the best of them is ahead.
    noted : int64 [1]
        Sample of the latest note or recall.
    recall : int64 [1]
        Slot to be recalled at the next move, or NONE.
    recalls : int64 [1]
        Recalls so far.
    said : float64 [outputs * slots]
    loss : float64 [slots]
        Space to work in.
    """

    weights: np.ndarray
    faded: np.ndarray
    ahead: np.ndarray
    used: np.ndarray
    most: np.ndarray
    noted: np.ndarray
    recall: np.ndarray
    recalls: np.ndarray
    said: np.ndarray
    loss: np.ndarray


def init(shape: Shape, slots: int) -> State:
    """All empty."""
    columns = shape.outputs * slots
    return State(
        weights=np.zeros((shape.rows, columns)),
        faded=np.full(slots, standing.LOSS_CAP),
        ahead=np.zeros(slots),
        used=np.zeros(slots, np.int64),
        most=np.zeros(1),
        noted=np.zeros(1, np.int64),
        recall=np.array([NONE]),
        recalls=np.zeros(1, np.int64),
        said=np.zeros(columns),
        loss=np.zeros(slots),
    )


@hot
def is_due(state: State, learned: int) -> bool:
    """Whether the slots are scored on this sample."""
    return learned % 2 == 0 or state.most[0] > _ALERT


@hot
def compare(state: State, own: float, nats: float, weight: float = 1.0) -> int:
    """Score the slots by ``state.loss``; which is to be recalled is returned, or NONE.

    Parameters
    ----------
    own
        Loss of what the race itself said.
    nats
        What a unit of loss is worth.
    weight
        How much the sample counts.
    """
    loss, faded, ahead, used = state.loss, state.faded, state.ahead, state.used
    nats *= weight
    own, most = min(nats * own, _OWN_CAP) - _SLACK, 0.0
    for slot in range(loss.shape[0]):
        after = standing.faded_by(faded[slot], loss[slot], weight)
        faded[slot] = after if used[slot] > 0 else standing.LOSS_CAP
        now = max(0.0, ahead[slot] + (own - min(nats * loss[slot], _CAP)))
        ahead[slot] = now if used[slot] > 0 else 0.0
    for slot in range(loss.shape[0]):
        most = max(most, ahead[slot])
    state.most[0] = most
    state.recall[0] = highest(ahead) if most > _AHEAD else NONE
    return state.recall[0]  # type: ignore[no-any-return]


@hot
def move(
    state: State,
    stand: standing.State,
    weights: np.ndarray,
    grid: int,
    lanes: int,
    known: int,
    used: int,
) -> None:
    """Recall a slot or note the leading lane, where either is due.

    Parameters
    ----------
    grid, lanes
        Lanes of the grid, and all that have weights here.
    known, used
        Outputs and weight rows in use.
    """
    if state.recall[0] != NONE:
        _recall(state, stand, weights, grid, lanes, known, used)
    elif state.used.shape[0] > 0 and stand.learned[0] - state.noted[0] >= _NOTE_EVERY:
        _note(state, stand, weights, lanes, known, used)


@cold
def _recall(
    state: State,
    stand: standing.State,
    weights: np.ndarray,
    grid: int,
    lanes: int,
    known: int,
    used: int,
) -> None:
    """Let the grid's lanes go on from the slot that is due; those of Autostep go their own way."""
    slots, slot = state.used.shape[0], state.recall[0]
    least = stand.faded[0]
    for lane in range(lanes):
        least = min(least, stand.faded[lane])
    for lane in range(grid):
        _copy(state.weights, slot, slots, weights, lane, lanes, known, used)
        stand.faded[lane] = least
    for other in range(slots):
        state.ahead[other] = 0.0
    state.most[0] = 0.0
    state.used[slot] = stand.learned[0]
    state.noted[0] = stand.learned[0]
    state.recalls[0] += 1
    state.recall[0] = NONE


@cold
def _note(
    state: State, stand: standing.State, weights: np.ndarray, lanes: int, known: int, used: int
) -> None:
    """Keep the weights of the lane that says most."""
    state.noted[0] = stand.learned[0]
    if not standing.is_copied(used):
        return
    slots, leader = state.used.shape[0], highest(stand.weight[:lanes])
    oldest = nearest = 0
    for slot in range(slots):
        oldest = slot if state.used[slot] < state.used[oldest] else oldest
        nearest = slot if state.faded[slot] < state.faded[nearest] else nearest
    place = nearest if state.faded[nearest] <= _SAME * stand.faded[leader] else oldest
    _copy(weights, leader, lanes, state.weights, place, slots, known, used)
    state.faded[place] = stand.faded[leader]
    state.ahead[place] = 0.0
    state.used[place] = stand.learned[0]


@hot
def _copy(
    source: np.ndarray,
    one: int,
    of: int,
    target: np.ndarray,
    other: int,
    among: int,
    known: int,
    used: int,
) -> None:
    """Copy weights of column ``one`` of ``of`` of each output to column ``other`` of ``among``."""
    for row in range(used):
        for output in range(known):
            target[row, output * among + other] = source[row, output * of + one]
