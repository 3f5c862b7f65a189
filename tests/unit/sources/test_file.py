"""Files as streams: rows from any position in polls of any size; what cannot be read is told."""

import datetime as dt
import gzip
import io
import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamlr.errors import ConfigurationError, DataError, UnavailableError
from streamlr.records import CsvRecords, RawBatch
from streamlr.sources import Lag
from streamlr.sources import file as subject
from streamlr.sources.file.lines import LinesFile
from streamlr.sources.file.parquet import ParquetFile

ROWS = 10


def ndjson(rows: int = ROWS) -> bytes:
    return b"".join(b'{"a":%d}\n' % row for row in range(rows))


def csv(rows: int = ROWS, separator: str = ",") -> bytes:
    lines = ["a,y", *(f"{row},{row % 2}" for row in range(rows))]
    return "".join(f"{line}\n" for line in lines).replace(",", separator).encode()


def parquet(rows: int = ROWS, **more: object) -> bytes:
    file = io.BytesIO()
    columns = {"a": range(rows), "y": [row % 2 for row in range(rows)], **more}
    pl.DataFrame(columns).write_parquet(file, row_group_size=max(1, rows // 4))
    return file.getvalue()


def make(tmp_path: Path, name: str, content: bytes, **values: str) -> LinesFile | ParquetFile:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
    return subject.build(subject.Config.model_validate({"path": path, **values}), "p")


def rows_of(batch: RawBatch) -> list[int]:
    if isinstance(batch.payload, CsvRecords):
        return [int(record.replace(b";", b",").split(b",")[0]) for record in batch.payload.records]
    return [json.loads(line)["a"] for line in batch.payload]


def read(source: LinesFile | ParquetFile, poll: int = 3) -> list[RawBatch]:
    batches = []
    while not source.finished:
        batch = source.poll(poll, 0.0)
        if batch is not None:
            batches.append(batch)
    source.close()
    return batches


FORMATS = pytest.mark.parametrize(
    ("name", "content"),
    [
        ("f.csv", csv()),
        ("f.csv.gz", csv()),
        ("f.ndjson", ndjson()),
        ("f.jsonl.gz", ndjson()),
        ("f.parquet", parquet()),
    ],
    ids=["csv", "csv.gz", "ndjson", "jsonl.gz", "parquet"],
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
    ("name", "content", "decoder"),
    [
        ("a.csv", csv(), "csv"),
        ("a.CSV", csv(), "csv"),
        ("a.b.csv.gz", csv(), "csv"),
        ("a.ndjson", ndjson(), "json"),
        ("a.jsonl", ndjson(), "json"),
        ("a.json", ndjson(), "json"),
        ("a.json.gz", ndjson(), "json"),
        ("a.parquet", parquet(), "json"),
    ],
)
def test_the_name_tells_the_format(tmp_path: Path, name: str, content: bytes, decoder: str) -> None:
    source = make(tmp_path, name, content)
    source.open(None)
    assert source.decoder == decoder
    assert sum(len(batch) for batch in read(source)) == ROWS


@pytest.mark.parametrize(
    ("format_", "content"), [("csv", csv()), ("ndjson", ndjson()), ("parquet", parquet())]
)
@pytest.mark.parametrize("name", ["a", "a.dat", "a.txt.gz", ".gz", "a.ndjson"])
def test_the_format_may_be_given(tmp_path: Path, name: str, format_: str, content: bytes) -> None:
    if format_ == "parquet" and name.endswith(".gz"):
        name = "a.dat"
    source = make(tmp_path, name, content, format=format_)
    source.open(None)
    assert [row for batch in read(source) for row in rows_of(batch)] == list(range(ROWS))


@pytest.mark.parametrize("name", ["a", "a.dat", "a.txt.gz", ".gz", "a.parquet.gz", "csv"])
def test_a_name_that_does_not_tell_the_format_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(tmp_path, name, csv())
    message = str(caught.value)
    assert message.startswith(f"[source] format: the name {name!r} does not tell it")
    assert ".csv, .ndjson, .jsonl, .json, .parquet" in message


def test_a_gzipped_file_may_have_another_name(tmp_path: Path) -> None:
    source = make(tmp_path, "a.csv", gzip.compress(csv()))
    source.open(None)
    assert sum(len(batch) for batch in read(source)) == ROWS


def test_another_separator_may_be_given(tmp_path: Path) -> None:
    source = make(tmp_path, "f.csv", csv(separator=";"), separator=";")
    source.open(None)
    assert [row for batch in read(source) for row in rows_of(batch)] == list(range(ROWS))


def test_a_quoted_cell_may_hold_line_ends(tmp_path: Path) -> None:
    source = make(tmp_path, "f.csv", b'a,b\n01,"x,""y\n\n"\n,1e5\n')
    source.open(None)
    assert source.count() == 2
    (batch,) = read(source)
    assert batch.payload == CsvRecords(("a", "b"), b",", [b'01,"x,""y\n\n"\n', b",1e5\n"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.sampled_from(['1,"x\n\ny"', "2,z", '3,"open', '4,"a""b"', ""]), max_size=12),
    polls=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    data=st.data(),
)
def test_records_are_cut_alike_in_any_polls_from_any_position(
    tmp_path: Path, lines: list[str], polls: list[int], data: st.DataObject
) -> None:
    content = "".join(f"{line}\n" for line in ["a,y", *lines]).encode()
    whole = make(tmp_path, "f.csv", content)
    whole.open(None)
    expected = [record for batch in read(whole, 1000) for record in batch.payload.records]
    assert b"".join(expected) == content.removeprefix(b"a,y\n")
    assert whole.count() == len(expected)

    position = data.draw(st.integers(0, len(expected)))
    source = make(tmp_path, "f.csv", content)
    source.open({0: position})
    found: list[bytes] = []
    for poll in itertools.cycle(polls):
        batch = source.poll(poll, 0.0)
        if batch is None:
            break
        assert len(batch) <= poll
        assert batch.offset[0] == position + len(found)
        found += batch.payload.records
    source.close()
    assert found == expected[position:]


@pytest.mark.parametrize("rows", [1, 20_000])
def test_an_open_quote_takes_its_own_line_only(tmp_path: Path, rows: int) -> None:
    source = make(tmp_path, "f.csv", b'a,y\n"oops,1\n' + csv(rows).partition(b"\n")[2])
    source.open(None)
    records = [record for batch in read(source, 500) for record in batch.payload.records]
    assert records[0] == b'"oops,1\n'
    assert len(records) == rows + 1


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (b"\xef\xbb\xbfa,y\r\n", ("a", "y")),
        (b'"a b","y,""z"""\n', ("a b", 'y,"z"')),
        (b"a,y", ("a", "y")),
    ],
)
def test_headers_of_all_sorts(tmp_path: Path, header: bytes, columns: tuple[str, ...]) -> None:
    source = make(tmp_path, "f.csv", header + b"\n1,2\n" * (header[-1:] != b"\n") + b"1,2")
    source.open(None)
    assert read(source)[0].payload.columns == columns


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"\n", "the first line is blank; it must name the columns"),
        (b"a,y,a\n", "the header names 'a' more than once"),
        (b"a,\xff\n", "the header is not UTF-8 text"),
    ],
)
def test_a_header_that_is_none_is_told(tmp_path: Path, header: bytes, why: str) -> None:
    source = make(tmp_path, "f.csv", header + b"1,2,3\n")
    source.open(None)
    with pytest.raises(DataError, match=rf"f\.csv: {why}"):
        source.poll(3, 0.0)
    source.close()


# --- Parquet ------------------------------------------------------------------------------------


def test_values_of_parquet_keep_every_bit(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=500) * 10.0 ** np.arange(-250, 250)
    file = tmp_path / "f.parquet"
    pl.DataFrame({"a": values}).write_parquet(file)
    source = make(tmp_path, "f.parquet", file.read_bytes())
    source.open(None)
    assert [json.loads(line)["a"] for batch in read(source, 77) for line in batch.payload] == list(
        values
    )


def test_columns_of_parquet_are_fields_of_json(tmp_path: Path) -> None:
    columns: dict[str, Any] = {
        "a": [1.5, math.nan, math.inf, None],
        "whole": [2**62, -1, 0, None],
        "flag": [True, False, None, None],
        "text": ["x\ny", "", "é", None],
        "kind": pl.Series(["p", "q", "p", None], dtype=pl.Categorical),
        "money": pl.Series(["1.10", "2", None, None]).cast(pl.Decimal(9, 2)),
        "day": [dt.date(2026, 1, 2), None, None, None],
        "bytes": [b"\xff", None, None, None],
        "list": [[1], None, None, None],
        "struct": [{"a": 1}, None, None, None],
    }
    file = tmp_path / "made.parquet"
    pl.DataFrame(columns).write_parquet(file)
    source = make(tmp_path, "f.parquet", file.read_bytes())
    source.open(None)
    found = [json.loads(line) for batch in read(source) for line in batch.payload]
    names = ("a", "whole", "flag", "text", "kind", "money", "day")
    assert [list(record) for record in found] == [list(names)] * 4
    assert list(found[0].values()) == [1.5, 2**62, True, "x\ny", "p", 1.1, "2026-01-02"]
    assert [record["a"] for record in found] == [1.5, None, None, None]


def test_parquet_that_is_none_is_told(tmp_path: Path) -> None:
    source = make(tmp_path, "f.parquet", csv())
    with pytest.raises(DataError, match=r"cannot read .*f\.parquet as Parquet: "):
        source.open(None)


def test_parquet_without_a_row_is_told(tmp_path: Path) -> None:
    source = make(tmp_path, "f.parquet", parquet(0))
    with pytest.raises(DataError, match=r"f\.parquet is empty: it has columns, but no row"):
        source.open(None)


def test_parquet_that_is_damaged_is_told_with_its_place(tmp_path: Path) -> None:
    whole = bytearray(parquet(50_000, b=np.random.default_rng(1).normal(size=50_000)))
    third = len(whole) // 3
    whole[third : 2 * third] = bytes(third)
    source = make(tmp_path, "f.parquet", bytes(whole))
    source.open(None)
    with pytest.raises(DataError, match=r"f\.parquet: after row \d+: "):
        read(source, 5000)


# --- text -----------------------------------------------------------------------------------------


def test_a_last_line_needs_no_end(tmp_path: Path) -> None:
    for name, content in (("f.ndjson", ndjson()), ("f.csv", csv())):
        source = make(tmp_path, name, content.rstrip(b"\n"))
        source.open(None)
        assert sum(len(batch) for batch in read(source)) == ROWS


# --- what cannot be read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x.parquet", r"there is no file .*x\.parquet$"),
        ("row.csv", r"there is no file .*row\.csv \(did you mean 'rows\.csv'\?\)$"),
        ("no/rows.csv", r"there is no file .*rows\.csv$"),
        ("", "is not a file$"),
    ],
)
def test_a_missing_file_is_told_before_anything_opens(
    tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "rows.csv").write_text("a\n")
    with pytest.raises(UnavailableError, match=rf"\[source\] path: .*{words}"):
        subject.build(subject.Config.model_validate({"path": tmp_path / name}), "p")


@pytest.mark.parametrize("name", ["f.csv", "f.ndjson", "f.csv.gz", "f.parquet"])
def test_an_empty_file_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    with pytest.raises(DataError, match=r"\[source\] path: .* is empty"):
        subject.build(subject.Config.model_validate({"path": path}), "p")


def test_a_header_alone_has_no_record(tmp_path: Path) -> None:
    source = make(tmp_path, "f.csv", b"a,y\n")
    source.open(None)
    assert read(source) == []


def open_and_read(source: LinesFile | ParquetFile, position: int) -> None:
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
@pytest.mark.parametrize(("name", "content"), [("f.ndjson.gz", ndjson), ("f.csv.gz", csv)])
@pytest.mark.parametrize("position", [0, 15_000])
def test_a_damaged_archive_is_told_with_its_place(
    tmp_path: Path, damage: Damage, name: str, content: Callable[[int], bytes], position: int
) -> None:
    source = make(tmp_path, name, content(15_000))
    path = tmp_path / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=rf"{name}: after line \d+: "):
        open_and_read(source, position)
    source.close()


@FORMATS
@pytest.mark.parametrize("position", [ROWS + 1, ROWS + 10_000])
def test_rows_that_are_gone_are_told(
    tmp_path: Path, name: str, content: bytes, position: int
) -> None:
    source = make(tmp_path, name, content)
    with pytest.raises(DataError, match=f"has {ROWS} records, but {position} of it were read"):
        open_and_read(source, position)
    source.close()
