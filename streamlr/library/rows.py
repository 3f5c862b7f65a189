"""Records and labels as Python holds them → what the engine takes; by the decoders' own rules.

What may stand in a field is what may stand in one of JSON (:mod:`streamlr.decoders.json`), and
NumPy's scalars. NaN is missing, as None and an absent field are.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from types import GenericAlias
from typing import Any

import msgspec
import numpy as np

from streamlr import category_codes, event_times, paths
from streamlr.decoders.json import CATEGORY, KEY, NUMBER, NUMBER_IN_TEXT, TEXT
from streamlr.errors import DataError
from streamlr.records import Schema, Tokens
from streamlr.tokens import Tokeniser

Record = Mapping[str, Any]
"""Field → value."""

Records = np.ndarray | Iterable[Record]
"""Rows of a matrix whose columns are the fields in order, or records one by one."""

_PLACE = re.compile(r"`\$\[0\]\[(\d+)\]\[(\d+)\]`")
_IS = {
    NUMBER: "not a number",
    NUMBER_IN_TEXT: "not a number, nor a text that is one",
    CATEGORY: "neither a text nor a number",
    TEXT: "not a text",
}
_GIVE = {
    NUMBER: "an int, a float, a bool",
    NUMBER_IN_TEXT: "an int, a float, a bool, a str of digits",
    CATEGORY: "a str, an int, a float, a bool",
    TEXT: "a str",
}
_UNICODE = "it holds a lone surrogate, which is no character; decode it as UTF-8"


class Rows:
    """Reads the fields of one schema, and labels."""

    def __init__(self, schema: Schema) -> None:
        self._fields = schema.features + schema.categories + schema.texts
        self._numbers = len(schema.features)
        self._width = self._numbers + len(schema.categories)
        self._kinds = [
            *(NUMBER_IN_TEXT if name in schema.in_text else NUMBER for name in schema.features),
            *[CATEGORY] * len(schema.categories),
            *[TEXT] * len(schema.texts),
        ]
        self._times = schema.times
        self._by_path = any(map(paths.is_path, self._fields))
        rows = GenericAlias(list, (GenericAlias(tuple, tuple(self._kinds)),))
        # within a Struct, whose form msgspec works out once: that of a tuple at every call
        self._form = msgspec.defstruct("Rows", [("rows", rows)], array_like=True)
        self._seeds = [category_codes.seed(name) for name in schema.categories]
        self._tokeniser = Tokeniser(schema) if schema.texts else None

    def read(self, records: Records) -> tuple[np.ndarray, Tokens | None]:
        """What the engine takes.

        Numbers, then codes of categories, NaN where missing, as one matrix; and the tokens of
        texts, None where there are none.

        Raises
        ------
        DataError
            A record is no mapping, a field is of a wrong type, or an array of another shape.
        """
        if isinstance(records, np.ndarray):
            return self._of_array(records), None
        rows = self._converted([self._row(*each) for each in enumerate(records)])
        tokens = None
        if self._tokeniser is not None:
            tokens = self._tokeniser.of_texts([self._texts(*each) for each in enumerate(rows)])
            rows = [row[: self._width] for row in rows]
        if self._seeds:
            rows = [self._coded(*each) for each in enumerate(rows)]
        return np.array(rows, np.float64).reshape(len(rows), self._width), tokens

    def times(self, records: Records) -> dict[str, np.ndarray]:
        """The fields that are read as times: seconds since 1970, NaN where missing.

        Raises
        ------
        DataError
            A field holds no time, or the records are an array, which holds none.
        """
        if not self._times:
            return {}
        if isinstance(records, np.ndarray):
            message = (
                f"an array has no column for {self._times[0]!r}, which is a time; give records as "
                "mappings of field to value"
            )
            raise DataError(message)
        return {
            name: np.array([_time(*each, name) for each in enumerate(records)], np.float64)
            for name in self._times
        }

    def labels(self, labels: Iterable[Any], records: int) -> list[Any]:
        """Labels, None where there is none.

        Raises
        ------
        DataError
            There are more or fewer than records, or one is no scalar.
        """
        given = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
        if len(given) != records:
            message = f"{records} records and {len(given)} labels; give a label, or None, for each"
            raise DataError(message)
        return [_label(*each) for each in enumerate(given)]

    def _plain(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = [_plain(value) for value in row]
        texts = (None if _is_nan(text) else text for text in values[self._width :])
        return (*values[: self._width], *texts)

    def _texts(self, number: int, row: tuple[Any, ...]) -> tuple[str | None, ...]:
        for column, text in enumerate(row[self._width :], self._width):
            self._require_unicode(number, column, text)
        return row[self._width :]

    def _of_array(self, array: np.ndarray) -> np.ndarray:
        if self._tokeniser is not None:
            message = (
                f"an array, which holds no texts ({', '.join(self._fields[self._width :])}); give "
                "records as mappings of field to value"
            )
            raise DataError(message)
        fields = len(self._fields)
        if array.ndim != 2 or array.shape[1] != fields:  # noqa: PLR2004 - rows and columns
            message = (
                f"an array of shape {array.shape}: give [records, {fields}], its columns "
                f"{', '.join(self._fields)}"
            )
            raise DataError(message)
        if array.dtype.kind not in "biuf":
            message = (
                f"an array of {array.dtype}: give numbers (NaN where missing), or records as "
                "mappings of field to value"
            )
            raise DataError(message)
        values = np.array(array, np.float64, order="C")
        for place, seed in enumerate(self._seeds, self._numbers):
            values[:, place] = category_codes.of_column(values[:, place], seed)
        return values

    def _row(self, number: int, record: object) -> tuple[Any, ...]:
        if not isinstance(record, Mapping):
            message = (
                f"record {number} is of {type(record).__name__}; give a mapping of field to value, "
                "or all records as one two-dimensional array"
            )
            raise DataError(message)
        if not self._by_path:
            return tuple(map(record.get, self._fields))
        return tuple(_found(number, record, name) for name in self._fields)

    def _converted(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        try:
            return self._checked(rows)
        except msgspec.ValidationError:
            rows = [self._plain(row) for row in rows]
        try:
            return self._checked(rows)
        except msgspec.ValidationError as error:
            row, column = _place(error)
            kind, value = self._kinds[column], rows[row][column]
            message = (
                f"record {row}: field {self._fields[column]!r} is {value!r}, which is {_IS[kind]}; "
                f"give {_GIVE[kind]}, or None where it is missing"
            )
            raise DataError(message) from error

    def _checked(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return msgspec.convert((rows,), self._form).rows  # type: ignore[attr-defined, no-any-return]

    def _coded(self, number: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
        codes = []
        for column, seed in enumerate(self._seeds, self._numbers):
            value = row[column]
            self._require_unicode(number, column, value)
            missing = value is None or _is_nan(value)
            codes.append(None if missing else category_codes.code(value, seed))
        return (*row[: self._numbers], *codes)

    def _require_unicode(self, number: int, column: int, value: object) -> None:
        if isinstance(value, str) and not _is_unicode(value):
            message = f"record {number}: field {self._fields[column]!r} is {value!r}; {_UNICODE}"
            raise DataError(message)


def plain(record: Record) -> dict[str, Any]:
    """A record with Python's own scalars in place of NumPy's."""
    return {name: _plain(value) for name, value in record.items()}


def _found(row: int, record: Record, name: str) -> Any:  # noqa: ANN401 - any value
    """What a field holds, by its name or path."""
    try:
        return paths.find(record, name)
    except ValueError as error:
        message = f"record {row}: field {error}; give an object there, or None where it is missing"
        raise DataError(message) from error


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value
    return value.item() if isinstance(value, np.generic) else value


def _time(row: int, record: Record, name: str) -> float:
    value = _plain(_found(row, record, name))
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return math.nan
    try:
        if isinstance(value, KEY) and not isinstance(value, bool):
            return event_times.seconds(value)
    except (ValueError, OverflowError):
        pass
    message = (
        f"record {row}: field {name!r} is {value!r}, which is no time; give a text in ISO 8601 "
        "form or seconds since 1970, or None where it is missing"
    )
    raise DataError(message)


def _label(row: int, label: Any) -> Any:  # noqa: ANN401 - any scalar
    """The label as a checkpoint can hold it."""
    label = _plain(label)
    wrong = ""
    if isinstance(label, float):
        if math.isnan(label):
            return None
        wrong = "it must be finite" if math.isinf(label) else ""
    elif isinstance(label, str):
        wrong = "" if _is_unicode(label) else _UNICODE
    elif not (label is None or isinstance(label, int)):
        wrong = "give a bool, an int, a float or a str"
    if wrong:
        message = f"record {row}: the label is {label!r}; {wrong}, or None where there is none"
        raise DataError(message)
    return label


def _is_unicode(text: str) -> bool:
    """Whether a text can be written: a lone surrogate cannot."""
    return text.isascii() or text.encode(errors="replace").decode() == text


def _place(error: msgspec.ValidationError) -> tuple[int, int]:
    """Row and column that msgspec complains of."""
    found = _PLACE.search(str(error))
    assert found is not None  # noqa: S101 - nothing else can be wrong with a list of tuples
    return int(found[1]), int(found[2])
