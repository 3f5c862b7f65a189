"""What the decoder calls: bytes in, columns out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from streamlr import category_codes, compiling
from streamlr.json_scanner import columns, gaps, instructions, names, record, scan, strings_met
from streamlr.json_scanner.columns import BOOLEAN, NONE, REAL, STRING, STRINGS, Columns
from streamlr.json_scanner.words import PADDING
from streamlr.records import Schema, Tokens
from streamlr.tokens import Tokeniser

_STAGES = {
    "category_codes": category_codes,
    "columns": columns,
    "gaps": gaps,
    "instructions": instructions,
    "names": names,
    "record": record,
    "strings_met": strings_met,
}
_PADDING = bytes(PADDING)
_NO_ROWS = np.empty(0, np.int64)
_STRING = msgspec.json.Decoder(str)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A poll as columns.

    Attributes
    ----------
    values : float64 [records, features + categories]
        Numbers, then codes; NaN where missing.
    labels
        As msgspec gives them: None, bool, int, float or str.
    unread : int64
        Records that were not understood, ascending; their values mean nothing, and their labels
        are None.
    keys, times
        As of :class:`streamlr.records.Decoded`, of every record; those unread mean nothing.
    tokens
        As there.
    """

    values: np.ndarray
    labels: list[Any]
    unread: np.ndarray
    keys: np.ndarray | None = None
    times: dict[str, np.ndarray] = field(default_factory=dict)
    tokens: Tokens | None = None


class Scanner:
    """Reads the fields of one schema; one thread at a time.

    Parameters
    ----------
    schema
        Which features, and which label; no two may have the same name.

    Notes
    -----
    The kernel is compiled here, or loaded from the cache, so that the first record need not wait.
    There is one for all schemas.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._room = (
            names.table(schema),
            gaps.room(len(schema.fields)),
            strings_met.room(),
        )
        self._tokeniser = Tokeniser(schema) if schema.texts else None
        self._scan = compiling.fuse(scan.scan, _STAGES)
        if not instructions.COMPILED:  # words wrap around, of which NumPy would warn
            self._scan = np.errstate(over="ignore")(self._scan)
        self.scan([b"{}"])

    def scan(self, payload: Sequence[bytes | None]) -> Scanned:
        """Read all records that are understood."""
        text, lengths = joined(payload)
        out = columns.room(len(lengths), self._schema)
        letters = np.frombuffer(text, np.uint8)
        self._scan(letters, lengths, *self._room, out)
        understood = out.counts[:STRINGS].sum()
        unread = _NO_ROWS if understood == len(lengths) else np.flatnonzero(out.understood == 0)
        keys = out.key if self._schema.key else None
        times = dict(zip(self._schema.times, out.time.T, strict=True))
        tokens = None
        if self._tokeniser is not None:
            where = out.text_start, out.text_length
            tokens = self._tokeniser.of_bytes(letters, *where, escaped=True)
        return Scanned(out.values, _labels(text, out, unread), unread, keys, times, tokens)


def joined(payload: Sequence[bytes | None]) -> tuple[bytearray, np.ndarray]:
    """The kernel's text and lengths; what is not bytes is taken for empty: not understood."""
    try:
        text = bytearray(1).join([*payload, _PADDING])  # type: ignore[list-item]
        lengths = np.fromiter(map(len, payload), np.int64, len(payload))  # type: ignore[arg-type]
        if len(text) == lengths.sum() + len(lengths) + PADDING:
            return text, lengths
    except TypeError:  # a tombstone
        pass
    return joined([value if type(value) is bytes else b"" for value in payload])


def _labels(text: bytearray, out: Columns, unread: np.ndarray) -> list[Any]:
    """Labels as Python objects."""
    kinds = [kind for kind, count in enumerate(out.counts[:STRINGS].tolist()) if count]
    if len(kinds) == 1:  # the common case: all are alike
        labels: list[Any] = _objects(text, out, kinds[0]).tolist()
        for row in unread.tolist():
            labels[row] = None
    else:
        mixed = np.empty(len(out.kind), object)  # of None
        for kind in kinds:
            rows = np.flatnonzero(out.kind == kind)
            mixed[rows] = _objects(text, out, kind)[rows]
        labels = mixed.tolist()
    return labels


def _objects(text: bytearray, out: Columns, kind: int) -> np.ndarray:
    """Labels of one kind, in an array that gives them as Python objects; others mean nothing."""
    column: np.ndarray = out.real if kind == REAL else out.integer
    if kind == BOOLEAN:
        column = column == 1
    if kind == STRING:
        met = out.counts[STRINGS]
        ends = zip(out.string_start[:met].tolist(), out.string_end[:met].tolist(), strict=True)
        strings = [_STRING.decode(text[start:end]) for start, end in ends]
        return np.array(strings, object).take(column, mode="clip")
    return np.full(len(column), None) if kind == NONE else column
