"""Derivations: columns that are worked out of a record's fields before the model sees them.

A component offers ``build(config, task) -> Derivation``, and may say by ``misfit(config, task,
labels, *, stamped) -> str`` why it does not go with a task, a type of labels, or a source whose
records have a timestamp or not. It is told of the records that are
predicted, in the order of the stream and one after the other: what it says of a record hangs on
that record's fields and on records before it, and on nothing else. :mod:`streamlr.deriving` finds
it the fields, and puts the columns that it makes behind the stream's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np

Role = Literal["number", "category", "time"]
"""What a field is read as: a number; a code of :mod:`streamlr.category_codes`, also of a key; or
seconds since 1970 (:mod:`streamlr.event_times`)."""


class Field(NamedTuple):
    """A field that is derived from.

    Attributes
    ----------
    key
        Of the table that names it.
    name
        Of the field.
    role
        What it is read as.
    """

    key: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Rows:
    """Records to derive from, in their order.

    Attributes
    ----------
    columns : float64 [records, fields]
        The derivation's fields, read by their roles; NaN where missing.
    truth : float64 [records]
        Class index or number; NaN where there is no label.
    stamps
        Gives the broker's timestamps: float64 [records], seconds since 1970, NaN where none is.
    """

    columns: np.ndarray
    truth: np.ndarray
    stamps: Callable[[], np.ndarray]

    def __len__(self) -> int:
        return len(self.columns)


NO_KEY = 0
"""Instead of the key of a record that has none."""


def as_keys(codes: np.ndarray) -> np.ndarray:
    """Codes of a category as keys: int64, ``NO_KEY`` where missing."""
    return np.where(np.isnan(codes), NO_KEY, codes).astype(np.int64)


class Derivation(Protocol):
    """Makes columns.

    Attributes
    ----------
    fields
        What it reads.
    numbers, categories
        Names of the columns it makes.
    """

    @property
    def fields(self) -> tuple[Field, ...]:
        """See above."""
        ...

    @property
    def numbers(self) -> tuple[str, ...]:
        """See above."""
        ...

    @property
    def categories(self) -> tuple[str, ...]:
        """See above."""
        ...

    def derive(self, rows: Rows, *, remember: bool) -> np.ndarray:
        """Say what each record's columns are: float64 [records, numbers + categories].

        Parameters
        ----------
        rows
            The records.
        remember
            Whether each is part of what is known when the next one comes; if not, each is looked at
            as if it came next.
        """
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything it remembers, not copied."""
        ...

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave.

        Raises
        ------
        ValueError
            An array is missing, left over, or of another type.
        """
        ...


class OfOneRecord:
    """What derivations share that look at one record at a time: they remember nothing."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Nothing."""
        return {}

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """There is nothing to be."""
        if arrays:
            message = f"it remembers nothing, and here is {', '.join(sorted(arrays))}"
            raise ValueError(message)
