"""What a step is given, as Python and NumPy hold it."""

import math
from typing import Any

import numpy as np

from streamlr.errors import DataError


def number(name: str, value: Any) -> float:  # noqa: ANN401 - unchecked
    """A number as Python's own: of an array or a tensor, the one it holds.

    Raises
    ------
    DataError
        It is no number, or many.
    """
    if type(value) is float:
        return value
    given = value
    if hasattr(value, "item"):
        try:
            given = value.item()
        except (ValueError, RuntimeError) as error:
            message = f"{name} holds many numbers; give one: a sample's, or the mean of a batch"
            raise DataError(message) from error
    if isinstance(given, int | float):
        try:
            return float(given)
        except OverflowError:
            return math.inf
    raise DataError(f"{name} = {given!r}: it must be a number, not of type {type(given).__name__}")


def vector(gradient: Any) -> np.ndarray:  # noqa: ANN401 - unchecked
    """A gradient as an array of one dimension.

    Raises
    ------
    DataError
        It is missing, of another shape, or not of numbers.
    """
    if gradient is None:
        message = "gradient is missing: hypergradient goes by it; give the loss's by all weights"
        raise DataError(message)
    try:
        given = np.asarray(gradient, np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"gradient: it must be an array of numbers: {error}") from error
    if given.ndim != 1 or not given.size:
        message = f"gradient has the shape {given.shape}; give all weights' in one row: ravel it"
        raise DataError(message)
    return given
