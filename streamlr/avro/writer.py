"""One schema's bodies: read by what their writer knew, as values that JSON could hold too.

What differs from JSON is brought to it: an enum's symbol is a text, bytes and fixed are texts of
the characters 0 to 255 (as in Avro's own JSON form), a decimal is the nearest float. Times and
dates are the numbers that they are stored as.

Notes
-----
A schema that contains itself is refused: its records may be nested without end, and fastavro's
compiled reader would overflow the stack, which ends the process. So is an array of what takes no
bytes (null): a few bytes may ask for 2**62 of them.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import fastavro
import numpy as np

from streamlr.avro import RefusedError

_TIMES = {
    "date": "D",
    "time-millis": "ms",
    "time-micros": "us",
    "timestamp-millis": "ms",
    "timestamp-micros": "us",
    "timestamp-nanos": "ns",
    "local-timestamp-millis": "ms",
    "local-timestamp-micros": "us",
    "local-timestamp-nanos": "ns",
}
"""Logical type → NumPy's unit of it."""

_KEPT = "decimal"  # of logical types, this one changes what the value is
_NOT_JSON = {"bytes", "fixed"}

Record = dict[str, Any]


class Writer:
    """Reads what one schema wrote.

    Parameters
    ----------
    name
        What messages call the schema: ``schema id 7``.
    definitions
        The schema as JSON has it, last; before it those that it refers to, each before its users.

    Raises
    ------
    RefusedError
        It is not Avro, or cannot be read safely.
    """

    def __init__(self, name: str, definitions: Sequence[Any]) -> None:
        self.name = name
        self._named: dict[str, Any] = {}
        try:
            for definition in definitions:
                self._schema = fastavro.parse_schema(_without_times(definition), self._named)
            self._require_safe(self._schema, ())
        except RefusedError:
            raise
        except Exception as error:  # a schema may be wrong in any way, and fastavro says so in many
            detail = f"{name} is no Avro schema: {_in_words(error)}"
            raise RefusedError("unusable_schema", detail) from error
        fields = self._fields()
        self._converted = [
            name for name, type_ in fields.items() if not _NOT_JSON.isdisjoint(self._kinds(type_))
        ]
        self._times = _time_units(definitions[-1])

    def read(self, record: bytes, body: int) -> Record:
        """The fields of a record whose body begins at ``body``.

        Raises
        ------
        RefusedError
            These bytes are not what the schema writes.
        """
        stream = io.BytesIO(record)
        stream.seek(body)
        try:
            read: Any = fastavro.schemaless_reader(stream, self._schema, None)
        except Exception as error:  # as above
            detail = f"{self.name}: it does not fit the bytes: {_in_words(error)}"
            raise RefusedError("malformed", detail) from error
        left = len(record) - stream.tell()
        if left:
            detail = f"{self.name}: {left} bytes are left after its last field"
            raise RefusedError("malformed", detail)
        if not isinstance(read, dict):
            detail = f"{self.name}: it is of {_kind(self._schema)}, and a record was expected"
            raise RefusedError("wrong_type", detail)
        for name in self._converted:
            read[name] = as_json(read[name])
        return read

    def as_seen(self, record: Record) -> Record:
        """The same for inferring a schema: times as texts that look like times."""
        seen = dict(record)
        for name, unit in self._times.items():
            if isinstance(seen.get(name), int):
                seen[name] = str(np.array(seen[name]).astype(f"datetime64[{unit}]"))
        return seen

    def _fields(self) -> dict[str, Any]:
        """Types of the fields; none where it is no record."""
        if isinstance(self._schema, dict) and self._schema["type"] == "record":
            return {field["name"]: field["type"] for field in self._schema["fields"]}
        return {}

    def _kinds(self, type_: Any) -> Iterator[str]:  # noqa: ANN401 - any schema
        """What a value may be, the branches of a union one by one."""
        if isinstance(type_, list):
            for branch in type_:
                yield from self._kinds(branch)
        elif isinstance(type_, dict):
            yield type_["type"]
        elif type_ in self._named:
            yield from self._kinds(self._named[type_])
        else:
            yield type_

    def _require_safe(self, type_: Any, within: tuple[str, ...]) -> bool:  # noqa: ANN401 - any schema
        """Refuse what could end the process; return whether a value may take no bytes."""
        if isinstance(type_, str) and type_ in self._named:
            if type_ in within:
                detail = f"{self.name}: {type_!r} contains itself, which is not read"
                raise RefusedError("unusable_schema", detail)
            type_ = self._named[type_]
        if isinstance(type_, list):
            for branch in type_:
                self._require_safe(branch, within)
            return False  # it says which branch
        if isinstance(type_, str):
            return type_ == "null"
        return self._is_empty(type_, within)

    def _is_empty(self, type_: Mapping[str, Any], within: tuple[str, ...]) -> bool:
        kind = type_["type"]
        if kind in {"record", "error"}:
            inner = (*within, type_["name"])
            fields = [self._require_safe(field["type"], inner) for field in type_["fields"]]
            return all(fields)  # each of them looked at
        if kind == "array":
            if self._require_safe(type_["items"], within):
                detail = f"{self.name}: an array of what takes no bytes is not read"
                raise RefusedError("unusable_schema", detail)
            return False
        if kind == "map":
            self._require_safe(type_["values"], within)
            return False
        if kind == "fixed":
            return bool(type_["size"] == 0)
        return bool(kind == "null")


def _without_times(definition: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same schema, times and dates as the numbers that they are stored as."""
    if isinstance(definition, list):
        return [_without_times(each) for each in definition]
    if not isinstance(definition, dict):
        return definition
    return {
        key: _without_times(value)
        for key, value in definition.items()
        if key != "logicalType" or value == _KEPT
    }


def _time_units(definition: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
    """Field that holds a time → its unit."""
    units = {}
    for field in definition["fields"] if isinstance(definition, dict) else ():
        type_ = field["type"]
        for branch in type_ if isinstance(type_, list) else (type_,):
            unit = _TIMES.get(branch.get("logicalType", "")) if isinstance(branch, dict) else None
            if unit is not None:
                units[field["name"]] = unit
    return units


def as_json(value: Any) -> Any:  # noqa: ANN401 - any of Avro's
    """A value as JSON could hold it; what it could anyway, as it is."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return float(value) if isinstance(value, Decimal) else value


def _kind(schema: Any) -> str:  # noqa: ANN401 - any schema
    return str(schema["type"]) if isinstance(schema, dict) else str(schema)


def _in_words(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "they end too early"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return f"{type(error).__name__}: {error}"
