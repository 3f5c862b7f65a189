"""Covariance of the inputs, of labelled and unlabelled records alike, and steps that go by it.

A step along C⁻¹·x is one along x on whitened inputs, which vary alike in every direction and none
together. So a few labels are enough also in directions in which the inputs hardly vary, as the
difference of two columns that tell nearly the same.

C is a mean of x·xᵀ in which older records fade, and a little of the identity. Its inverse is kept,
by Sherman and Morrison's formula: once for the record, once for a multiple of one column of the
identity, each column in turn.

Notes
-----
Of numeric columns and the bias only; categorical values step as they are. Time a record: three
passes over the inverse. Beyond ``MOST`` inputs there is none, and steps go along x.

References
----------
Sherman & Morrison (1950), "Adjustment of an inverse matrix corresponding to a change in one element
of a given matrix".
"""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import dot
from streamlr.compiling import cold, hot
from streamlr.components import Inputs, Shape, room

MOST = 128
"""Inputs for which it is kept: more would take longer than the race."""

IDENTITY = 0.02
"""How much of the identity C has: no direction counts as having less variance."""

LEAST_SHARE = 1e-4
"""What the latest record counts for, once there were many."""


class State(NamedTuple):
    """The inverse.

    Attributes
    ----------
    inverse : float64 [dense, dense]
        C⁻¹; of more than ``MOST`` inputs [0, 0].
    met : int64 [1]
        Records so far.
    direction : Inputs
        Where the latest step asked for goes.
    column : float64 [dense]
        Space to work in.
    """

    inverse: np.ndarray
    met: np.ndarray
    direction: Inputs
    column: np.ndarray


def init(shape: Shape) -> State:
    """The identity: steps go along the inputs."""
    dense = shape.features + 1 if shape.features < MOST else 0
    return State(
        inverse=np.eye(dense),
        met=np.zeros(1, np.int64),
        direction=room(shape),
        column=np.zeros(dense),
    )


@hot
def update(state: State, inputs: Inputs) -> None:
    """Take in a record."""
    dense = state.inverse.shape[0]
    if dense > 0:
        _update(state, inputs.value[:dense])


@cold
def _update(state: State, value: np.ndarray) -> None:
    column, dense = state.column, state.inverse.shape[0]
    state.met[0] += 1
    share = max(1.0 / (state.met[0] + 1.0), LEAST_SHARE)
    _multiply(state.inverse, value, column)
    _add(state.inverse, column, share / (1.0 - share), dot(value, column), 1.0 / (1.0 - share))
    place, share = state.met[0] % dense, IDENTITY * share * dense
    for row in range(dense):
        column[row] = state.inverse[row, place]
    _add(state.inverse, column, share, column[place], 1.0)


@hot
def _add(inverse: np.ndarray, column: np.ndarray, share: float, norm: float, scale: float) -> None:
    """Add share·v·vᵀ to what this is the inverse of, then divide that by ``scale``.

    Parameters
    ----------
    column : [dense]
        The inverse times v.
    norm
        v times that.
    """
    kept = share / (1.0 + share * norm)
    for row in range(inverse.shape[0]):
        own = column[row]
        for place in range(inverse.shape[0]):
            # products in this order leave it symmetric to the last bit
            inverse[row, place] = scale * (inverse[row, place] - kept * (own * column[place]))


@hot
def _multiply(inverse: np.ndarray, value: np.ndarray, product: np.ndarray) -> None:
    """Fill ``product`` with the inverse, which is symmetric, times ``value``."""
    for place in range(inverse.shape[0]):
        product[place] = 0.0
    for row in range(inverse.shape[0]):
        for place in range(inverse.shape[0]):
            product[place] += value[row] * inverse[row, place]


@cold
def turn(state: State, inputs: Inputs) -> float:
    """Fill ``state.direction`` with C⁻¹·x; x times that is returned."""
    value, direction, dense = inputs.value, state.direction, state.inverse.shape[0]
    _multiply(state.inverse, value[:dense], direction.value[:dense])
    for place in range(dense, value.shape[0]):
        direction.value[place] = value[place]
    for place in range(inputs.row.shape[0]):
        direction.row[place] = inputs.row[place]
    return dot(value, direction.value)
