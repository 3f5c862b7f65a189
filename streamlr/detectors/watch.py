"""What a detector watches of each labelled sample: the error, unless configured otherwise.

``error``
    right or wrong, 0 or 1; of a number, its distance in standard deviations of the labels, cut at
    4, as a share of that; without labels, the distance of the inputs likewise.
``loss``
    the log-loss, in nats; of a number, the absolute error in its unit; without labels, the squared
    distance.
``prediction``
    what was given to the class said; of a number, the number said; without labels, the distance.
``feature:NAME``
    a numeric field, as it came. Where it is missing, the detector does not see the sample.

An alarm's severity is in the unit of what is watched, and so are a detector's thresholds. A
schedule that answers alarms takes a rise for a change to the worse, as of an error, and a fall for
none.
"""

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Shape

Range = Literal["any number", "0 to 1", "0 or 1"]
"""Which values there may be."""

ORDER: tuple[Range, ...] = ("any number", "0 to 1", "0 or 1")
"""From the widest to the narrowest."""

_FEATURE = "feature:"
_ERROR, _LOSS, _CERTAINTY, _SAID, _VALUE = 0, 1, 2, 3, 4


class DetectorConfig(ComponentConfig):
    """What every detector's table may hold."""

    watch: str = Field(default="error", description="error, loss, prediction or feature:NAME")

    @field_validator("watch")
    @classmethod
    def _known(cls, watch: str) -> str:
        named = watch.startswith(_FEATURE) and watch != _FEATURE
        if watch not in {"error", "loss", "prediction"} and not named:
            message = "it must be one of: error, loss, prediction, feature:NAME"
            raise PydanticCustomError("watch", message)
        return watch

    @property
    def takes(self) -> Range:
        """Which values the detector is made for."""
        return "any number"

    @property
    def feature(self) -> str | None:
        """Name of the watched field; none where it is no field."""
        return self.watch.removeprefix(_FEATURE) if self.watch.startswith(_FEATURE) else None


def values(watch: str, task: str) -> Range:
    """Which values come of it.

    Examples
    --------
    >>> values("error", "binary"), values("error", "regression"), values("loss", "binary")
    ('0 or 1', '0 to 1', 'any number')
    """
    classes = task not in {"regression", "unsupervised"}
    if watch == "error":
        return "0 or 1" if classes else "0 to 1"
    return "0 to 1" if watch == "prediction" and classes else "any number"


class State(NamedTuple):
    """What is watched.

    Attributes
    ----------
    what : int64 [1]
    column : int64 [1]
        Of the watched field; -1 where it is no field.
    """

    what: np.ndarray
    column: np.ndarray


def init(config: DetectorConfig, shape: Shape, fields: tuple[str, ...]) -> State:
    """As configured; ``fields`` are the names of the numeric columns."""
    if config.feature is not None:
        return State(np.array([_VALUE]), np.array([fields.index(config.feature)]))
    prediction = _CERTAINTY if shape.classes else _SAID
    what = {"error": _ERROR, "loss": _LOSS, "prediction": prediction}[config.watch]
    return State(np.array([what]), np.full(1, -1))


@hot
def field(state: State, values: np.ndarray) -> float:
    """The watched field of a row; NaN where it is missing or none is watched."""
    column = state.column[0]
    return values[column] if column >= 0 else np.nan


@hot
def value(
    state: State, error: float, loss: float, certainty: float, said: float, field: float
) -> float:
    """What the detector is given; NaN for nothing."""
    what = state.what[0]
    if what == _ERROR:
        return error
    if what == _LOSS:
        return loss
    if what == _CERTAINTY:
        return certainty
    return said if what == _SAID else field
