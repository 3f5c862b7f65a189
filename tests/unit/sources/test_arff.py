"""ARFF's header names the columns, and its rows become those of CSV."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.decoders import csv as decoder
from streamlr.errors import DataError
from streamlr.records import Schema
from streamlr.sources import file
from streamlr.sources.arff import ArffSplitter
from streamlr.sources.file.lines import LinesFile

WEATHER = b"""\
% from a textbook
@RELATION weather

@attribute outlook {sunny, 'very rainy'}
@ATTRIBUTE 'the temperature' NUMERIC
@attribute "windy?" {TRUE, FALSE}
@attribute play {yes, no}

@DATA
sunny, 85, FALSE, no
% a comment
'very rainy',70.5,TRUE,yes

sunny,?,FALSE,?
"""


def split(text: bytes, name: str = "f.arff") -> tuple[tuple[str, ...], list[str]]:
    splitter = ArffSplitter(name)
    records = splitter.split(text.splitlines(keepends=True), last=True)
    return splitter.payload(records).columns, [record.decode().rstrip() for record in records]


def cells(*rows: str) -> list[str]:
    header = "@attribute a string\n@attribute b string\n@data\n"
    return split(f"{header}{chr(10).join(rows)}\n".encode())[1]


def fault(text: str) -> str:
    with pytest.raises(DataError) as caught:
        split(text.encode())
    return str(caught.value)


def test_columns_and_rows_are_found() -> None:
    columns, records = split(WEATHER)
    assert columns == ("outlook", "the temperature", "windy?", "play")
    assert records == ["sunny,85,FALSE,no", "very rainy,70.5,TRUE,yes", "sunny,,FALSE,"]


@pytest.mark.parametrize("at", range(1, 16))
def test_where_polls_cut_it_leaves_no_trace(at: int) -> None:
    lines = WEATHER.splitlines(keepends=True)
    splitter = ArffSplitter("f.arff")
    records = splitter.split(lines[:at], last=False) + splitter.split(lines[at:], last=True)
    assert [record.decode().rstrip() for record in records] == split(WEATHER)[1]


@pytest.mark.parametrize(
    ("row", "csv"),
    [
        ("1,2", "1,2"),
        ("  1 ,\t2  ", "1,2"),
        ("?,?", ","),
        ("'?',\"?\"", "?,?"),
        ("'a, b',c", '"a, b",c'),
        (r"'it\'s',x", "it's,x"),
        (r"'say \"hi\"',x", '"say ""hi""",x'),
        (r"'back\\slash','50\%'", "back\\slash,50%"),
        ("'',x", ",x"),
        ("two words,x", "two words,x"),
        ("1,", "1,"),
    ],
)
def test_a_row_becomes_one_of_csv(row: str, csv: str) -> None:
    assert cells(row) == [csv]


def test_a_row_whose_quotes_do_not_match_is_the_decoders_to_reject() -> None:
    assert cells("'open,2", "3,4") == ["'open,2", "3,4"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a,b\n1,2\n", "line 1: 'a,b' stands in the header; is it ARFF?"),
        ("@data\n1\n", "line 1: there is no @attribute"),
        ("@attribute a\n@data\n", "line 1: '@attribute a' does not name"),
        ("@attribute a real\n@attribute a real\n@data\n", "line 3: two attributes are named 'a'"),
        ("@attribute a relational\n@data\n", "line 1: the attribute a is relational"),
        ("@attribute a real\n", "line 1: the file ends before @data"),
        ("@attribute a real\n@data\n{0 1}\n", "line 3: a sparse row"),
    ],
)
def test_what_is_no_such_file_is_told_with_its_line(text: str, what: str) -> None:
    assert fault(text).startswith(f"f.arff: {what}")


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@given(st.lists(st.tuples(texts, st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_what_was_written_is_read(rows: list[tuple[str, float]]) -> None:
    header = "@attribute 'a b' string\n@attribute n real\n@data\n"
    body = "".join(f"{quoted(text)}, {number!r}\n" for text, number in rows)
    splitter = ArffSplitter("f.arff")
    lines = (header + body).encode().splitlines(keepends=True)
    payload = splitter.payload(splitter.split(lines, last=True))
    decoded = decoder.build(decoder.Config(), Schema(("n",), "a b")).decode(payload)
    assert decoded.rejects == []
    assert decoded.labels == [text for text, _ in rows]
    assert decoded.values[:, 0].tolist() == [number for _, number in rows]


# --- as a file --------------------------------------------------------------------------------


@contextmanager
def opened(tmp_path: Path, position: int = 0) -> Iterator[LinesFile]:
    path = tmp_path / "weather.arff"
    path.write_bytes(WEATHER)
    source = file.build(file.Config(path=path, format="auto"), "p")
    assert isinstance(source, LinesFile)
    source.open({0: position})
    yield source
    source.close()


def test_a_file_is_known_by_its_name(tmp_path: Path) -> None:
    with opened(tmp_path) as source:
        batch = source.poll(10, 0.0)
        assert batch is not None
        assert (source.decoder, source.count(), len(batch)) == ("csv", 3, 3)
    assert decoder.sample(decoder.Config(), batch.payload)[1] == {
        "outlook": "very rainy",
        "the temperature": 70.5,
        "windy?": "TRUE",
        "play": "yes",
    }
    assert batch.offset.tolist() == [0, 1, 2]


@pytest.mark.parametrize("position", range(4))
def test_reading_goes_on_anywhere(tmp_path: Path, position: int) -> None:
    found: list[bytes] = []
    with opened(tmp_path, position) as source:
        while not source.finished:
            batch = source.poll(1, 0.0)
            found += [] if batch is None else batch.payload.records
    assert [record.decode().rstrip() for record in found] == split(WEATHER)[1][position:]
