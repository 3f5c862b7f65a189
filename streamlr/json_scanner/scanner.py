"""What the decoder calls: bytes in, columns out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from streamlr import compiling
from streamlr.json_scanner import columns, gaps, instructions, names, record, scan, strings_met
from streamlr.json_scanner.columns import BOOLEAN, INTEGER, NONE, REAL, STRING, STRINGS, Columns
from streamlr.json_scanner.words import PADDING
from streamlr.records import Schema

_STAGES = {
    "columns": columns,
    "gaps": gaps,
    "instructions": instructions,
    "names": names,
    "record": record,
    "strings_met": strings_met,
}
_PADDING = bytes(PADDING)
_STRING = msgspec.json.Decoder(str)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A poll as columns.

    Attributes
    ----------
    values : float64 [records, features]
        NaN where missing.
    labels
        As msgspec gives them: None, bool, int, float or str.
    unread : int64
        Records that were not understood, ascending; their values and labels mean nothing.
    """

    values: np.ndarray
    labels: list[Any]
    unread: np.ndarray


class Scanner:
    """Reads the fields of one schema.

    Parameters
    ----------
    schema
        Which features, and which label. No two may have the same name.

    Notes
    -----
    The kernel is compiled here, or loaded from the cache, so that the first record need not wait.
    """

    def __init__(self, schema: Schema) -> None:
        fields = [*schema.features, schema.label]
        self._room = (names.table(fields), gaps.room(len(fields)), strings_met.room())
        self._features = len(schema.features)
        self._scan = compiling.fuse(scan.scan, _STAGES)
        self.scan([b"{}"])

    def scan(self, payload: Sequence[bytes | None]) -> Scanned:
        """Read all records that are understood."""
        count = len(payload)
        text, lengths = _joined(payload)
        out = columns.room(count, self._features)
        with np.errstate(over="ignore"):  # words wrap around; as plain Python, NumPy would warn
            understood = self._scan(np.frombuffer(text, np.uint8), lengths, *self._room, out)
        unread = np.flatnonzero(out.understood == 0) if understood < count else _NO_ROWS
        return Scanned(out.values, _labels(text, out), unread)


_NO_ROWS = np.empty(0, np.int64)


def _joined(payload: Sequence[bytes | None]) -> tuple[bytearray, np.ndarray]:
    """Text and lengths; what is not bytes is left out, and so not understood."""
    try:
        text = bytearray().join([*payload, _PADDING])  # type: ignore[list-item]
        lengths = np.fromiter(map(len, payload), np.int64, len(payload))  # type: ignore[arg-type]
        if len(text) == lengths.sum() + PADDING:
            return text, lengths
    except TypeError:  # a tombstone
        pass
    return _joined([value if type(value) is bytes else b"" for value in payload])


def _labels(text: bytearray, out: Columns) -> list[Any]:
    """Labels as Python objects."""
    counts = out.counts.tolist()
    count = len(out.kind)
    if counts[INTEGER] == count:  # the common case
        return out.integer.tolist()
    if counts[REAL] == count:
        return out.real.tolist()
    labels = np.empty(count, object)  # of None
    if counts[NONE] == count:
        return labels.tolist()
    for kind in (INTEGER, REAL, BOOLEAN, STRING):
        if counts[kind]:
            rows = np.flatnonzero((out.kind == kind) & (out.understood == 1))
            labels[rows] = _objects(text, out, kind, rows)
    return labels.tolist()


def _objects(text: bytearray, out: Columns, kind: int, rows: np.ndarray) -> np.ndarray:
    """Labels of one kind, in an array that gives Python objects."""
    if kind == REAL:
        return out.real[rows]
    if kind == INTEGER:
        return out.integer[rows]
    if kind == BOOLEAN:
        return out.integer[rows] != 0
    ends = zip(out.string_start.tolist(), out.string_end.tolist(), strict=True)
    strings = [_STRING.decode(text[start:end]) for start, end in islice(ends, out.counts[STRINGS])]
    return np.array(strings, object)[out.integer[rows]]
