"""Streaming PCA in K lanes: the subspace that holds most of the variance, one a learning rate.

Oja's rule with orthonormal components: W ← orth(W + η·x·yᵀ / (1 + η·‖x‖²)), y = Wᵀx. The step is
bounded: at any rate it multiplies W by a matrix whose eigenvalues lie between 1 and 2, so that no
component is lost and orthonormalising (Gram & Schmidt, in order) never divides by nothing much.
The first component is the one of the most variance, as in Sanger's rule. What is said of a record
is its distance from the subspace.

Notes
-----
Numbers only, standardised; a missing one counts as the mean. Components start as the first cosines
of the discrete cosine transform: orthonormal, and along no field. Those beyond the number of fields
stay 0. Time a sample is in proportion to inputs * components² * lanes.

References
----------
Oja (1982), "A simplified neuron model as a principal component analyzer"; Sanger (1989), "Optimal
unsupervised learning in a single-layer linear feedforward neural network"; Oja & Karhunen (1985),
"On stochastic approximation of the eigenvectors and eigenvalues of the expectation of a random
matrix", for orthonormalising at each step. The bound of the step is ours.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.tasks.unsupervised import NO_GROUP

TASKS = ("unsupervised",)
COPIED = True
SCRATCH = ("prediction", "along")


class Config(ComponentConfig):
    """The directions in which records vary most, and how far each record is from them."""

    type: Literal["pca"] = "pca"
    components: Annotated[int, Field(ge=1, le=64, description="how many directions")] = 2


class State(NamedTuple):
    """Components of every lane.

    Attributes
    ----------
    weights : float64 [rows, components * lanes]
        Orthonormal, component by component; 0 in the bias's row.
    prediction : float64 [3 * lanes]
        As :mod:`streamlr.tasks.unsupervised` says, of the latest inputs; no group.
    along : float64 [components * lanes]
        Length of the latest inputs along each component.
    step, length : float64 [lanes]
        Space to work in.
    """

    weights: np.ndarray
    prediction: np.ndarray
    along: np.ndarray
    step: np.ndarray
    length: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """The first cosines, in every lane."""
    fields, columns = shape.features, config.components * shape.lanes
    place, order = np.arange(fields)[:, None] + 0.5, np.arange(config.components)[None, :]
    cosines = np.where(order < fields, np.cos(np.pi / max(fields, 1) * place * order), 0.0)
    lengths = np.sqrt((cosines * cosines).sum(axis=0))
    weights = np.zeros((shape.rows, columns))
    weights[:fields] = np.repeat(cosines / np.where(lengths > 0.0, lengths, 1.0), shape.lanes, 1)
    return State(
        weights=weights,
        prediction=np.zeros(3 * shape.lanes),
        along=np.zeros(columns),
        step=np.zeros(shape.lanes),
        length=np.zeros(shape.lanes),
    )


@hot
def predict(state: State, inputs: Inputs, known: int) -> None:  # noqa: ARG001 - one signature
    """Fill ``state.prediction``: distance to the subspace, to the mean, and no group."""
    value, weights, along = inputs.value, state.weights, state.along
    columns, lanes = along.shape[0], state.step.shape[0]
    dense = value.shape[0] - inputs.row.shape[0] - 1
    for column in range(columns):
        along[column] = 0.0
    squares = 0.0
    for row in range(dense):
        x = value[row]
        squares += x * x
        for column in range(columns):
            along[column] += weights[row, column] * x
    distance, per_input = state.prediction[:lanes], 1.0 / max(dense, 1)
    for lane in range(lanes):
        distance[lane] = squares
    for first in range(0, columns, lanes):
        own = along[first : first + lanes]
        for lane in range(lanes):
            distance[lane] -= own[lane] * own[lane]
    to_mean = np.sqrt(squares * per_input)
    for lane in range(lanes):
        state.prediction[lane] = np.sqrt(max(distance[lane], 0.0) * per_input)
        state.prediction[lanes + lane] = to_mean
        state.prediction[2 * lanes + lane] = NO_GROUP


@hot
def learn(
    state: State,
    inputs: Inputs,
    target: float,  # noqa: ARG001 - one signature for every model
    rates: np.ndarray,
    known: int,  # noqa: ARG001
) -> None:
    """Turn lane k's components at ``rates[k]``; lanes beyond ``len(rates)`` stay.

    Uses ``state.along`` of these inputs at the current components.
    """
    value, weights, along, step = inputs.value, state.weights, state.along, state.step
    columns, lanes = along.shape[0], step.shape[0]
    dense = value.shape[0] - inputs.row.shape[0] - 1
    squares = 0.0
    for row in range(dense):
        squares += value[row] * value[row]
    for lane in range(lanes):
        step[lane] = 0.0
    for lane in range(rates.shape[0]):
        step[lane] = rates[lane] / (1.0 + rates[lane] * squares)
    for first in range(0, columns, lanes):
        for row in range(dense):
            own = weights[row, first : first + lanes]
            for lane in range(lanes):
                own[lane] += step[lane] * along[first + lane] * value[row]
    for first in range(0, columns, lanes):
        for before in range(0, first, lanes):
            _take_out(state, before, first, dense)
        _normalise(state, first, dense)


@hot
def _take_out(state: State, before: int, first: int, dense: int) -> None:
    """Make the component at column ``first`` … orthogonal to an earlier one, which has length 1."""
    weights, product = state.weights, state.length
    for lane in range(product.shape[0]):
        product[lane] = 0.0
    for row in range(dense):
        for lane in range(product.shape[0]):
            product[lane] += weights[row, before + lane] * weights[row, first + lane]
    for row in range(dense):
        for lane in range(product.shape[0]):
            weights[row, first + lane] -= product[lane] * weights[row, before + lane]


@hot
def _normalise(state: State, first: int, dense: int) -> None:
    """Bring a component to length 1; one that is 0 stays."""
    weights, length = state.weights, state.length
    for lane in range(length.shape[0]):
        length[lane] = 0.0
    for row in range(dense):
        for lane in range(length.shape[0]):
            length[lane] += weights[row, first + lane] * weights[row, first + lane]
    for lane in range(length.shape[0]):
        length[lane] = 1.0 / np.sqrt(length[lane]) if length[lane] > 0.0 else 0.0
    for row in range(dense):
        for lane in range(length.shape[0]):
            weights[row, first + lane] *= length[lane]
