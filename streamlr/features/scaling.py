"""Online standardisation of numeric features, with missing values.

Each column is shifted by the running mean and divided by the running standard deviation of the rows
*before* this one, then clipped. A missing value (NaN) enters as the mean, that is 0, and leaves the
moments alone.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Shape

_HUGE = 1e100  # a value beyond counts as this: its square, summed, must stay finite
_CONSTANT = 1e-300  # a column of no more variance counts as constant: its inverse must be finite


class Config(ComponentConfig):
    """Standardise numeric features."""

    type: Literal["scaling"] = "scaling"
    clip: Annotated[float, Field(gt=0, le=1e6, description="largest standardised magnitude")] = 6.0


class State(NamedTuple):
    """Running moments, one of each a column.

    Attributes
    ----------
    seen, mean, squares : float64 [features]
        Values seen (missing ones left out), their mean, and the sum of squared deviations from it.
    inverse_deviation : float64 [features]
        1 / standard deviation; 0 while it is unknown or the column is constant.
    clip : float64 [1]
        Largest standardised magnitude.
    """

    seen: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    inverse_deviation: np.ndarray
    clip: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """No row seen: every input is 0 until two different values have been."""
    columns = shape.features
    return State(
        seen=np.zeros(columns),
        mean=np.zeros(columns),
        squares=np.zeros(columns),
        inverse_deviation=np.zeros(columns),
        clip=np.array([config.clip]),
    )


@hot
def transform(state: State, values: np.ndarray, inputs: np.ndarray) -> None:
    """Fill ``inputs`` [features + 1] from ``values`` [features]; the last input is the bias."""
    clip = state.clip[0]
    for column in range(values.shape[0]):
        value = min(max(values[column], -_HUGE), _HUGE)
        scaled = (value - state.mean[column]) * state.inverse_deviation[column]
        scaled = min(max(scaled, -clip), clip)
        inputs[column] = scaled if scaled == scaled else 0.0  # noqa: PLR0124 - NaN is missing
    inputs[values.shape[0]] = 1.0


@hot
def update(state: State, values: np.ndarray) -> None:
    """Take the row into the moments.

    References
    ----------
    Welford (1962), "Note on a method for calculating corrected sums of squares and products".
    """
    for column in range(values.shape[0]):
        before, value = state.mean[column], min(max(values[column], -_HUGE), _HUGE)
        present = value == value  # noqa: PLR0124 - NaN is missing
        value = value if present else before  # it then deviates by 0, which moves nothing
        count = state.seen[column] + (1.0 if present else 0.0)
        deviation = value - before
        mean = before + deviation / max(count, 1.0)
        squares = state.squares[column] + deviation * (value - mean)
        state.seen[column] = count
        state.mean[column] = mean
        state.squares[column] = squares
        varies = squares > _CONSTANT * count
        state.inverse_deviation[column] = np.sqrt(count / squares) if varies else 0.0
