"""Products of pairs of columns: what matters only together.

Of two numeric columns (or of one with itself) the product; of two categorical columns an input of
its own for each pair of values; of a numeric and a categorical column a slope for each value.
Numeric factors make a product of a third their size, so that many of them do not drown the inputs
themselves, which are there as well. Whatever has a categorical column in it has its weights in a
table of fixed size, where a hash says; so pairs may share a row. Where there are more pairs than
features, which of them are taken is drawn.

References
----------
Weinberger et al. (2009), "Feature hashing for large scale multitask learning"; Rendle (2010),
"Factorization machines", section 3, for why crosses matter.
"""

from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from streamlr.compiling import cold, hot
from streamlr.components import Inputs, Shape
from streamlr.models.mapping.blocks import Mapped

_SCALE = 1.0 / 3.0
_LOW_32 = 0xFFFFFFFF


class State(NamedTuple):
    """The pairs taken; fixed.

    Attributes
    ----------
    numeric : int64 [pairs, 2]
        Numeric columns.
    slope : int64 [pairs, 2]
        A numeric column, and the place of a categorical one.
    cross : int64 [pairs, 2]
        Places of categorical columns.
    buckets : int64 [1]
        Weight rows for what has a categorical column in it.
    """

    numeric: np.ndarray
    slope: np.ndarray
    cross: np.ndarray
    buckets: np.ndarray


def init(random: np.random.Generator, shape: Shape, features: int, buckets: int) -> State:
    """Take all pairs, or as many as there may be features."""
    columns = shape.features + shape.categories
    pairs = [
        pair
        for pair in combinations_with_replacement(range(columns), 2)
        if pair[0] < min(pair[1], shape.features) or pair[1] < shape.features or pair[0] < pair[1]
    ]
    if len(pairs) > features:
        taken = np.sort(random.permutation(len(pairs))[:features])
        pairs = [pairs[place] for place in taken]
    table = np.array(pairs, np.int64).reshape(-1, 2)
    of_numbers = table < shape.features
    numeric, cross = of_numbers.all(axis=1), ~of_numbers.any(axis=1)
    places = table - np.where(of_numbers, 0, shape.features)
    return State(
        numeric=places[numeric],
        slope=places[~numeric & ~cross],
        cross=places[cross],
        buckets=np.array([buckets if shape.categories else 0]),
    )


def room(state: State, shape: Shape) -> Mapped:
    """Space for the inputs and the numeric products, then for what is in the table."""
    dense = shape.features + 1 + len(state.numeric)
    sparse = shape.categories + len(state.slope) + len(state.cross)
    return Mapped(
        value=np.zeros(dense + sparse),
        row=np.zeros(sparse, np.int64),
        used=np.array([dense + state.buckets[0]]),
    )


@cold
def fill(state: State, inputs: Inputs, mapped: Mapped) -> None:
    """Fill ``mapped`` with the inputs as they are, and the products."""
    value, row, made = inputs.value, inputs.row, mapped.value
    first, pairs = value.shape[0] - row.shape[0], state.numeric.shape[0]
    for place in range(first):
        made[place] = value[place]
    for pair in range(pairs):
        made[first + pair] = _SCALE * value[state.numeric[pair, 0]] * value[state.numeric[pair, 1]]
    dense, place = first + pairs, 0
    for column in range(row.shape[0]):
        made[dense + place] = value[first + column]
        mapped.row[place] = dense + _bucket(state, row[column], -1)
        place += 1
    for pair in range(state.slope.shape[0]):
        number, column = state.slope[pair, 0], state.slope[pair, 1]
        made[dense + place] = _SCALE * value[number] * value[first + column]
        mapped.row[place] = dense + _bucket(state, row[column], number)
        place += 1
    for pair in range(state.cross.shape[0]):
        left, right = state.cross[pair, 0], state.cross[pair, 1]
        made[dense + place] = value[first + left] * value[first + right]
        mapped.row[place] = dense + _bucket(state, row[left], row[right])
        place += 1


@hot
def _bucket(state: State, row: int, other: int) -> int:
    """Where the weights of a value's row with another, or with a numeric column, are.

    As a hash the finalizer of 32 bits of Wellons' "lowbias32", of both numbers at once.
    """
    mixed = (row * 0x9E3779B1 + (other + 1) * 0x85EBCA77) & _LOW_32
    mixed = ((mixed ^ (mixed >> 16)) * 0x7FEB352D) & _LOW_32
    mixed = ((mixed ^ (mixed >> 15)) * 0x46CA68B) & _LOW_32
    return (mixed ^ (mixed >> 16)) % state.buckets[0]  # type: ignore[no-any-return]
