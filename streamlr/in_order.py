"""Rows that are held, in the order in which they were taken: the longest held is the first to go.

Whatever has ``before`` and ``after`` (int64 [rows]: the rows taken just before and after each; -1
at the ends; free ones are linked by ``after``) and ``marks`` (int64 [5]) is served.
"""

from typing import Any

import numpy as np

from streamlr.compiling import cold, hot

NONE = -1

OLDEST, NEWEST, FREE, FRESH, HELD = range(5)
"""Places in ``marks``: the oldest and the newest row; the first of those that became free, -1:
none; the first that was never used; rows held."""


def marks() -> np.ndarray:
    """No row is held."""
    return np.array([NONE, NONE, NONE, 0, 0])


@hot
def lacks_room(rows: Any) -> bool:  # noqa: ANN401 - whatever has such arrays, here and below
    """Whether every row is held."""
    return rows.marks[HELD] == rows.after.shape[0]  # type: ignore[no-any-return]


@hot
def wants_room(rows: Any, limit: int) -> bool:  # noqa: ANN401
    """Whether there must be more of them before another is taken."""
    room = rows.after.shape[0]
    return rows.marks[HELD] == room and room < limit  # type: ignore[no-any-return]


@cold
def take(rows: Any) -> int:  # noqa: ANN401
    """Hold a row that is free, as the newest, and return it: there must be one."""
    marks = rows.marks
    row = marks[FREE]
    if row != NONE:
        marks[FREE] = rows.after[row]
    else:
        row = marks[FRESH]
        marks[FRESH] += 1
    rows.before[row], rows.after[row] = marks[NEWEST], NONE
    if marks[NEWEST] != NONE:
        rows.after[marks[NEWEST]] = row
    else:
        marks[OLDEST] = row
    marks[NEWEST] = row
    marks[HELD] += 1
    return row  # type: ignore[no-any-return]


@cold
def drop(rows: Any, row: int) -> None:  # noqa: ANN401
    """Hold a row no more."""
    marks = rows.marks
    before, after = rows.before[row], rows.after[row]
    if before != NONE:
        rows.after[before] = after
    else:
        marks[OLDEST] = after
    if after != NONE:
        rows.before[after] = before
    else:
        marks[NEWEST] = before
    rows.after[row] = marks[FREE]
    marks[FREE] = row
    marks[HELD] -= 1
