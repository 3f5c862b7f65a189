"""A table of the categorical values met so far: each gets a weight row of its own, up to a limit.

A value comes as a code, a hash of it and its column's name (:mod:`streamlr.category_codes`). When
all rows are given away, a new value shares one: memory stays bounded whatever the stream brings.

References
----------
Weinberger et al. (2009), "Feature hashing for large scale multitask learning", for sharing.
"""

from typing import NamedTuple

import numpy as np

from streamlr.compiling import hot

_LOAD = 2  # places in the table for each row: so a search meets a free one soon


class State(NamedTuple):
    """An open-addressing hash table.

    Attributes
    ----------
    code : float64 [places]
        The value's code; 0 where a place is free.
    row : int64 [places]
        The row it was given.
    met : int64 [1]
        Rows given away.
    limit : int64 [1]
        Rows there are.
    """

    code: np.ndarray
    row: np.ndarray
    met: np.ndarray
    limit: np.ndarray


def init(buckets: int) -> State:
    """No value met."""
    places = 1 << (_LOAD * buckets - 1).bit_length() if buckets else 0
    return State(
        code=np.zeros(places),
        row=np.zeros(places, np.int64),
        met=np.zeros(1, np.int64),
        limit=np.array([buckets]),
    )


@hot
def look_up(state: State, code: float, others: int) -> int:
    """The row that ``row_of`` would give, after ``others`` values that are new as well."""
    mask, limit = state.code.shape[0] - 1, state.limit[0]
    whole, next_row = np.int64(code), state.met[0] + others
    place = whole & mask
    while state.code[place] != code:
        if state.code[place] == 0.0:
            return next_row if next_row < limit else whole % limit  # type: ignore[no-any-return]
        place = (place + 1) & mask
    return state.row[place]  # type: ignore[no-any-return]


@hot
def row_of(state: State, code: float) -> int:
    """The value's row; a new value is given one."""
    mask, limit = state.code.shape[0] - 1, state.limit[0]
    whole = np.int64(code)
    place = whole & mask
    while state.code[place] != code:
        if state.code[place] == 0.0:
            if state.met[0] == limit:
                return whole % limit  # type: ignore[no-any-return]
            state.code[place] = code
            state.row[place] = state.met[0]
            state.met[0] += 1
        else:
            place = (place + 1) & mask
    return state.row[place]  # type: ignore[no-any-return]
