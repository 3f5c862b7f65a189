"""What a scan fills: one element a record in each array, one row in the matrix."""

from typing import Any, NamedTuple

import numpy as np

from streamlr.compiling import inlined
from streamlr.json_scanner.instructions import pointer
from streamlr.record_keys import HALVES
from streamlr.records import Schema

NONE, INTEGER, REAL, BOOLEAN, STRING = range(5)
"""What a label is."""

STRINGS = 5
"""Place of the number of strings among the counts."""


class Columns(NamedTuple):
    """Records of a poll as columns.

    Attributes
    ----------
    values : float64 [records, features]
        Numbers, then codes of categories; NaN where missing; without meaning where a record was
        not understood.
    understood : uint8 [records]
        0 or 1.
    kind : uint8 [records]
        What the label is: INTEGER, REAL, BOOLEAN or STRING; NONE where there is none, and where
        a record was not understood.
    integer : int64 [records]
        The label that is an INTEGER or a BOOLEAN; the place of a STRING among the strings.
    real : float64 [records]
        The label that is a REAL.
    string_start, string_end : int64 [records]
        Where the strings are in the text, quotes included: one place for records that have the
        same string.
    counts : int64 [6]
        Labels of each kind; then the strings.
    key : uint64 [records, 2], or none
        :mod:`streamlr.record_keys`.
    time : float64 [records, times]
        :mod:`streamlr.event_times`; NaN where missing.
    text_start, text_length : int64 [records, texts]
        Where each text is, without its quotes; of no length where there is none.
    """

    values: Any
    understood: Any
    kind: Any
    integer: Any
    real: Any
    string_start: Any
    string_end: Any
    counts: Any
    key: Any
    time: Any
    text_start: Any
    text_length: Any


def room(records: int, schema: Schema) -> Columns:
    """Return columns to be filled."""
    features = len(schema.features) + len(schema.categories)
    return Columns(
        values=np.empty((records, features)),
        understood=np.empty(records, np.uint8),
        kind=np.empty(records, np.uint8),
        integer=np.empty(records, np.int64),
        real=np.empty(records),
        string_start=np.empty(records, np.int64),
        string_end=np.empty(records, np.int64),
        counts=np.zeros(STRINGS + 1, np.int64),
        key=np.empty((records if schema.key else 0, HALVES), np.uint64),
        time=np.empty((records, len(schema.times))),
        text_start=np.zeros((records, len(schema.texts)), np.int64),
        text_length=np.zeros((records, len(schema.texts)), np.int64),
    )


@inlined
def bare(out: Columns) -> Columns:
    """Return pointers to the same."""
    return Columns(
        pointer(out.values),
        pointer(out.understood),
        pointer(out.kind),
        pointer(out.integer),
        pointer(out.real),
        pointer(out.string_start),
        pointer(out.string_end),
        pointer(out.counts),
        pointer(out.key),
        pointer(out.time),
        pointer(out.text_start),
        pointer(out.text_length),
    )
