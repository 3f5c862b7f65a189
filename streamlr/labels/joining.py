"""Features and labels that arrive apart, joined by their keys, record by record.

:func:`join` is the template that :func:`streamlr.compiling.fuse` compiles; the rules that it
follows stand in :mod:`streamlr.labels.delayed`.
"""

from typing import Any, NamedTuple

import numpy as np

from streamlr import kernel, key_table
from streamlr.compiling import cold
from streamlr.in_order import NONE, OLDEST, lacks_room, wants_room
from streamlr.key_table import Table

FEATURES, LABEL, BOTH = 0, 1, 2
"""What a record brings."""

NO_EVENT = -1
"""A record that the kernel is not told of."""

LABELS = ("joined", "inline", "late", "orphaned", "duplicate", "conflicting")
JOINED, INLINE, LATE, ORPHANED, DUPLICATE, CONFLICTING = range(6)
"""What becomes of a label."""

PREDICTIONS = ("expired", "evicted", "replaced", "keyless")
EXPIRED, EVICTED, REPLACED, KEYLESS = range(4)
"""What becomes of a prediction that no label is joined to."""

DELAYS = (0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 21600.0, 86400.0, 604800.0, 2592000.0)
"""Bounds of the delays that are counted, in seconds."""

_ENDED = -1  # of a key that is done: it was joined, or else its prediction went without a label
_PREDICT, _LEARN, _BOTH = kernel.PREDICT, kernel.LEARN, kernel.BOTH
_BOUNDS = np.array(DELAYS)


class State(NamedTuple):
    """What is remembered of the stream.

    Attributes
    ----------
    waiting : Table
        Predictions that wait for their label; a row is a slot of the engine's.
    early : Table
        Labels that wait for their features, and as ``value`` what they say.
    past : Table
        Keys that are done: those joined (``state`` JOINED, ``value`` the label), and those whose
        prediction went without (EXPIRED).
    clock : float64 [1]
        Event time of the latest record that had one; NaN before it.
    labels, predictions : int64 [6], [4]
        What became of them, by their places in ``LABELS`` and ``PREDICTIONS``.
    delays : int64 [bounds + 1]
        Pairs by the seconds between them.
    delay : float64 [1]
        Seconds of all together.
    """

    waiting: Table
    early: Table
    past: Table
    clock: np.ndarray
    labels: np.ndarray
    predictions: np.ndarray
    delays: np.ndarray
    delay: np.ndarray


class Rules(NamedTuple):
    """What the configuration says.

    Attributes
    ----------
    time_to_live : float
        Most seconds of event time from features to their label.
    let_go, label_wait : float
        How much younger a label may be than a prediction that waits, and features than a label that
        does, before it is let go.
    waiting, early, past : int
        Most rows of each table.
    """

    time_to_live: float
    let_go: float
    label_wait: float
    waiting: int
    early: int
    past: int


class Records(NamedTuple):
    """A poll.

    Attributes
    ----------
    kind : int64 [records]
        FEATURES, LABEL or BOTH.
    key : int64 [records, 2]
        Both 0 where there is none.
    time : float64 [records]
        NaN where there is none.
    truth : float64 [records]
        Class index or number.
    """

    kind: np.ndarray
    key: np.ndarray
    time: np.ndarray
    truth: np.ndarray


class Made(NamedTuple):
    """What the kernel is to do, an element a record.

    Attributes
    ----------
    event, slot : int64 [records]
    truth : float64 [records]
        As of :class:`streamlr.kernel.Batch`; the event is NO_EVENT where there is none.
    """

    event: np.ndarray
    slot: np.ndarray
    truth: np.ndarray


def begin(rules: Rules) -> State:
    """Nothing has come yet."""
    return State(
        waiting=key_table.begin(rules.waiting),
        early=key_table.begin(rules.early),
        past=key_table.begin(rules.past),
        clock=np.full(1, np.nan),
        labels=np.zeros(len(LABELS), np.int64),
        predictions=np.zeros(len(PREDICTIONS), np.int64),
        delays=np.zeros(len(DELAYS) + 1, np.int64),
        delay=np.zeros(1),
    )


@cold
def remember(past: Table, first: int, second: int, time: float, state: int, value: float) -> None:
    """A key is done: note how; where there is no room the oldest is forgotten."""
    if past.time.shape[0] == 0:
        return
    row = key_table.find(past, first, second)
    if row != NONE:
        key_table.drop(past, row)
    if lacks_room(past):
        key_table.drop(past, past.marks[OLDEST])
    row = key_table.take(past, first, second, time)
    past.state[row] = state
    past.value[row] = value


@cold
def count_delay(state: Any, delay: float) -> None:  # noqa: ANN401 - has delays and their sum
    """Count the seconds between a prediction and its label; NaN where neither has a time."""
    if delay == delay:  # noqa: PLR0124
        place = 0
        while place < _BOUNDS.shape[0] and delay > _BOUNDS[place]:
            place += 1
        state.delays[place] += 1
        state.delay[0] += delay


@cold
def pair(
    state: State, first: int, second: int, features: float, label: float, value: float
) -> None:
    """Features and label have met: note their delay, and the label for those that repeat it."""
    remember(state.past, first, second, features, JOINED, value)
    state.labels[JOINED] += 1
    count_delay(state, max(label - features, 0.0))


@cold
def repeat(state: State, value: float, before: float) -> None:
    """A label for a key that has one already: the first one stands."""
    state.labels[DUPLICATE if value == before else CONFLICTING] += 1


def join(state: State, rules: Rules, records: Records, first: int, made: Made) -> int:
    """Take records ``first`` …; the index of the first one not taken is returned.

    All are taken unless a table must be enlarged first: then do so, and call again.
    """
    waiting, early, past = state.waiting, state.early, state.past
    for index in range(first, records.kind.shape[0]):
        one, two, kind = records.key[index, 0], records.key[index, 1], records.kind[index]
        truth, time = records.truth[index], records.time[index]
        if time == time:  # noqa: PLR0124 - NaN is missing
            state.clock[0] = time
        time = state.clock[0]

        # who has waited too long: predictions by the labels' time, labels by the features'
        row = NONE if kind == FEATURES else waiting.marks[OLDEST]
        while row != NONE and time - waiting.time[row] > rules.let_go:
            if wants_room(past, rules.past):
                return index
            remember(past, waiting.key[row, 0], waiting.key[row, 1], time, _ENDED, 0.0)
            key_table.drop(waiting, row)
            state.predictions[EXPIRED] += 1
            row = waiting.marks[OLDEST]
        row = NONE if kind == LABEL else early.marks[OLDEST]
        while row != NONE and time - early.time[row] > rules.label_wait:
            key_table.drop(early, row)
            state.labels[ORPHANED] += 1
            row = early.marks[OLDEST]
        if (
            wants_room(waiting, rules.waiting)
            or wants_room(early, rules.early)
            or wants_room(past, rules.past)
        ):
            return index

        made.event[index], made.slot[index], made.truth[index] = NO_EVENT, NONE, truth
        if one == 0 and two == 0:  # a label without a key does not come here
            if kind == BOTH:
                made.event[index] = _BOTH
                state.labels[INLINE] += 1
            else:
                made.event[index] = _PREDICT
                state.predictions[KEYLESS] += 1
            continue
        held = key_table.find(waiting, one, two)
        ahead = key_table.find(early, one, two)

        if kind == LABEL:
            if held != NONE:
                since = waiting.time[held]
                key_table.drop(waiting, held)
                if time - since > rules.time_to_live:
                    remember(past, one, two, time, _ENDED, 0.0)
                    state.predictions[EXPIRED] += 1
                    state.labels[LATE] += 1
                else:
                    made.event[index], made.slot[index] = _LEARN, held
                    pair(state, one, two, since, time, truth)
                continue
            done = key_table.find(past, one, two)
            if done != NONE and past.state[done] == JOINED:
                repeat(state, truth, past.value[done])
            elif done != NONE:
                state.labels[LATE] += 1
            elif ahead != NONE:
                repeat(state, truth, early.value[ahead])
            elif rules.early == 0:
                state.labels[ORPHANED] += 1
            else:
                if lacks_room(early):
                    key_table.drop(early, early.marks[OLDEST])
                    state.labels[ORPHANED] += 1
                early.value[key_table.take(early, one, two, time)] = truth
            continue

        # features: of a key that waits already the newer ones count
        if held != NONE:
            key_table.drop(waiting, held)
            state.predictions[REPLACED] += 1
        if kind == BOTH:
            if ahead != NONE:
                repeat(state, early.value[ahead], truth)
                key_table.drop(early, ahead)
            made.event[index] = _BOTH
            remember(past, one, two, time, JOINED, truth)
            state.labels[INLINE] += 1
            continue
        if ahead != NONE:
            label, since = early.value[ahead], early.time[ahead]
            key_table.drop(early, ahead)
            if since - time > rules.time_to_live:
                state.labels[LATE] += 1
            else:
                made.event[index], made.truth[index] = _BOTH, label
                pair(state, one, two, time, since, label)
                continue
        done = key_table.find(past, one, two)
        if done != NONE:  # the key is used anew
            key_table.drop(past, done)
        if lacks_room(waiting):
            row = waiting.marks[OLDEST]
            remember(past, waiting.key[row, 0], waiting.key[row, 1], time, _ENDED, 0.0)
            key_table.drop(waiting, row)
            state.predictions[EVICTED] += 1
        made.event[index] = _PREDICT
        made.slot[index] = key_table.take(waiting, one, two, time)
    return len(records.kind)
