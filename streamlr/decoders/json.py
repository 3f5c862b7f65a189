"""Flat JSON objects, one a record: scanned in a body, and by msgspec where that does not do.

Numbers and booleans are features; null or an absent field is missing. A list or object, a string
where a number should be, or anything but a string where a text should be rejects the record, as
does anything that is not a JSON object. Unknown fields are skipped.
"""

import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec
import numpy as np

from streamlr import category_codes
from streamlr.components import ComponentConfig
from streamlr.decoders import Decoder, completed, with_aside
from streamlr.errors import DataError
from streamlr.json_scanner.scanner import Scanner
from streamlr.records import Decoded, Reject, Schema
from streamlr.tokens import Tokeniser

NUMBER = float | bool | None
CATEGORY = float | str | bool | None
TEXT = str | None
LABEL = int | float | str | bool | None
KEY = int | float | str
"""What a field may hold; of keys and times too."""

_ANY = msgspec.json.Decoder(dict[str, Any])
_BAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # the last: nested too deeply


class Config(ComponentConfig):
    """One flat JSON object a record."""

    type: Literal["json"] = "json"


def build(config: Config, schema: Schema) -> Decoder:  # noqa: ARG001 - one signature for every decoder
    """Prepare to read the schema's fields: compile the scanner, or load it from the cache."""
    return JsonDecoder(schema)


def sample(config: Config, payload: Sequence[bytes | None]) -> list[dict[str, Any]]:  # noqa: ARG001 - as above
    """Records as mappings; those that are not JSON objects are left out."""
    records = []
    for value in payload:
        try:
            records.append(_ANY.decode(value or b""))
        except _BAD:
            continue
    return records


def original(payload: Sequence[bytes | None], row: int) -> bytes:
    """A record as it came."""
    return payload[row] or b""


class JsonDecoder:
    """Reads the schema's fields into columns.

    Notes
    -----
    The scanner reads what it understands, and reads it as msgspec does. All else is msgspec's:
    to read, or to say what is wrong with it.
    """

    def __init__(self, schema: Schema) -> None:
        self._reference = MsgspecDecoder(schema)
        self._scanner = Scanner(schema)

    def decode(self, payload: Sequence[bytes | None]) -> Decoded:
        """Read each record's fields."""
        scanned = self._scanner.scan(payload)
        unread = scanned.unread.tolist()
        others = self._reference.decode([payload[row] for row in unread]) if unread else None
        return completed(scanned, others)


class Fields:
    """What records may hold in the fields of one schema, and their columns.

    Attributes
    ----------
    record
        A msgspec Struct with these fields and the label: what fits it can be put into columns.
    """

    def __init__(self, schema: Schema) -> None:
        kinds = [*((name, NUMBER) for name in schema.features)]
        kinds += [(name, CATEGORY) for name in schema.categories]
        fields: list[Any] = [
            (f"f{index}", kind, msgspec.field(default=None, name=name))
            for index, (name, kind) in enumerate(kinds)
        ]
        aside = [
            (name, kind, msgspec.field(default=None, name=field))
            for name, kind, field in (
                ("label", LABEL, schema.label),
                ("key", KEY | None, schema.key),
                ("time", KEY | None, schema.time),
            )
            if field
        ]
        self._schema = schema
        texts: list[Any] = [
            (f"t{index}", TEXT, msgspec.field(default=None, name=name))
            for index, name in enumerate(schema.texts)
        ]
        try:
            self.record = msgspec.defstruct("Record", [*fields, *aside, *texts], gc=False)
        except ValueError as error:  # quotes, backslashes and control characters in a name
            message = f"[stream] a field cannot be read by its name: {error}; ignore it"
            raise DataError(message) from error
        self._values = _getter([name for name, _, _ in fields])
        self._width = len(fields)
        self._texts = _getter([name for name, _, _ in texts])
        self._tokeniser = Tokeniser(schema) if texts else None
        self._numbers = len(schema.features)
        self._seeds = [category_codes.seed(name) for name in schema.categories]

    def decoded(
        self, rows: np.ndarray, records: Sequence[msgspec.Struct], rejects: list[Reject]
    ) -> Decoded:
        """The columns of records that were read, with their keys and times.

        Parameters
        ----------
        rows
            Their places in the batch.
        rejects
            The others.
        """
        found = [self._values(record) for record in records]
        if self._seeds:
            found = [self._coded(values) for values in found]
        values = np.array(found, np.float64)
        labels = [getattr(record, "label", None) for record in records]
        read = Decoded(rows, values.reshape(len(records), self._width), labels, rejects)
        if self._tokeniser is not None:
            tokens = self._tokeniser.of_texts(self._texts(record) for record in records)
            read = replace(read, tokens=tokens)
        if not self._schema.key and not self._schema.time:
            return read
        keys = [getattr(record, "key", None) for record in records]
        times = [getattr(record, "time", None) for record in records]
        return with_aside(read, self._schema, keys, times)

    def _coded(self, values: tuple[Any, ...]) -> list[Any]:
        codes = [
            None if value is None else category_codes.code(value, seed)
            for value, seed in zip(values[self._numbers :], self._seeds, strict=True)
        ]
        return [*values[: self._numbers], *codes]


class MsgspecDecoder:
    """Reads the same with msgspec: what is right, and what is wrong with a record."""

    def __init__(self, schema: Schema) -> None:
        self._fields = Fields(schema)
        self._decode = msgspec.json.Decoder(self._fields.record).decode

    def decode(self, payload: Sequence[bytes | None]) -> Decoded:
        """Read each record's fields."""
        rejects: list[Reject] = []
        decode = self._decode
        try:  # the common case: every record is good
            records = [decode(value) for value in payload]  # type: ignore[arg-type]
            rows = np.arange(len(records))
        except (*_BAD, TypeError):
            records, kept = self._one_by_one(payload, rejects)
            rows = np.array(kept, np.int64)
        return self._fields.decoded(rows, records, rejects)

    def _one_by_one(
        self, payload: Sequence[bytes | None], rejects: list[Reject]
    ) -> tuple[list[msgspec.Struct], list[int]]:
        records, kept = [], []
        for row, value in enumerate(payload):
            try:
                if value is None:
                    rejects.append(Reject(row, "empty", "the record has no value (a tombstone)"))
                    continue
                records.append(self._decode(value))
                kept.append(row)
            except msgspec.ValidationError as error:
                rejects.append(Reject(row, "wrong_type", str(error)))
            except _BAD as error:
                rejects.append(Reject(row, "malformed", str(error)))
        return records, kept


def _getter(names: list[str]) -> Any:  # noqa: ANN401 - attrgetter's result depends on how many
    if not names:
        return lambda _record: ()
    if len(names) == 1:
        only = operator.attrgetter(names[0])
        return lambda record: (only(record),)
    return operator.attrgetter(*names)
