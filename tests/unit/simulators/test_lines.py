"""Files by suffix, and what becomes of one that cannot be written."""

import gzip
import os
from pathlib import Path

import pytest

from simulators.encoding import csv, ndjson
from simulators.writers import ReaderLeftError, WriteError
from simulators.writers.lines import file_encoding, to_file


def test_a_file_holds_a_line_for_each_record(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text("what was there before")
    writer = to_file(path)
    writer.write([b"a", b"b"])
    writer.write([b"c"])
    writer.finish()
    assert path.read_bytes() == b"a\nb\nc\n"


def test_a_compressed_file_is_the_same_bytes_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = []
    for now in (1e9, 2e9):
        monkeypatch.setattr("time.time", lambda now=now: now)
        writer = to_file(tmp_path / "rows.csv.gz")
        writer.write([b"a"])
        writer.finish()
        contents.append((tmp_path / "rows.csv.gz").read_bytes())
    assert contents[0] == contents[1]
    assert gzip.decompress(contents[0]) == b"a\n"


@pytest.mark.parametrize("name", ["rows.ndjson", "rows.ndjson.gz"])
def test_a_prompt_file_can_be_followed(tmp_path: Path, name: str) -> None:
    writer = to_file(tmp_path / name, prompt=True)
    sizes = []
    for _ in range(3):
        writer.write([b"a"])
        sizes.append((tmp_path / name).stat().st_size)
    writer.abandon()
    assert 0 < sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("name", ["a.csv", "a.b.csv", "a.csv.gz"])
def test_csv_is_known_by_its_suffix(name: str) -> None:
    assert file_encoding(Path(name)) is csv


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "dir.csv/a.ndjson"])
def test_ndjson_is_known_by_its_suffix(name: str) -> None:
    assert file_encoding(Path(name)) is ndjson


@pytest.mark.parametrize("name", ["a", "a.txt", "a.gz", "a.CSV", ".csv", "a.csv.zip"])
def test_another_suffix_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"must end in one of \.csv, \.csv\.gz, \.ndjson") as no:
        file_encoding(Path(name))
    assert name in str(no.value)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    path = tmp_path / "none" / "rows.csv"
    with pytest.raises(WriteError, match="No such file or directory") as no:
        to_file(path)
    assert str(path) in str(no.value)


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    link = tmp_path / "rows.csv"
    link.symlink_to("/dev/full")
    writer = to_file(link)
    writer.write([b"a"])
    with pytest.raises(WriteError, match="No space left on device"):
        writer.finish()
    writer.abandon()


def test_a_pipe_whose_reader_left_is_told_apart(tmp_path: Path) -> None:
    pipe = tmp_path / "rows.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writer = to_file(pipe, prompt=True)
    os.close(reader)
    with pytest.raises(ReaderLeftError):
        writer.write([b"a"])
    writer.abandon()
