"""Values as they came, for a model that runs in Python: a missing one is NaN.

A categorical value is the number of its row, given in the order of first appearance; its text is
not kept.
"""

from typing import NamedTuple

import numpy as np

from streamlr.components import Inputs, Shape
from streamlr.features import categories
from streamlr.features.scaling import Config, buckets

__all__ = ["buckets"]


_row_of = getattr(categories.row_of, "py_func", categories.row_of)
_look_up = getattr(categories.look_up, "py_func", categories.look_up)


class State(NamedTuple):
    """The categorical values met.

    Attributes
    ----------
    columns : int64 [1]
        Numeric columns.
    categories : categories.State
    """

    columns: np.ndarray
    categories: categories.State


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for all features
    """No row seen."""
    return State(np.array([shape.features]), categories.init(shape.buckets))


def transform(state: State, values: np.ndarray, inputs: Inputs) -> None:
    """Fill ``inputs.value`` from ``values`` [features + categories]: numbers, 1, row numbers."""
    columns = _fill(state, values, inputs)
    for column in range(columns, values.shape[0]):
        code = values[column]
        if code == code:  # noqa: PLR0124 - NaN is missing
            inputs.value[column + 1] = _row_of(state.categories, code)


def read(
    state: State,
    values: np.ndarray,
    span: np.ndarray,  # noqa: ARG001 - one signature for all features
    code: np.ndarray,  # noqa: ARG001
    inputs: Inputs,  # noqa: ARG001
) -> int:
    """There are no texts: only the categorical columns."""
    return len(values) - int(state.columns[0])


def look(state: State, values: np.ndarray, inputs: Inputs) -> int:
    """Fill ``inputs.value`` as ``transform`` does; no new value is entered."""
    columns, new = _fill(state, values, inputs), 0
    for column in range(columns, values.shape[0]):
        code = values[column]
        if code == code:  # noqa: PLR0124 - NaN is missing
            row = _look_up(state.categories, code, new)
            inputs.value[column + 1] = row
            new += 1 if row == state.categories.met[0] + new else 0
    return new


def find(
    state: State,
    values: np.ndarray,
    span: np.ndarray,
    code: np.ndarray,
    new: int,  # noqa: ARG001 - as above
    inputs: Inputs,
) -> int:
    """As ``read``."""
    return read(state, values, span, code, inputs)


def _fill(state: State, values: np.ndarray, inputs: Inputs) -> int:
    """Fill ``inputs.value`` with numbers, 1 and codes; the number of numbers is returned."""
    columns = int(state.columns[0])
    inputs.value[:columns] = values[:columns]
    inputs.value[columns] = 1.0
    inputs.value[columns + 1 :] = values[columns:]
    return columns


def update(state: State, values: np.ndarray) -> None:
    """Nothing is learned of the row."""


def used(state: State) -> int:
    """Inputs, not weights: as many as there are columns, and the bias."""
    return int(state.columns[0]) + 1
