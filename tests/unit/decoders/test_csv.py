"""Cells become numbers; a record that cannot be read is rejected, the others are not."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.decoders import csv as subject
from streamlr.decoders import json as json_decoder
from streamlr.errors import DataError
from streamlr.records import CsvRecords, Decoded, Schema, Tokens

SCHEMA = Schema(("b", "a"), "y")


def quoted(cell: str | None) -> str:
    return "" if cell is None else '"' + cell.replace('"', '""') + '"'


def records(*lines: str, columns: str = "aby", separator: str = ",") -> CsvRecords:
    return CsvRecords(tuple(columns), separator.encode(), [f"{line}\n".encode() for line in lines])


def read(payload: CsvRecords) -> Decoded:
    return subject.build(subject.Config(), SCHEMA).decode(payload)


def decode(a: list[str | None], b: list[str | None], y: list[str | None]) -> Decoded:
    rows = zip(a, b, y, strict=True)
    return read(records(*(",".join(map(quoted, row)) for row in rows)))


def reasons(decoded: Decoded) -> dict[int, str]:
    return {reject.row: f"{reject.reason}: {reject.detail}" for reject in decoded.rejects}


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
    there = "abyz".replace(column, "")
    with pytest.raises(DataError, match=rf"no column '{column}'; columns there: .*z"):
        read(records("1,1,1", columns=there))


def test_the_likest_columns_are_named() -> None:
    columns = ("amount", *(f"x{number}" for number in range(100)), "fraud_label")
    decoder = subject.build(subject.Config(), Schema(("amount",), "fraud_lable"))
    with pytest.raises(DataError) as caught:
        decoder.decode(CsvRecords(columns, b",", [b"1\n"]))
    message = str(caught.value)
    assert "no column 'fraud_lable' (did you mean 'fraud_label'?); columns there: fraud_" in message
    assert message.endswith(", … (102 in all)")
    assert message.count("x") < 25


# --- records that cannot be read ----------------------------------------------------------------


def test_more_cells_than_columns_reject_a_record() -> None:
    decoded = read(records("1,2,p", "1,2,p,4", "5,6,q"))
    assert decoded.rows.tolist() == [0, 2]
    assert decoded.labels == ["p", "q"]
    assert reasons(decoded) == {1: "malformed: it has 4 cells, the header names 3 columns"}


def test_fewer_cells_than_columns_are_missing() -> None:
    decoded = read(records("1", "2,3"))
    assert np.array_equal(decoded.values, [[math.nan, 1.0], [3.0, 2.0]], equal_nan=True)
    assert decoded.labels == [None, None]


@pytest.mark.parametrize("bad", ['"1,2,p', '1,"2"3,p', '1,2,"p', '1,2,9" wide'])
@pytest.mark.parametrize("place", [0, 3, 6])
def test_quotes_that_do_not_match_reject_their_record_alone(bad: str, place: int) -> None:
    lines = [f"{number},0,p" for number in range(6)]
    decoded = read(records(*lines[:place], bad, *lines[place:]))
    assert decoded.values[:, 1].tolist() == [0, 1, 2, 3, 4, 5]
    expected = "malformed: its quotes do not match, or it has too many cells"
    assert reasons(decoded) == {place: expected}


def test_a_blank_line_is_rejected() -> None:
    decoded = read(records("1,2,p", "", "3,4,q", "\r"))
    assert decoded.rows.tolist() == [0, 2]
    assert reasons(decoded) == {1: "empty: a blank line", 3: "empty: a blank line"}


def test_a_bad_record_can_be_bad_in_two_ways() -> None:
    """It is rejected once."""
    decoded = read(records("x,2,p,4", "x,y,p"))
    assert [reject.reason for reject in decoded.rejects] == ["malformed", "wrong_type"]


def test_bytes_that_are_no_text_are_no_number() -> None:
    payload = CsvRecords(tuple("aby"), b",", [b"1,\xff,p\n", b"1,2,p\n"])
    assert list(reasons(read(payload))) == [0]


def test_a_quoted_cell_may_hold_anything() -> None:
    payload = records('1,2,"p,q"', '3,4,"line\nbreak"', '5,6,"say ""so"""')
    assert read(payload).labels == ["p,q", "line\nbreak", 'say "so"']


@pytest.mark.parametrize("separator", [";", "\t", "|", " ", "%"])
def test_the_separator_may_be_another(separator: str) -> None:
    line = separator.join(["1", "2", "p,q"])
    assert read(records(line, separator=separator)).labels == ["p,q"]


@given(
    st.lists(
        st.sampled_from(
            ["1,2,p", "x,2,p", "", "1,2,3,4", '"1', '3,"4",q', '5,6,7" q', '8" a,9,"b\nc"']
        ),
        max_size=12,
    )
)
def test_how_records_come_together_leaves_no_trace(lines: list[str]) -> None:
    """A bad record must not change what its neighbours are taken for."""
    together = read(records(*lines))
    alone = [read(records(line)) for line in lines]
    assert together.rows.tolist() == [row for row, one in enumerate(alone) if len(one.rows)]
    assert together.values.tolist() == [list(one.values[0]) for one in alone if len(one.rows)]
    assert [(reject.row, reject.detail) for reject in together.rejects] == [
        (row, reject.detail) for row, one in enumerate(alone) for reject in one.rejects
    ]


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
    assert subject.sample(
        subject.Config(), records("1,1,", ",x,", " 2.5,,", "1,2,3,4", columns="nte")
    ) == [
        {"n": 1.0, "t": 1.0, "e": None},
        {"n": None, "t": "x", "e": None},
        {"n": 2.5, "t": None, "e": None},
    ]


def test_the_original_is_the_record_as_it_came() -> None:
    payload = CsvRecords(("a", "b"), b",", ['1,"ü"\r\n'.encode(), b"2,"])
    assert [subject.original(payload, row) for row in (0, 1)] == ['1,"ü"'.encode(), b"2,"]


def test_words_of_a_text_are_those_of_json_however_the_cell_is_written() -> None:
    schema = Schema(("a",), "y", texts=("b",))
    texts = ["Was late again", "naïve, or not", 'so "called"', "", "42"]
    cells = ["Was late again", '"naïve, or not"', '"so ""called"""', "", "42"]
    payload = records(*(f"1,{cell},x" for cell in cells))
    found = subject.build(subject.Config(), schema).decode(payload)
    written = [msgspec.json.encode({"a": 1, "b": text, "y": "x"}) for text in texts]
    expected = json_decoder.build(json_decoder.Config(), schema).decode(written)
    assert found.rejects == []
    assert found.tokens is not None
    assert expected.tokens is not None
    assert [words.tolist() for words in of_each(found.tokens)] == [
        words.tolist() for words in of_each(expected.tokens)
    ]
    assert [len(words) for words in of_each(found.tokens)] == [3, 3, 2, 0, 1]


def of_each(tokens: Tokens) -> list[np.ndarray]:
    return [tokens.code[first:last] for first, last in tokens.span.tolist()]
