"""JSON objects, one a record: scanned in a body, and by msgspec where that does not do.

Numbers and booleans are features; null or an absent field is missing. A list or object, a string
where a number should be, or anything but a string where a text should be rejects the record, as
does anything that is not a JSON object. Unknown fields are skipped. A name with dots that is no
field's own is a path (:mod:`streamlr.paths`): what is nested is read by msgspec alone.
"""

import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from pydantic import Field

from streamlr import category_codes, nested_records, paths, record_keys
from streamlr.components import ComponentConfig
from streamlr.decoders import Decoder, completed, with_aside
from streamlr.errors import DataError
from streamlr.json_scanner.scanner import Scanned, Scanner
from streamlr.records import Decoded, Reject, Schema
from streamlr.tokens import Tokeniser

NUMBER = float | bool | None
IN_TEXT = r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
NUMBER_IN_TEXT = NUMBER | Annotated[str, msgspec.Meta(pattern=IN_TEXT)]
CATEGORY = float | str | bool | None
TEXT = str | None
LABEL = int | float | str | bool | None
KEY = int | float | str
"""What a field may hold; of keys and times too."""

_ANY = msgspec.json.Decoder(dict[str, Any])
_BAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # the last: nested too deeply


class Config(ComponentConfig):
    """One JSON object a record."""

    type: Literal["json"] = "json"
    numbers_in_text: bool = Field(
        default=False,
        description="whether every numeric field may hold a text that is a number, as in "
        '{"price": "3.14"}; a field that inference saw to, may anyway',
    )


def build(config: Config, schema: Schema) -> Decoder:
    """Prepare to read the schema's fields: compile the scanner, or load it from the cache."""
    in_text = schema.features if config.numbers_in_text else schema.in_text
    return JsonDecoder(replace(schema, in_text=in_text))


def sample(config: Config, payload: Sequence[bytes | None]) -> list[dict[str, Any]]:  # noqa: ARG001 - as above
    """Records as mappings; those that are not JSON objects are left out."""
    records = []
    for value in payload:
        try:
            records.append(paths.opened(_ANY.decode(value or b"")))
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
        self._schema = schema
        self._reference = MsgspecDecoder(schema)
        self._scanner = Scanner(schema)
        self._by_path = any(map(paths.is_path, schema.named))
        columns = schema.features + schema.categories
        self._columns = _paths_among(columns)
        self._texts = _paths_among(schema.texts)

    def decode(self, payload: Sequence[bytes | None]) -> Decoded:
        """Read each record's fields."""
        scanned = self._scanner.scan(payload)
        if self._by_path:
            scanned = replace(scanned, unread=self._perhaps_nested(scanned))
        unread = scanned.unread.tolist()
        others = self._reference.decode([payload[row] for row in unread]) if unread else None
        return completed(scanned, others)

    def _perhaps_nested(self, scanned: Scanned) -> np.ndarray:
        """Records without a field that may be within another, and those that are unread anyway."""
        schema = self._schema
        lacks = np.isnan(scanned.values[:, self._columns]).any(axis=1)
        lacks[scanned.unread] = True
        for name, times in scanned.times.items():
            lacks |= np.isnan(times) if paths.is_path(name) else False
        if scanned.keys is not None and paths.is_path(schema.key):
            lacks |= (scanned.keys == record_keys.NOTHING).all(axis=1)
        if scanned.tokens is not None:
            span = scanned.tokens.span[:, self._texts], scanned.tokens.span[:, self._texts + 1]
            lacks |= (span[0] == span[1]).any(axis=1)
        if paths.is_path(schema.label):
            lacks |= [label is None for label in scanned.labels]
        return np.flatnonzero(lacks)


class Fields:
    """What records may hold in the fields of one schema, and their columns.

    Attributes
    ----------
    record
        A msgspec Struct with these fields and the label: what fits it can be put into columns.
    """

    def __init__(self, schema: Schema) -> None:
        in_text = {*schema.in_text}
        kinds = [(name, NUMBER_IN_TEXT if name in in_text else NUMBER) for name in schema.features]
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
                *((f"time{place}", KEY | None, name) for place, name in enumerate(schema.times)),
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
        if not self._schema.key and not self._schema.times:
            return read
        keys = [getattr(record, "key", None) for record in records]
        times = [
            [getattr(record, f"time{place}") for record in records]
            for place in range(len(self._schema.times))
        ]
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
        record = self._fields.record
        flat: nested_records.Read = msgspec.json.Decoder(record).decode
        by_path = any(map(paths.is_path, schema.named))
        self._decode = nested_records.reader(record) if by_path else flat

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


def _paths_among(names: Sequence[str]) -> np.ndarray:
    """Places of those that may be paths."""
    return np.flatnonzero([paths.is_path(name) for name in names])


def _getter(names: list[str]) -> Any:  # noqa: ANN401 - attrgetter's result depends on how many
    if not names:
        return lambda _record: ()
    if len(names) == 1:
        only = operator.attrgetter(names[0])
        return lambda record: (only(record),)
    return operator.attrgetter(*names)
