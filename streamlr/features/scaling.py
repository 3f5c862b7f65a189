"""Online standardisation of numeric features, one-hots of categorical ones, missing values.

Each numeric column is shifted by the running mean and divided by the running standard deviation of
the rows *before* this one, then clipped. A missing value (NaN) enters as 0, which is the mean, and
leaves the moments alone. Each value of a categorical column is an input of its own, 1 where it
stands and 0 elsewhere, and is not scaled; a missing one is none of them. A token of a text is an
input of its own as well.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.features import categories
from streamlr.records import Tokenising

_HUGE = 1e100  # a value beyond counts as this: its square, summed, must stay finite
_CONSTANT = 1e-300  # a column of no more variance counts as constant: its inverse must be finite
_MISSING_ROW = 1  # its input is 0 and so are its weights: what is missing touches no one else's


_BUCKETS_OF_TEXTS = 2**18
# Beside a text of length 1 the bias, which is 1, takes half of every step and is its noise: on
# simulated topics the best fixed rate was right in 89.6 % then, 91.2 % at length 2, 91.6 at 4, 91.7
# at 8. Numbers are of length 1 each, and should not drown either.
_TEXT_LENGTH = 4.0

Size = Annotated[int, Field(ge=2, le=16)]


class Config(ComponentConfig):
    """Standardise numeric features."""

    type: Literal["scaling"] = "scaling"
    clip: Annotated[float, Field(gt=0, le=1e6, description="largest standardised magnitude")] = 6.0
    buckets: Annotated[
        int,
        Field(
            ge=1,
            le=2**24,
            description="most categorical values and tokens with weights of their own; where there "
            "are texts by default 2**18",
        ),
    ] = 2**14
    words: Annotated[int, Field(ge=1, le=2)] = Field(
        default=1, description="tokens of a text: 1: words; 2: pairs of neighbours too"
    )
    characters: tuple[Size, Size] | None = Field(
        default=None,
        description="least and most characters of pieces of words, tokens as well; none: no pieces",
        examples=[[3, 5]],
    )
    text_limit: Annotated[int, Field(ge=1, le=2**16)] = Field(
        default=256, description="most different tokens that are read of a text"
    )

    @field_validator("characters")
    @classmethod
    def _ordered(cls, sizes: tuple[int, int] | None) -> tuple[int, int] | None:
        if sizes is not None and sizes[0] > sizes[1]:
            raise PydanticCustomError("order", "the first must not be more than the second")
        return sizes

    @property
    def tokenising(self) -> Tokenising:
        """What becomes of a text."""
        return Tokenising(self.words, self.characters or (0, 0), self.text_limit)


def of_texts(config: Config) -> Config:
    """The same where there are texts, which have more words than columns have values."""
    if "buckets" in config.model_fields_set:
        return config
    return config.model_copy(update={"buckets": _BUCKETS_OF_TEXTS})


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
    """Weight rows for values and tokens of so many columns and texts, the last for missing ones."""
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
def read(
    state: State, values: np.ndarray, span: np.ndarray, code: np.ndarray, inputs: Inputs
) -> int:
    """Add the tokens of the texts to ``inputs``; how many sparse ones there are is returned."""
    dense, sparse = state.mean.shape[0] + 1, values.shape[0] - state.mean.shape[0]
    for text in range(span.shape[0] - 1):
        share = token_value(span[text + 1] - span[text])
        for place in range(span[text], span[text + 1]):
            inputs.value[dense + sparse] = share
            inputs.row[sparse] = dense + categories.row_of(state.categories, code[place])
            sparse += 1
    return sparse  # type: ignore[no-any-return]


@hot
def token_value(tokens: int) -> float:
    """The input of each token of a text of so many: together they are of one length.

    How often one comes in its text does not count.
    """
    return _TEXT_LENGTH / np.sqrt(max(tokens, 1))  # type: ignore[no-any-return]


@hot
def look(state: State, values: np.ndarray, inputs: Inputs) -> int:
    """Fill ``inputs`` as ``transform`` does; a new value's row is told, and not given away.

    How many new ones there are is returned.
    """
    _standardise(state, values, inputs)
    columns, new = state.mean.shape[0], 0
    for column in range(columns, values.shape[0]):
        code = values[column]
        if code == code:  # noqa: PLR0124 - NaN is missing
            row = categories.look_up(state.categories, code, new)
            inputs.row[column - columns] = columns + 1 + row
            new += 1 if row == state.categories.met[0] + new else 0
    return new


@hot
def find(
    state: State, values: np.ndarray, span: np.ndarray, code: np.ndarray, new: int, inputs: Inputs
) -> int:
    """Add the tokens as ``read`` does, after ``new`` new values; no row is given away."""
    dense, sparse = state.mean.shape[0] + 1, values.shape[0] - state.mean.shape[0]
    for text in range(span.shape[0] - 1):
        share = token_value(span[text + 1] - span[text])
        for place in range(span[text], span[text + 1]):
            row = categories.look_up(state.categories, code[place], new)
            inputs.value[dense + sparse] = share
            inputs.row[sparse] = dense + row
            new += 1 if row == state.categories.met[0] + new else 0
            sparse += 1
    return sparse  # type: ignore[no-any-return]


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
