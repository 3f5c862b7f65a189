"""A folder of checkpoints: the newest good one is used, whatever happened to the others."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import structlog

from streamlr.checkpoint.format import Header
from streamlr.checkpoint.store import Store
from streamlr.errors import StorageError


def header(position: int = 0) -> Header:
    return Header(
        pipeline="p",
        components={},
        features=("a",),
        categories=("c",),
        label="y",
        classes=(),
        positions={0: position},
        marks={},
    )


def write(store: Store, sequence: int) -> Path:
    return store.write(sequence, header(sequence), {"a": np.full(4, float(sequence))}).path


def newest_position(store: Store) -> int:
    stored = store.newest()
    assert stored is not None
    found, arrays = stored
    assert arrays["a"][0] == found.positions[0]
    return found.positions[0]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_with(code: int) -> Callable[..., NoReturn]:
    def fail(*_arguments: object, **_more: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    return fail


def test_an_empty_folder_holds_none(tmp_path: Path) -> None:
    assert Store(tmp_path / "new" / "folder", 3).newest() is None
    assert files(tmp_path / "new" / "folder") == []


def test_the_newest_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path, 3)
    for sequence in (1, 20, 3):  # by number, not by the time of writing
        write(store, sequence)
    assert newest_position(store) == 20
    assert newest_position(Store(tmp_path, 3)) == 20


@pytest.mark.parametrize("keep", [1, 2, 5])
def test_the_newest_few_are_kept(tmp_path: Path, keep: int) -> None:
    store = Store(tmp_path, keep)
    for sequence in range(8, 12):
        write(store, sequence)
    kept = range(max(8, 12 - keep), 12)
    assert files(tmp_path) == [f"checkpoint-{number:020d}.safetensors" for number in kept]


def test_the_same_sequence_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path, 3)
    write(store, 5)
    store.write(5, header(5), {"a": np.full(4, 5.0), "b": np.zeros(1)})
    stored = store.newest()
    assert stored is not None
    assert set(stored[1]) == {"a", "b"}
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, None])
def test_a_damaged_one_gives_way_to_the_one_before(tmp_path: Path, damage: bytes | None) -> None:
    store = Store(tmp_path, 3)
    write(store, 1)
    path = write(store, 2)
    path.write_bytes(path.read_bytes()[:-1] if damage is None else damage)
    with structlog.testing.capture_logs() as lines:
        assert newest_position(store) == 1
    (line,) = lines
    assert line["path"] == str(path)
    assert line["log_level"] == "error"
    assert "damaged" in line["why"]


def test_one_that_cannot_be_read_gives_way_too(tmp_path: Path) -> None:
    store = Store(tmp_path, 3)
    write(store, 1)
    (tmp_path / f"checkpoint-{2:020d}.safetensors").mkdir()
    assert newest_position(store) == 1


def test_nothing_but_damaged_ones_is_an_error_that_names_them(tmp_path: Path) -> None:
    store = Store(tmp_path, 3)
    paths = [write(store, sequence) for sequence in (1, 2)]
    for path in paths:
        path.write_bytes(b"x")
    with pytest.raises(StorageError) as caught:
        store.newest()
    message = str(caught.value)
    assert message.startswith("[checkpoint] directory: no checkpoint there can be read")
    assert all(str(path) in message for path in paths)
    assert message.endswith("Move them away to begin anew")


@pytest.mark.parametrize(
    "name",
    [
        f"checkpoint-{9:020d}.tmp",
        f"checkpoint-{9:020d}.safetensors.tmp",
        f".checkpoint-{9:020d}.safetensors",
        "notes.txt",
    ],
)
def test_other_files_are_not_looked_at(tmp_path: Path, name: str) -> None:
    """A crash between writing and renaming leaves the temporary file behind."""
    store = Store(tmp_path, 1)
    whole = write(store, 9).read_bytes()
    (tmp_path / f"checkpoint-{9:020d}.safetensors").unlink()
    write(store, 1)
    (tmp_path / name).write_bytes(whole)
    assert newest_position(store) == 1
    write(store, 2)
    assert newest_position(store) == 2
    assert (tmp_path / name).exists()


def test_a_crash_before_the_renaming_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path, 3)
    write(store, 1)

    class CrashError(BaseException):
        """No exception handler sees a power cut."""

    def crash(*_arguments: object) -> NoReturn:
        raise CrashError

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", crash)
        with pytest.raises(CrashError):
            write(store, 2)
    assert any(name.startswith(f"checkpoint-{2:020d}.") for name in files(tmp_path))
    again = Store(tmp_path, 3)
    assert newest_position(again) == 1
    write(again, 2)  # the temporary file left behind goes
    assert newest_position(again) == 2
    assert files(tmp_path) == [f"checkpoint-{number:020d}.safetensors" for number in (1, 2)]


def test_it_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut could leave a whole name with half a file."""
    done: list[str] = []
    replace, fsync = Path.replace, os.fsync

    def noted_replace(path: Path, target: Path) -> Path:
        done.append("replace")
        return replace(path, target)

    def noted_fsync(descriptor: int) -> None:
        kind = "folder" if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir() else "file"
        done.append(f"fsync {kind}")
        fsync(descriptor)

    monkeypatch.setattr(Path, "replace", noted_replace)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    write(Store(tmp_path, 3), 1)
    assert done == ["fsync file", "replace", "fsync folder"]


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.open"])
def test_a_full_disk_is_told_and_leaves_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store = Store(tmp_path, 3)
    write(store, 1)
    with monkeypatch.context() as patched:
        patched.setattr(step, fail_with(errno.ENOSPC))
        with pytest.raises(StorageError, match=r"directory: cannot write .*: No space left"):
            write(store, 2)
    assert files(tmp_path) == [f"checkpoint-{1:020d}.safetensors"]
    write(store, 3)
    assert newest_position(store) == 3


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"\[checkpoint\] directory: cannot write .*: Not a dir"):
        Store(tmp_path / "file" / "folder", 3)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot write .*file: "):
        Store(tmp_path / "file", 3)


def test_a_folder_that_cannot_be_written_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", fail_with(errno.EROFS))
    with pytest.raises(StorageError, match="Read-only file system"):
        Store(tmp_path, 3)


def test_a_former_owner_s_checkpoints_count_no_more(tmp_path: Path) -> None:
    """It may have been stopped for a while, and not know that others took its place."""
    former, owner = Store(tmp_path, 3), Store(tmp_path, 3)
    former.claim()
    write(former, 5)
    owner.claim()
    write(owner, 4)
    write(former, 9)
    assert newest_position(owner) == 4
    for sequence in range(5, 9):
        write(owner, sequence)
        write(former, sequence + 10)
        assert newest_position(Store(tmp_path, 3)) == sequence
    next_owner = Store(tmp_path, 3)
    next_owner.claim()
    write(next_owner, 1)
    assert newest_position(owner) == 1
