"""Online standardisation of numeric features, one-hots of categorical ones, missing values.

Each numeric column is shifted by the running mean and divided by the running standard deviation of
the rows *before* this one, then clipped. A missing value (NaN) enters as 0, which is the mean, and
leaves the moments alone. Each value of a categorical column is an input of its own, 1 where it
stands and 0 elsewhere, and is not scaled; a missing one is none of them.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.features import categories

_HUGE = 1e100  # a value beyond counts as this: its square, summed, must stay finite
_CONSTANT = 1e-300  # a column of no more variance counts as constant: its inverse must be finite
_MISSING_ROW = 1  # its input is 0 and so are its weights: what is missing touches no one else's


class Config(ComponentConfig):
    """Standardise numeric features."""

    type: Literal["scaling"] = "scaling"
    clip: Annotated[float, Field(gt=0, le=1e6, description="largest standardised magnitude")] = 6.0
    buckets: Annotated[
        int, Field(ge=1, le=2**24, description="most categorical values with weights of their own")
    ] = 2**14


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
    categories : categories.State
    """

    seen: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    inverse_deviation: np.ndarray
    clip: np.ndarray
    categories: categories.State


def init(config: Config, shape: Shape) -> State:
    """No row seen: every input is 0 until two different values have been."""
    columns = shape.features
    return State(
        seen=np.zeros(columns),
        mean=np.zeros(columns),
        squares=np.zeros(columns),
        inverse_deviation=np.zeros(columns),
        clip=np.array([config.clip]),
        categories=categories.init(max(shape.buckets - _MISSING_ROW, 0)),
    )


def buckets(config: Config, columns: int) -> int:
    """Weight rows for the values of so many categorical columns, the last for missing ones."""
    return config.buckets + _MISSING_ROW if columns else 0


@hot
def transform(state: State, values: np.ndarray, inputs: Inputs) -> None:
    """Fill ``inputs`` from ``values`` [features + categories]: numbers, then codes."""
    _standardise(state, values, inputs)
    columns = state.mean.shape[0]
    for column in range(columns, values.shape[0]):
        code = values[column]
        if code == code:  # noqa: PLR0124 - NaN is missing
            inputs.row[column - columns] = columns + 1 + categories.row_of(state.categories, code)


@hot
def look(state: State, values: np.ndarray, inputs: Inputs) -> None:
    """Fill ``inputs`` as ``transform`` does; a new value's row is told, and not given away."""
    _standardise(state, values, inputs)
    columns, new = state.mean.shape[0], 0
    for column in range(columns, values.shape[0]):
        code = values[column]
        if code == code:  # noqa: PLR0124 - NaN is missing
            row = categories.look_up(state.categories, code, new)
            inputs.row[column - columns] = columns + 1 + row
            new += 1 if row == state.categories.met[0] + new else 0


@hot
def _standardise(state: State, values: np.ndarray, inputs: Inputs) -> None:
    """Fill ``inputs`` but for the rows of categorical values that are there."""
    clip, columns = state.clip[0], state.mean.shape[0]
    for column in range(columns):
        value = min(max(values[column], -_HUGE), _HUGE)
        scaled = (value - state.mean[column]) * state.inverse_deviation[column]
        scaled = min(max(scaled, -clip), clip)
        inputs.value[column] = scaled if scaled == scaled else 0.0  # noqa: PLR0124 - NaN is missing
    inputs.value[columns] = 1.0
    for column in range(columns, values.shape[0]):
        present = values[column] == values[column]  # NaN is missing
        inputs.value[column + 1] = 1.0 if present else 0.0
        inputs.row[column - columns] = columns + 1 + state.categories.limit[0]


@hot
def used(state: State) -> int:
    """Weight rows in use: numbers, the bias, and the categorical values met."""
    return state.mean.shape[0] + 1 + state.categories.met[0]  # type: ignore[no-any-return]


@hot
def update(state: State, values: np.ndarray) -> None:
    """Take the row into the moments.

    References
    ----------
    Welford (1962), "Note on a method for calculating corrected sums of squares and products".
    """
    for column in range(state.mean.shape[0]):
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
