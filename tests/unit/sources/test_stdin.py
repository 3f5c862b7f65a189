"""Standard input as a stream: a real pipe, in pieces of any size, to its end and again."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamlr.errors import DataError, UnavailableError
from streamlr.records import CsvRecords
from streamlr.sources import Lag
from streamlr.sources import stdin as subject
from streamlr.sources.stdin import StdinSource


class Pipe:
    """The writing end of our standard input."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def write(self, data: bytes) -> None:
        os.write(self.descriptor, data)

    def end(self) -> None:
        os.close(self.descriptor)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield Pipe(writing)


def make(format_: str = "ndjson", position: int | None = None) -> StdinSource:
    source = subject.build(subject.Config.model_validate({"format": format_}), "p")
    assert source.open(None if position is None else {0: position}) == {0: position or 0}
    return source


def take(source: StdinSource, records: int = 100) -> tuple[list[int], list[bytes]]:
    """Offsets and records of one poll."""
    batch = source.poll(records, 0.0)
    if batch is None:
        return [], []
    payload = batch.payload
    found = payload.records if isinstance(payload, CsvRecords) else payload
    assert batch.positions == {0: int(batch.offset[-1]) + 1}
    return batch.offset.tolist(), found


def drain(source: StdinSource, records: int = 100) -> tuple[list[int], list[bytes]]:
    offsets: list[int] = []
    found: list[bytes] = []
    while not source.finished:
        more = take(source, records)
        offsets += more[0]
        found += more[1]
    return offsets, found


def test_a_poll_takes_what_is_there(pipe: Pipe) -> None:
    source = make()
    assert take(source) == ([], [])
    pipe.write(b"1\n2\n3")
    assert take(source) == ([0, 1], [b"1\n", b"2\n"])
    assert take(source) == ([], [])
    pipe.write(b"3\n4\n5\n")
    assert take(source, 2) == ([2, 3], [b"33\n", b"4\n"])
    assert take(source, 2) == ([4], [b"5\n"])
    assert not source.finished
    assert source.lag() == Lag({})
    pipe.end()
    assert drain(source) == ([], [])
    assert source.lag() == Lag({0: 0})
    source.commit({0: 5})
    source.close()


def test_a_last_line_needs_no_end(pipe: Pipe) -> None:
    pipe.write(b"1\n2")
    pipe.end()
    assert drain(make()) == ([0, 1], [b"1\n", b"2"])


def test_csv_has_a_header_and_quoted_line_ends(pipe: Pipe) -> None:
    source = make("csv")
    pipe.write(b'a,y\n1,"x\n')
    assert take(source) == ([], [])
    pipe.write(b'z"\n2,w\n')
    pipe.end()
    assert drain(source) == ([0, 1], [b'1,"x\nz"\n', b"2,w\n"])


def test_an_open_quote_at_the_end_holds_nothing_back(pipe: Pipe) -> None:
    pipe.write(b'a,y\n1,"x\n2,w\n')
    pipe.end()
    assert drain(make("csv")) == ([0, 1], [b'1,"x\n', b"2,w\n"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, 60), max_size=6),
    records=st.integers(1, 5),
    position=st.integers(0, 9),
    format_=st.sampled_from(["csv", "ndjson"]),
)
def test_how_the_input_comes_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch, cuts: list[int], records: int, position: int, format_: str
) -> None:
    whole = b"".join(b'%d,"a\n"\n' % number for number in range(9))
    expected = [b'%d,"a\n"\n' % number for number in range(9)]
    if format_ == "ndjson":
        expected = whole.splitlines(keepends=True)
    data = whole if format_ == "ndjson" else b"a,y\n" + whole
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        source = make(format_, position)
        offsets: list[int] = []
        found: list[bytes] = []
        for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(data)], strict=True):
            os.write(writing, data[start:stop])
            more = take(source, records)
            offsets += more[0]
            found += more[1]
        os.close(writing)
        more = drain(source, records)
    assert offsets + more[0] == list(range(position, len(expected)))
    assert found + more[1] == expected[position:]


def test_an_input_shorter_than_what_was_read_is_told(pipe: Pipe) -> None:
    pipe.write(b"1\n2\n")
    pipe.end()
    source = make(position=3)
    with pytest.raises(DataError, match="ended after 2 records, but 3 of it were read before"):
        drain(source)


def test_a_closed_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    source = subject.build(subject.Config(format="ndjson"), "p")
    with pytest.raises(UnavailableError, match="standard input is closed"):
        source.open(None)


def test_a_file_may_be_put_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"1\n2\n")
    with path.open("rb") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert drain(make()) == ([0, 1], [b"1\n", b"2\n"])
