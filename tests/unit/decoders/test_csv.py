"""Text columns become numbers; a cell that is none rejects its row."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.decoders import csv as subject
from streamlr.errors import DataError
from streamlr.records import Decoded, Schema

SCHEMA = Schema(("b", "a"), "y")


def decode(a: list[str | None], b: list[str | None], y: list[str | None]) -> Decoded:
    frame = pl.DataFrame({"a": a, "b": b, "y": y}, schema=dict.fromkeys("aby", pl.String))
    return subject.build(subject.Config(), SCHEMA).decode(frame)


def test_columns_come_in_the_order_of_the_schema() -> None:
    decoded = decode(["1", "2"], ["-3.5", "4e2"], ["x", "y"])
    assert decoded.values.tolist() == [[-3.5, 1.0], [400.0, 2.0]]
    assert decoded.values.flags.c_contiguous
    assert decoded.labels == ["x", "y"]
    assert decoded.rows.tolist() == [0, 1]


def test_an_empty_cell_is_missing() -> None:
    decoded = decode([None, "2"], ["3", None], ["x", None])
    assert np.array_equal(decoded.values, [[3.0, math.nan], [math.nan, 2.0]], equal_nan=True)
    assert decoded.labels == ["x", None]
    assert decoded.rejects == []


def test_blanks_around_a_number_are_nothing() -> None:
    assert decode([" 1"], ["2\t"], ["y"]).values.tolist() == [[2.0, 1.0]]


def test_a_cell_that_is_no_number_rejects_its_row() -> None:
    decoded = decode(["1", "x", "3", "4"], ["1", "bad", "", "4"], ["p", "q", "r", "s"])
    assert decoded.rows.tolist() == [0, 3]
    assert decoded.labels == ["p", "s"]
    assert decoded.values[:, 1].tolist() == [1.0, 4.0]
    assert [(reject.row, reject.reason) for reject in decoded.rejects] == [
        (1, "wrong_type"),
        (2, "wrong_type"),
    ]
    assert decoded.rejects[0].detail == "column 'b' holds 'bad', which is not a number"


def test_all_rows_may_be_bad() -> None:
    decoded = decode(["x"], ["1"], ["y"])
    assert decoded.values.shape == (0, 2)
    assert decoded.labels == []


def test_no_row_is_no_row() -> None:
    decoded = decode([], [], [])
    assert decoded.values.shape == (0, 2)
    assert (decoded.labels, decoded.rejects) == ([], [])


@pytest.mark.parametrize("column", ["a", "b", "y"])
def test_a_column_that_is_not_there_is_told(column: str) -> None:
    frame = pl.DataFrame({"a": ["1"], "b": ["1"], "y": ["1"], "z": ["1"]}).drop(column)
    with pytest.raises(DataError, match=rf"no column '{column}'; columns there: .*z"):
        subject.build(subject.Config(), SCHEMA).decode(frame)


cells = st.none() | st.sampled_from(
    ["1", "-2.5", "1e-3", " 7", "x", "", " ", "1,5", "0x1", "--1", "1e999", "nan", "9" * 30]
)


@given(st.lists(st.tuples(cells, cells, cells), max_size=9))
def test_rows_stay_aligned(rows: list[tuple[str | None, str | None, str | None]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    decoded = decode(*columns)
    rejected = [reject.row for reject in decoded.rejects]
    assert sorted([*decoded.rows.tolist(), *rejected]) == list(range(len(rows)))
    assert len(decoded.values) == len(decoded.labels) == len(decoded.rows)
    for row, values, label in zip(decoded.rows, decoded.values, decoded.labels, strict=True):
        a, b, y = rows[row]
        assert label == y
        for cell, value in ((b, values[0]), (a, values[1])):
            expected = math.nan if cell is None else float(cell)
            assert value == expected or (math.isnan(value) and math.isnan(expected))
    for row in rejected:
        assert not all(_is_number(cell) for cell in rows[row][:2])


def _is_number(cell: str | None) -> bool:
    try:
        float(cell or 0)
    except ValueError:
        return False
    return cell != ""


def test_a_sample_has_numbers_where_cells_are() -> None:
    """Cell by cell: what the first rows are taken for must not depend on rows after them."""
    frame = pl.DataFrame({"n": ["1", None, " 2.5"], "t": ["1", "x", None], "e": [None] * 3})
    frame = frame.cast(pl.String)
    assert subject.sample(frame) == [
        {"n": 1.0, "t": 1.0, "e": None},
        {"n": None, "t": "x", "e": None},
        {"n": 2.5, "t": None, "e": None},
    ]


def test_the_original_is_the_row_joined_again() -> None:
    frame = pl.DataFrame({"a": ["1", "2"], "b": ["x", None], "c": ["ü", "3"]})
    assert [subject.original(frame, row) for row in (0, 1)] == ["1,x,ü".encode(), b"2,,3"]
