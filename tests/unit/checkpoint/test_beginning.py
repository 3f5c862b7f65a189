"""How state by partition began: the first to say so is heard, and nobody changes it."""

from pathlib import Path

import pytest
from msgspec import structs

from streamlr.checkpoint import beginning
from streamlr.checkpoint.format import Header
from streamlr.errors import StorageError

HEADER = Header(
    pipeline="p",
    components={"stream": {"label": "y"}},
    features=("a", "b"),
    categories=(),
    label="y",
    classes=(),
    positions={0: 5, 1: 7},
    marks={},
)


def test_nothing_is_there_before_it_is_written(tmp_path: Path) -> None:
    assert beginning.read(tmp_path) is None
    assert beginning.read(tmp_path / "missing") is None


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert beginning.write(tmp_path / "new", HEADER) == HEADER
    assert beginning.read(tmp_path / "new") == HEADER


def test_the_first_wins(tmp_path: Path) -> None:
    beginning.write(tmp_path, HEADER)
    second = structs.replace(HEADER, features=("c",))
    assert beginning.write(tmp_path, second) == HEADER
    assert [path.name for path in tmp_path.iterdir()] == [beginning.FILE]


def test_a_damaged_one_is_told(tmp_path: Path) -> None:
    (tmp_path / beginning.FILE).write_bytes(b'{"pipeline":')
    with pytest.raises(StorageError, match=r"cannot read .*beginning\.json, .* Put it back, or"):
        beginning.read(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"\[checkpoint\] directory: cannot write"):
        beginning.write(tmp_path / "file" / "below", HEADER)


def test_the_other_unit_s_folder_is_refused(tmp_path: Path) -> None:
    beginning.require_none(tmp_path)
    beginning.write(tmp_path, HEADER)
    with pytest.raises(StorageError, match=r"holds state by partition.*unit = 'partition'"):
        beginning.require_none(tmp_path)


def test_a_whole_pipeline_s_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"checkpoint-{3:020d}.safetensors").write_bytes(b"")
    with pytest.raises(StorageError, match=r"holds state of the whole.*unit = 'pipeline'"):
        beginning.read(tmp_path)
