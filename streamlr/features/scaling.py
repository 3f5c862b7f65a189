"""Online standardisation of numeric features, with missing values.

Each column is shifted by the running mean and divided by the running standard deviation of the rows *before*
this one, then clipped. A missing value (NaN) enters as the mean, that is 0, and leaves the moments alone.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import compiled
from streamlr.components import ComponentConfig, Shape

_HUGE = 1e100  # a value beyond counts as this: its square, summed, must stay finite


class Config(ComponentConfig):
    """Standardise numeric features."""

    type: Literal["scaling"] = "scaling"
    clip: Annotated[float, Field(gt=0, description="largest standardised magnitude")] = 6.0


class State(NamedTuple):
    """Running moments, one of each a column.

    Attributes
    ----------
    count, mean, squares : float64 [features]
        Values seen (missing ones left out), their mean, and the sum of squared deviations from it.
    inverse_deviation : float64 [features]
        1 / standard deviation; 0 while it is unknown or the column is constant.
    clip : float64 [1]
        Largest standardised magnitude.
    """

    count: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    inverse_deviation: np.ndarray
    clip: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """No row seen: every input is 0 until two different values have been."""
    zeros = [np.zeros(shape.features) for _ in range(4)]
    return State(*zeros, clip=np.array([config.clip]))


@compiled
def transform(state: State, values: np.ndarray, inputs: np.ndarray) -> None:
    """Fill ``inputs`` [features + 1] from ``values`` [features]; the last input is the bias."""
    clip = state.clip[0]
    for column in range(values.shape[0]):
        scaled = (values[column] - state.mean[column]) * state.inverse_deviation[column]
        scaled = min(scaled, clip)
        scaled = max(scaled, -clip)
        inputs[column] = scaled if scaled == scaled else 0.0  # noqa: PLR0124 - NaN is missing
    inputs[values.shape[0]] = 1.0


@compiled
def update(state: State, values: np.ndarray) -> None:
    """Take the row into the moments.

    References
    ----------
    Welford (1962), "Note on a method for calculating corrected sums of squares and products".
    """
    for column in range(values.shape[0]):
        value = values[column]
        present = value == value  # noqa: PLR0124 - NaN is missing
        value = value if present else state.mean[column]
        value = min(value, _HUGE)
        value = max(value, -_HUGE)
        count = state.count[column] + (1.0 if present else 0.0)
        deviation = value - state.mean[column]
        mean = state.mean[column] + (deviation / count if present else 0.0)
        squares = state.squares[column] + deviation * (value - mean)
        state.count[column] = count
        state.mean[column] = mean
        state.squares[column] = squares
        spread = squares > 0.0
        variance = (squares if spread else 1.0) / (count if count > 0.0 else 1.0)
        state.inverse_deviation[column] = 1.0 / np.sqrt(variance) if spread else 0.0
