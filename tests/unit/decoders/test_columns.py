"""Columns of numbers only need their order."""

import json

import numpy as np
import pytest

from streamlr.decoders import columns as subject
from streamlr.errors import DataError
from streamlr.records import Decoded, Schema

PAYLOAD = {
    "a": np.array([1.0, np.nan]),
    "b": np.array([3, 4]),
    "target": np.array([0, 1]),
}


def decode(schema: Schema) -> Decoded:
    return subject.build(subject.Config(), schema).decode(PAYLOAD)


def test_columns_come_in_the_order_of_the_schema() -> None:
    decoded = decode(Schema(("b", "a"), "target"))
    assert np.array_equal(decoded.values, [[3.0, 1.0], [4.0, np.nan]], equal_nan=True)
    assert decoded.values.flags.c_contiguous
    assert decoded.values.dtype == np.float64
    assert decoded.labels == [0, 1]
    assert all(type(label) is int for label in decoded.labels)
    assert decoded.rows.tolist() == [0, 1]
    assert decoded.rejects == []


@pytest.mark.parametrize("schema", [Schema(("a", "c"), "target"), Schema(("a",), "c")])
def test_a_column_that_is_not_there_is_told(schema: Schema) -> None:
    with pytest.raises(DataError, match="no column 'c'; columns there: a, b, target"):
        decode(schema)


def test_a_sample_is_rows() -> None:
    assert subject.sample(
        subject.Config(), {"a": np.array([1.0, 2.0]), "target": np.array([0, 1])}
    ) == [
        {"a": 1.0, "target": 0},
        {"a": 2.0, "target": 1},
    ]


def test_the_original_is_the_row_as_json() -> None:
    assert json.loads(subject.original(PAYLOAD, 1)) == {"a": None, "b": 4, "target": 1}


def test_words_are_read_of_a_column_of_texts() -> None:
    payload = {"t": np.array(["to be", "or", ""], object), "target": np.array([0, 1, 0])}
    decoded = subject.build(subject.Config(), Schema((), "target", texts=("t",))).decode(payload)
    assert decoded.values.shape == (3, 0)
    assert decoded.tokens is not None
    assert decoded.tokens.span.tolist() == [[0, 2], [2, 3], [3, 3]]
    assert json.loads(subject.original(payload, 0)) == {"t": "to be", "target": 0}
