"""A random projection: what the maps of random features begin with.

u = A·x + b, with a row of A for each numeric input and for each value of a categorical column; the
latter share a bounded number of rows. A learner gets, beside what a map makes of u, the inputs
themselves, so that it need not find again what is linear.

References
----------
Pao, Park & Sobajic (1994), "Learning and generalization characteristics of the random vector
functional-link net", for the direct link.
"""

from typing import NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.models.mapping.blocks import Mapped

CATEGORICAL = 256
"""Rows for the values of categorical columns: beyond that many values, some share one."""


class State(NamedTuple):
    """The projection, drawn once.

    Attributes
    ----------
    matrix : float64 [numeric + 1 + categorical rows, features]
        The row of the bias is the offset b.
    """

    matrix: np.ndarray


def init(random: np.random.Generator, shape: Shape, features: int, spread: float) -> State:
    """Draw A from N(0, spread² / columns); the offset is left 0.

    Parameters
    ----------
    features
        How many; 0: the map is not in use.
    spread
        Standard deviation of u for standardised inputs.
    """
    rows = shape.features + 1 + (CATEGORICAL if shape.categories else 0)
    matrix = random.standard_normal((rows, features))
    matrix *= spread / np.sqrt(max(shape.features + shape.categories, 1))
    matrix[shape.features] = 0.0
    return State(matrix)


def room(state: State, shape: Shape) -> Mapped:
    """Space for the features, then for the inputs as they are."""
    rows, features = state.matrix.shape
    return Mapped(
        value=np.zeros(features + shape.inputs),
        row=np.zeros(shape.categories, np.int64),
        used=np.array([features + rows]),
    )


@hot
def project(state: State, inputs: Inputs, mapped: Mapped) -> None:
    """Fill ``mapped`` with u, and behind it with the inputs as they are."""
    matrix, value = state.matrix, inputs.value
    features = matrix.shape[1]
    dense = value.shape[0] - inputs.row.shape[0]
    for feature in range(features):
        mapped.value[feature] = 0.0
    for place in range(dense):
        for feature in range(features):
            mapped.value[feature] += matrix[place, feature] * value[place]
    for place in range(inputs.row.shape[0]):
        row = dense + (inputs.row[place] - dense) % CATEGORICAL
        for feature in range(features):
            mapped.value[feature] += matrix[row, feature] * value[dense + place]
        mapped.row[place] = features + row
    for place in range(value.shape[0]):
        mapped.value[features + place] = value[place]
