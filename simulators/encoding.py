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
        From the values of a row, label last, to its text without a line end. A float has the
        digits of its ``repr``: the fewest that read back as the same float.
    """

    header: bytes | None
    record: Callable[[list[Value]], bytes]

    def encode(self, features: Floats, labels: Labels) -> list[bytes]:
        """Return one record for each row."""
        rows = zip(features.tolist(), labels.tolist(), strict=True)
        return [self.record([*row, label]) for row, label in rows]


def ndjson(stream: Stream) -> Encoding:
    """Return the form ``{"x0":0.5,…,"target":1}``, one object a line."""
    encoder = msgspec.json.Encoder()
    fields = [(name, Value) for name in (*stream.feature_names, TARGET)]
    row = msgspec.defstruct("Row", fields, gc=False)
    return Encoding(None, lambda values: encoder.encode(row(*values)))


def csv(stream: Stream) -> Encoding:
    """Return the form ``0.5,…,1``, under a header of names."""
    encoder = msgspec.json.Encoder()
    header = ",".join((*stream.feature_names, TARGET)).encode()
    return Encoding(header, lambda values: encoder.encode(values)[1:-1])  # a JSON list, less []
