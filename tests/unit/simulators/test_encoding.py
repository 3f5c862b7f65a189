"""Rows as text read back as the same rows, to the last bit."""

import csv as csv_reader
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators import make
from simulators.encoding import csv, ndjson

floats = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(floats, floats, floats, st.integers(0, 1)), min_size=1))
def test_every_digit_survives(rows: list[tuple[float, float, float, int]]) -> None:
    stream = make("sea")
    features = np.array([row[:3] for row in rows])
    labels = np.array([row[3] for row in rows])
    objects = [json.loads(record) for record in ndjson(stream).encode(features, labels)]
    assert [tuple(one.values()) for one in objects] == rows
    lines = [record.decode() for record in csv(stream).encode(features, labels)]
    cells = csv_reader.reader(lines)
    assert [(*map(float, line[:-1]), int(line[-1])) for line in cells] == rows


@pytest.mark.parametrize("name", ["sea", "regression"])
def test_records_are_flat_and_named(name: str) -> None:
    stream = make(name)
    features, labels = stream.rows(0, 2)
    names = [*stream.feature_names, "target"]
    records = ndjson(stream).encode(features, labels)
    assert [list(json.loads(record)) for record in records] == [names, names]
    assert ndjson(stream).header is None
    assert csv(stream).header == ",".join(names).encode()
    assert b" " not in records[0]


def test_a_class_is_an_integer_and_a_regression_target_a_float() -> None:
    for name, kind in (("sea", int), ("regression", float)):
        stream = make(name)
        record = ndjson(stream).encode(*stream.rows(0, 1))[0]
        assert type(json.loads(record)["target"]) is kind
