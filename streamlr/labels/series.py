"""Series of records, each of which brings the label of one before it, record by record.

:func:`follow` is the template that :func:`streamlr.compiling.fuse` compiles; the rules that it
follows stand in :mod:`streamlr.labels.ahead`.
"""

from typing import NamedTuple

import numpy as np

from streamlr import in_order, kernel, key_table
from streamlr.compiling import cold
from streamlr.in_order import NONE, OLDEST, lacks_room, wants_room
from streamlr.key_table import Table
from streamlr.labels.joining import DELAYS, count_delay

LABELS = ("joined",)
JOINED = 0
"""What becomes of a label."""

PREDICTIONS = ("expired", "evicted", "missing", "out_of_order", "keyless")
EXPIRED, EVICTED, MISSING, OUT_OF_ORDER, KEYLESS = range(5)
"""What becomes of a prediction that no label is joined to."""

_PREDICT, _LEARN = kernel.PREDICT, kernel.LEARN


class Waiting(NamedTuple):
    """Predictions that wait for their label; a row is a slot of the engine's.

    Attributes
    ----------
    due : float64 [rows]
        Position in its series from which on a record brings the label.
    time : float64 [rows]
        Event time of the record predicted; NaN where it has none.
    value : float64 [rows]
        What the label's field was there: class index or number; NaN where it was missing.
    series : int64 [rows]
        Row of its series.
    following : int64 [rows]
        The next prediction of the same series; of the newest, the oldest.
    before, after : int64 [rows]
    marks : int64 [5]
        As of :mod:`streamlr.in_order`.
    """

    due: np.ndarray
    time: np.ndarray
    value: np.ndarray
    series: np.ndarray
    following: np.ndarray
    before: np.ndarray
    after: np.ndarray
    marks: np.ndarray


class State(NamedTuple):
    """What is remembered of the stream.

    Attributes
    ----------
    waiting : Waiting
    series : Table
        The series with predictions that wait, by their key; as ``value`` the position of the latest
        record, as ``state`` the newest prediction that waits.
    labels, predictions : int64 [1], [5]
        What became of them, by their places in ``LABELS`` and ``PREDICTIONS``.
    delays : int64 [bounds + 1]
        Pairs by the seconds between them, up to ``joining.DELAYS``.
    delay : float64 [1]
        Seconds of all together.
    """

    waiting: Waiting
    series: Table
    labels: np.ndarray
    predictions: np.ndarray
    delays: np.ndarray
    delay: np.ndarray


class Rules(NamedTuple):
    """What the configuration says.

    Attributes
    ----------
    by_time : bool
        Whether a record's position is its event time; else it is its place in the series.
    ahead : float
        How far behind a record the one is that brings its label: seconds, or records.
    tolerance : float
        How much further behind it may be.
    rows : int
        Most predictions that wait.
    """

    by_time: bool
    ahead: float
    tolerance: float
    rows: int


class Records(NamedTuple):
    """A poll.

    Attributes
    ----------
    key : int64 [records, 2]
        Of the series; both 0 where there is none.
    time : float64 [records]
        NaN where there is none.
    value : float64 [records]
        Of the label's field: class index or number; NaN where it is missing.
    """

    key: np.ndarray
    time: np.ndarray
    value: np.ndarray


class Made(NamedTuple):
    """What the kernel is to do; room for each record's prediction, and each label it may bring.

    Attributes
    ----------
    event, slot : int64 [events]
    truth, before : float64 [events]
        As of :class:`streamlr.kernel.Batch`.
    place : int64 [events]
        Record of each event.
    told : int64 [1]
        Events so far.
    """

    event: np.ndarray
    slot: np.ndarray
    truth: np.ndarray
    before: np.ndarray
    place: np.ndarray
    told: np.ndarray


def no_rows(rows: int) -> Waiting:
    """Room for so many, and none waits."""
    return Waiting(
        due=np.zeros(rows),
        time=np.zeros(rows),
        value=np.zeros(rows),
        series=np.zeros(rows, np.int64),
        following=np.zeros(rows, np.int64),
        before=np.zeros(rows, np.int64),
        after=np.zeros(rows, np.int64),
        marks=in_order.marks(),
    )


def begin(rules: Rules) -> State:
    """Nothing has come yet."""
    return State(
        waiting=no_rows(min(rules.rows, key_table.FIRST_ROOM)),
        series=key_table.begin(rules.rows),
        labels=np.zeros(len(LABELS), np.int64),
        predictions=np.zeros(len(PREDICTIONS), np.int64),
        delays=np.zeros(len(DELAYS) + 1, np.int64),
        delay=np.zeros(1),
    )


def enlarged(state: State, rules: Rules) -> State:
    """The same in the same rows, with more room where it is used up and may grow."""
    waiting, series = state.waiting, state.series
    if wants_room(waiting, rules.rows):
        waiting = no_rows(min(2 * len(waiting.due), rules.rows))
        for array, kept in zip(waiting, state.waiting, strict=True):
            array[: len(kept)] = kept
    if wants_room(series, rules.rows):
        series = key_table.enlarged(series, rules.rows)
    return state._replace(waiting=waiting, series=series)


def room(state: State, records: int) -> Made:
    """Room for the events of so many records."""
    events = int(state.waiting.marks[in_order.HELD]) + 2 * records
    return Made(
        event=np.empty(events, np.int64),
        slot=np.empty(events, np.int64),
        truth=np.empty(events),
        before=np.empty(events),
        place=np.empty(events, np.int64),
        told=np.zeros(1, np.int64),
    )


@cold
def tell(made: Made, event: int, place: int, slot: int, truth: float, before: float) -> None:
    """Have the kernel do one thing more."""
    count = made.told[0]
    made.event[count], made.place[count], made.slot[count] = event, place, slot
    made.truth[count], made.before[count] = truth, before
    made.told[0] = count + 1


@cold
def hold(state: State, series: int) -> int:
    """Have one more prediction of a series wait, and return its row: there must be room."""
    row, newest = in_order.take(state.waiting), state.series.state[series]
    following = state.waiting.following
    if newest == NONE:
        following[row] = row
    else:
        following[row], following[newest] = following[newest], row
    state.waiting.series[row] = series
    state.series.state[series] = row
    return row


@cold
def let_go(state: State, series: int) -> int:
    """Have the oldest prediction of a series wait no more, and return what was its row."""
    newest = state.series.state[series]
    oldest = state.waiting.following[newest]
    if oldest == newest:
        state.series.state[series] = NONE
    else:
        state.waiting.following[newest] = state.waiting.following[oldest]
    in_order.drop(state.waiting, oldest)
    return oldest  # type: ignore[no-any-return]


def follow(state: State, rules: Rules, records: Records, first: int, made: Made) -> int:
    """Take records ``first`` …; the index of the first one not taken is returned.

    All are taken unless there must be more room first: then make it, and call again.
    """
    waiting, series = state.waiting, state.series
    for index in range(first, records.key.shape[0]):
        if wants_room(waiting, rules.rows) or wants_room(series, rules.rows):
            return index
        one, two = records.key[index, 0], records.key[index, 1]
        time, value = records.time[index], records.value[index]
        if one == 0 and two == 0:
            tell(made, _PREDICT, index, NONE, np.nan, np.nan)
            state.predictions[KEYLESS] += 1
            continue
        own = key_table.find(series, one, two)
        if rules.by_time:
            position = time
            in_its_place = time == time if own == NONE else time >= series.value[own]  # noqa: PLR0124
        else:
            position = 0.0 if own == NONE else series.value[own] + 1.0
            in_its_place = True
        if not in_its_place:
            tell(made, _PREDICT, index, NONE, np.nan, np.nan)
            state.predictions[OUT_OF_ORDER] += 1
            continue

        # the label that it brings is known by now: learn it first
        while own != NONE and series.state[own] != NONE:
            row = waiting.following[series.state[own]]
            last = waiting.due[row] + rules.tolerance
            if waiting.due[row] > position or (value != value and position < last):  # noqa: PLR0124
                break  # it is not due, or a later record may still bring a value
            let_go(state, own)
            if position > last:
                state.predictions[EXPIRED] += 1
            elif value != value:  # noqa: PLR0124 - NaN is missing
                state.predictions[MISSING] += 1
            else:
                tell(made, _LEARN, index, row, value, waiting.value[row])
                state.labels[JOINED] += 1
                count_delay(state, max(time - waiting.time[row], 0.0))

        # then predict, and have the prediction wait
        if lacks_room(waiting):
            other = waiting.series[waiting.marks[OLDEST]]
            let_go(state, other)
            state.predictions[EVICTED] += 1
            if series.state[other] == NONE and other != own:
                key_table.drop(series, other)
        if own == NONE:
            own = key_table.take(series, one, two, time)
            series.state[own] = NONE
        series.value[own] = position
        row = hold(state, own)
        waiting.due[row] = position + rules.ahead
        waiting.time[row], waiting.value[row] = time, value
        tell(made, _PREDICT, index, row, np.nan, np.nan)
    return records.key.shape[0]  # type: ignore[no-any-return]
