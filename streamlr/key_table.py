"""Keys that are held, each with a row of its own, the longest held first to go.

A hash table with open addressing (linear probing; a removal moves those after it back, so no mark
is left behind), and the rows in the order in which they were taken (:mod:`streamlr.in_order`).
Where it is full its owner makes it larger, up to a limit, or lets the oldest go. All of it is
arrays, for checkpoints.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from streamlr import compiling, in_order
from streamlr.compiling import cold
from streamlr.in_order import NONE, OLDEST
from streamlr.record_keys import HALVES

FIRST_ROOM = 1024
"""Rows to begin with; doubled when they do not do, so that memory follows what is held."""


class Table(NamedTuple):
    """Keys held.

    Attributes
    ----------
    slots : int64 [a power of two, at least twice the rows]
        Row at the slot that its key hashes to, or at one of the next; -1 where none is.
    key : int64 [rows, 2]
    time : float64 [rows]
        Event time of the record that it came with, in seconds since 1970; NaN where it has none.
    value : float64 [rows]
    state : int64 [rows]
        What its owner notes of it.
    before, after : int64 [rows]
    marks : int64 [5]
        As of :mod:`streamlr.in_order`.
    """

    slots: np.ndarray
    key: np.ndarray
    time: np.ndarray
    value: np.ndarray
    state: np.ndarray
    before: np.ndarray
    after: np.ndarray
    marks: np.ndarray


def empty(rows: int) -> Table:
    """Room for so many."""
    slots = 1 << max(2 * rows - 1, 1).bit_length()
    return Table(
        slots=np.full(slots, NONE),
        key=np.zeros((rows, HALVES), np.int64),
        time=np.zeros(rows),
        value=np.zeros(rows),
        state=np.zeros(rows, np.int64),
        before=np.zeros(rows, np.int64),
        after=np.zeros(rows, np.int64),
        marks=in_order.marks(),
    )


def begin(limit: int) -> Table:
    """An empty one that may grow up to a limit."""
    return empty(min(limit, FIRST_ROOM))


def enlarged(table: Table, limit: int) -> Table:
    """The same keys in the same rows, with room for twice as many."""
    rows = len(table.time)
    larger = empty(min(2 * rows, limit))
    for name in ("key", "time", "value", "state", "before", "after"):
        getattr(larger, name)[:rows] = getattr(table, name)
    larger.marks[:] = table.marks
    _place_all()(larger)
    return larger


@functools.cache
def _place_all() -> Callable[[Table], None]:
    return compiling.fuse(place_all, {}, allocates=False)


def place_all(table: Table) -> None:
    """Give each row its slot, from the oldest on; a template."""
    mask = table.slots.shape[0] - 1
    row = table.marks[OLDEST]
    while row != NONE:
        slot = table.key[row, 0] & mask
        while table.slots[slot] != NONE:
            slot = (slot + 1) & mask
        table.slots[slot] = row
        row = table.after[row]


@cold
def find(table: Table, first: int, second: int) -> int:
    """Return the row of a key, or -1."""
    mask = table.slots.shape[0] - 1
    slot = first & mask
    row = table.slots[slot]
    while row != NONE:
        if table.key[row, 0] == first and table.key[row, 1] == second:
            return row  # type: ignore[no-any-return]
        slot = (slot + 1) & mask
        row = table.slots[slot]
    return NONE


@cold
def take(table: Table, first: int, second: int, time: float) -> int:
    """Hold a key that is not held, as the newest, and return its row: there must be one."""
    row = in_order.take(table)
    table.key[row, 0], table.key[row, 1] = first, second
    table.time[row] = time
    mask = table.slots.shape[0] - 1
    slot = first & mask
    while table.slots[slot] != NONE:
        slot = (slot + 1) & mask
    table.slots[slot] = row
    return row


@cold
def drop(table: Table, row: int) -> None:
    """Hold a row's key no more."""
    mask = table.slots.shape[0] - 1
    gap = table.key[row, 0] & mask
    while table.slots[gap] != row:
        gap = (gap + 1) & mask
    slot = (gap + 1) & mask
    while table.slots[slot] != NONE:
        home = table.key[table.slots[slot], 0] & mask
        if ((slot - home) & mask) >= ((slot - gap) & mask):  # it may stand in the gap
            table.slots[gap] = table.slots[slot]
            gap = slot
        slot = (slot + 1) & mask
    table.slots[gap] = NONE
    in_order.drop(table, row)


@cold
def touch(table: Table, row: int, time: float) -> None:
    """Hold a row's key as the newest; what is noted of it stays."""
    first, second = table.key[row, 0], table.key[row, 1]
    drop(table, row)
    take(table, first, second, time)  # the row that became free last is the first to be taken
