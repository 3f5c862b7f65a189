"""Gradients of our linear models, for the schedules that go by them.

With e the error of an output (label - prediction; for classes 1[label] - probability) and x the
inputs, the gradient of the loss by that output's weights is -e · x: log-loss for classes, half the
squared error for numbers. So a gradient is an outer product of two vectors, and two of them have
the scalar product (e · e') · (x · x').
"""

import numpy as np

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape


def outputs_of_numbers(shape: Shape) -> np.ndarray:
    """1 where a number is predicted, as an array of a state; 0 where classes are."""
    return np.array([int(shape.classes == 0)])


@hot
def errors(prediction: np.ndarray, target: float, error: np.ndarray) -> int:
    """Fill ``error`` [outputs] from the prediction of one lane; how many are in use is returned.

    A class met for the first time was given no probability.
    """
    if error.shape[0] == 1:
        error[0] = target - prediction[0]
        return 1
    label = int(target)
    for output in range(error.shape[0]):
        chance = prediction[output] if output < prediction.shape[0] else 0.0
        error[output] = (1.0 if output == label else 0.0) - chance
    return label + 1 if label >= prediction.shape[0] else prediction.shape[0]


@hot
def curvature(error: float, number: int) -> float:
    """Second derivative of the loss by an output's weighted sum: p(1 - p), or 1 for a number.

    ``error`` is the output's, as :func:`errors` gives it.
    """
    if number > 0:
        return 1.0
    size = abs(error)  # 1 - p of the label, p of the others: p(1 - p) is the same
    return size * (1.0 - size)


@hot
def row(inputs: Inputs, place: int) -> int:
    """The weight row of an input."""
    dense = inputs.value.shape[0] - inputs.row.shape[0]
    return place if place < dense else inputs.row[place - dense]


@hot
def product(left: np.ndarray, right: np.ndarray) -> float:
    """Scalar product of two short vectors."""
    total = 0.0
    for place in range(left.shape[0]):
        total += left[place] * right[place]
    return total


@hot
def overlap(inputs: Inputs, value: np.ndarray, rows: np.ndarray) -> float:
    """Scalar product of the inputs with those of another sample, ``value`` and ``rows``.

    A categorical column adds to it where both have the same value there.
    """
    dense = value.shape[0] - rows.shape[0]
    total = 0.0
    for place in range(dense):
        total += inputs.value[place] * value[place]
    for place in range(rows.shape[0]):
        if inputs.row[place] == rows[place]:
            total += inputs.value[dense + place] * value[dense + place]
    return total


@hot
def keep(inputs: Inputs, value: np.ndarray, rows: np.ndarray) -> None:
    """Copy the inputs to ``value`` and ``rows``."""
    for place in range(value.shape[0]):
        value[place] = inputs.value[place]
    for place in range(rows.shape[0]):
        rows[place] = inputs.row[place]
