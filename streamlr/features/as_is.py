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
    columns = state.columns[0]
    inputs.value[:columns] = values[:columns]
    inputs.value[columns] = 1.0
    row_of = getattr(categories.row_of, "py_func", categories.row_of)
    for column in range(columns, values.shape[0]):
        code = values[column]
        missing = code != code  # noqa: PLR0124 - NaN is missing
        inputs.value[column + 1] = code if missing else row_of(state.categories, code)


def update(state: State, values: np.ndarray) -> None:
    """Nothing is learned of the row."""


def used(state: State) -> int:
    """Inputs, not weights: as many as there are columns, and the bias."""
    return int(state.columns[0]) + 1
