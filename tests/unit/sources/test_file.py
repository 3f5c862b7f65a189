"""Files as streams: rows from any position in polls of any size; what cannot be read is told."""

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamlr.errors import DataError, UnavailableError
from streamlr.records import RawBatch
from streamlr.sources import Lag
from streamlr.sources import file as subject
from streamlr.sources.file import CsvFile, LinesFile

ROWS = 10


def ndjson(rows: int = ROWS) -> bytes:
    return b"".join(b'{"a":%d}\n' % row for row in range(rows))


def csv(rows: int = ROWS, separator: str = ",") -> bytes:
    lines = ["a,y", *(f"{row},{row % 2}" for row in range(rows))]
    return "".join(f"{line}\n" for line in lines).replace(",", separator).encode()


def make(tmp_path: Path, name: str, content: bytes, **values: str) -> CsvFile | LinesFile:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    return subject.build(subject.Config.model_validate({"path": path, **values}), "p")


def rows_of(batch: RawBatch) -> list[int]:
    if isinstance(batch.payload, list):
        return [json.loads(line)["a"] for line in batch.payload]
    return [int(value) for value in batch.payload["a"]]


def read(source: CsvFile | LinesFile, poll: int = 3) -> list[RawBatch]:
    batches = []
    while not source.finished:
        batch = source.poll(poll, 0.0)
        if batch is not None:
            batches.append(batch)
    source.close()
    return batches


FORMATS = pytest.mark.parametrize(
    ("name", "content"),
    [("f.csv", csv()), ("f.csv.gz", csv()), ("f.ndjson", ndjson()), ("f.jsonl.gz", ndjson())],
    ids=["csv", "csv.gz", "ndjson", "jsonl.gz"],
)


@FORMATS
def test_all_rows_come_in_order_with_their_numbers(
    tmp_path: Path, name: str, content: bytes
) -> None:
    source = make(tmp_path, name, content)
    assert source.open(None) == {0: 0}
    batches = read(source)
    assert [row for batch in batches for row in rows_of(batch)] == list(range(ROWS))
    assert [int(at) for batch in batches for at in batch.offset] == list(range(ROWS))
    for batch in batches:
        assert 0 < len(batch) <= 3
        assert batch.partition.tolist() == [0] * len(batch)
        assert batch.positions == {0: int(batch.offset[-1]) + 1}


@FORMATS
@pytest.mark.parametrize("position", range(ROWS + 1))
def test_reading_goes_on_at_any_row(
    tmp_path: Path, name: str, content: bytes, position: int
) -> None:
    source = make(tmp_path, name, content)
    assert source.open({0: position}) == {0: position}
    batches = read(source)
    assert [row for batch in batches for row in rows_of(batch)] == list(range(position, ROWS))
    assert [int(at) for batch in batches for at in batch.offset] == list(range(position, ROWS))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(polls=st.lists(st.integers(1, 30_000), min_size=1, max_size=5))
def test_blocks_of_a_large_file_join_without_a_seam(tmp_path: Path, polls: list[int]) -> None:
    rows = 20_000  # more than two blocks
    source = make(tmp_path, "f.csv", csv(rows))
    source.open({0: 10})
    found: list[int] = []
    for poll in itertools.cycle(polls):
        batch = source.poll(poll, 0.0)
        if batch is None:
            break
        assert len(batch) <= poll
        found += rows_of(batch)
    source.close()
    assert found == list(range(10, rows))


@FORMATS
def test_it_is_finished_only_after_the_last_row(tmp_path: Path, name: str, content: bytes) -> None:
    source = make(tmp_path, name, content)
    source.open(None)
    seen = []
    for _ in range(2):
        batch = source.poll(ROWS, 0.0)
        seen.append((batch is None, source.finished, source.lag()))
    assert seen == [(False, False, Lag({})), (True, True, Lag({0: 0}))]
    source.commit({0: ROWS})
    source.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", CsvFile),
        ("a.csv.gz", CsvFile),
        ("a.txt", CsvFile),
        ("a", CsvFile),
        ("a.ndjson", LinesFile),
        ("a.jsonl", LinesFile),
        ("a.json", LinesFile),
        ("a.json.gz", LinesFile),
    ],
)
def test_the_name_tells_the_format(tmp_path: Path, name: str, kind: type) -> None:
    source = make(tmp_path, name, b"")
    assert type(source) is kind
    assert source.decoder == {CsvFile: "csv", LinesFile: "json"}[kind]


@pytest.mark.parametrize(("format_", "kind"), [("csv", CsvFile), ("ndjson", LinesFile)])
def test_the_format_may_be_given(tmp_path: Path, format_: str, kind: type) -> None:
    assert type(make(tmp_path, "a.dat", b"", format=format_)) is kind


def test_another_separator_may_be_given(tmp_path: Path) -> None:
    source = make(tmp_path, "f.csv", csv(separator=";"), separator=";")
    source.open(None)
    assert [row for batch in read(source) for row in rows_of(batch)] == list(range(ROWS))


def test_cells_stay_text(tmp_path: Path) -> None:
    source = make(tmp_path, "f.csv", b'a,b\n01,"x,""y"\n,1e5\n')
    source.open(None)
    (batch,) = read(source)
    assert batch.payload.rows() == [("01", 'x,"y'), (None, "1e5")]


def test_a_last_line_needs_no_end(tmp_path: Path) -> None:
    for name, content in (("f.ndjson", ndjson()), ("f.csv", csv())):
        source = make(tmp_path, name, content.rstrip(b"\n"))
        source.open(None)
        assert sum(len(batch) for batch in read(source)) == ROWS


# --- what cannot be read ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["none.csv", ""])
def test_a_missing_file_is_told_before_anything_opens(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnavailableError, match=r"\[source\] path: there is no file"):
        subject.build(subject.Config.model_validate({"path": tmp_path / name}), "p")


@pytest.mark.parametrize("name", ["f.csv", "f.csv.gz"])
def test_an_empty_csv_is_told(tmp_path: Path, name: str) -> None:
    source = make(tmp_path, name, b"")
    with pytest.raises(DataError, match=r"\[source\] path: .* is empty"):
        source.open(None)


def test_an_empty_ndjson_has_no_record(tmp_path: Path) -> None:
    source = make(tmp_path, "f.ndjson", b"")
    source.open(None)
    assert read(source) == []


def test_a_header_alone_has_no_record(tmp_path: Path) -> None:
    source = make(tmp_path, "f.csv", b"a,y\n")
    source.open(None)
    assert read(source) == []


def test_a_row_of_too_many_cells_is_told(tmp_path: Path) -> None:
    source = make(tmp_path, "f.csv", csv() + b"1,2,3,4\n")
    source.open(None)
    with pytest.raises(DataError, match=r"f\.csv: after row "):
        read(source)


def test_a_row_of_too_few_cells_misses_them(tmp_path: Path) -> None:
    source = make(tmp_path, "f.csv", b"a,y\n1\n")
    source.open(None)
    assert read(source)[0].payload.rows() == [("1", None)]


def open_and_read(source: CsvFile | LinesFile, position: int) -> None:
    source.open({0: position})
    read(source)


def _cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _other_checksum(whole: bytes) -> bytes:
    return whole[:-6] + bytes(byte ^ 0xFF for byte in whole[-6:])


def _no_deflate(whole: bytes) -> bytes:
    return whole[:10] + b"\xff" * (len(whole) - 10)


Damage = Callable[[bytes], bytes]
DAMAGES = pytest.mark.parametrize(
    "damage", [_cut, _other_checksum, _no_deflate, lambda _: b"not gzip at all"]
)


@DAMAGES
@pytest.mark.parametrize("position", [0, 15_000])
def test_a_damaged_archive_is_told_with_its_place(
    tmp_path: Path, damage: Damage, position: int
) -> None:
    source = make(tmp_path, "f.ndjson.gz", ndjson(15_000))
    path = tmp_path / "f.ndjson.gz"
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(DataError, match=r"f\.ndjson\.gz: after line \d+: "):
        open_and_read(source, position)
    source.close()


@pytest.mark.parametrize("damage", [_cut, _other_checksum, _no_deflate])
@pytest.mark.parametrize("position", [0, 15_000])
def test_a_damaged_archive_of_csv_is_told(tmp_path: Path, damage: Damage, position: int) -> None:
    source = make(tmp_path, "f.csv.gz", csv(15_000))
    path = tmp_path / "f.csv.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"f\.csv\.gz"):
        open_and_read(source, position)


@FORMATS
@pytest.mark.parametrize("position", [ROWS + 1, ROWS + 10_000])
def test_rows_that_are_gone_are_told(
    tmp_path: Path, name: str, content: bytes, position: int
) -> None:
    source = make(tmp_path, name, content)
    with pytest.raises(DataError, match=f"has {ROWS} rows, but {position} of it were read"):
        open_and_read(source, position)
    source.close()
