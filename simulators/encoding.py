"""Rows as text: flat JSON objects or comma-separated values, every float with all its digits."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from simulators.stream import Floats, Labels, Stream

TARGET = "target"
"""Name of the label's field, after the features' own."""

Value = float | int


class Encoding(NamedTuple):
    """A text form of rows.

    Attributes
    ----------
    header : bytes or None
        What a file starts with, before the first record.
    record : callable
        From the values of a row, and its label, to its text without a line end. A float has the
        digits of its ``repr``: the fewest that read back as the same float.
    """

    header: bytes | None
    record: Callable[[list[float], Value], bytes]

    def encode(self, features: Floats, labels: Labels) -> list[bytes]:
        """Return one record for each row."""
        rows = zip(features.tolist(), labels.tolist(), strict=True)
        return [self.record(row, label) for row, label in rows]


def ndjson(stream: Stream) -> Encoding:
    """Return the form ``{"x0":0.5,…,"target":1}``, one object a line."""
    encoder = msgspec.json.Encoder()
    fields = [(name, Value | str) for name in (*stream.field_names, TARGET)]
    row = msgspec.defstruct("Row", fields, gc=False)
    written = stream.written
    return Encoding(None, lambda values, label: encoder.encode(row(*written(values), label)))


def csv(stream: Stream) -> Encoding:
    """Return the form ``0.5,…,1``, under a header of names; texts are in quotes."""
    encoder = msgspec.json.Encoder()
    header = ",".join((*stream.field_names, TARGET)).encode()
    written = stream.written
    # a JSON list, less []
    return Encoding(header, lambda values, label: encoder.encode([*written(values), label])[1:-1])
