"""Lines in a file, each there once: after a crash the file is cut back to the checkpoint's mark."""

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from streamlr.emission import Document
from streamlr.errors import StorageError
from streamlr.sinks import file as subject
from streamlr.sinks.file import FileSink


def document(text: str) -> Document:
    return Document(0, 0, None, text.encode(), {})


def sink(path: Path, mark: dict[str, int] | None = None) -> FileSink:
    made = subject.build(subject.Config(path=path), "sink")
    made.open(mark)
    return made


def write(path: Path, *texts: str, mark: dict[str, int] | None = None) -> dict[str, int]:
    """Write lines in one life of the sink; return its mark."""
    made = sink(path, mark)
    made.write([document(text) for text in texts])
    after = made.flush()
    made.close()
    return after


def test_each_document_is_a_line(tmp_path: Path) -> None:
    made = sink(tmp_path / "f")
    made.write([document("a"), document("b")])
    made.write([])
    made.write([Document(0, 0, None, b"\n", {"reason": "x"})])
    assert made.flush() == {"bytes": (tmp_path / "f").stat().st_size}
    made.close()
    assert (tmp_path / "f").read_bytes() == b'a\nb\n{"reason":"x","value_base64":"Cg=="}\n'


def test_the_folder_is_made(tmp_path: Path) -> None:
    write(tmp_path / "new" / "folder" / "f", "a")
    assert (tmp_path / "new" / "folder" / "f").read_bytes() == b"a\n"


def test_without_a_mark_lines_are_added(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"old\n")
    assert write(tmp_path / "f", "a") == {"bytes": 6}
    assert (tmp_path / "f").read_bytes() == b"old\na\n"


def test_what_was_written_after_the_mark_is_taken_back(tmp_path: Path) -> None:
    mark = write(tmp_path / "f", "kept")
    write(tmp_path / "f", "lost", "half a li")
    write(tmp_path / "f", "again", mark=mark)
    assert (tmp_path / "f").read_bytes() == b"kept\nagain\n"


@pytest.mark.parametrize("mark", [None, {}])
def test_a_mark_of_nothing_takes_nothing_back(tmp_path: Path, mark: dict[str, int] | None) -> None:
    """As of a pipeline whose sink was of another type before."""
    write(tmp_path / "f", "a")
    write(tmp_path / "f", "b", mark=mark)
    assert (tmp_path / "f").read_bytes() == b"a\nb\n"


def test_a_mark_at_the_end_changes_nothing(tmp_path: Path) -> None:
    mark = write(tmp_path / "f", "a")
    sink(tmp_path / "f", mark).close()
    assert (tmp_path / "f").read_bytes() == b"a\n"


@pytest.mark.parametrize("there", [b"", b"a\n", None])
def test_a_file_shorter_than_the_mark_is_refused(tmp_path: Path, there: bytes | None) -> None:
    if there is not None:
        (tmp_path / "f").write_bytes(there)
    made = subject.build(subject.Config(path=tmp_path / "f"), "sink")
    with pytest.raises(StorageError) as caught:
        made.open({"bytes": 3})
    made.close()
    size = len(there or b"")
    assert str(caught.value).startswith(
        f"[sink] path: {tmp_path / 'f'} holds {size} bytes but had 3"
    )
    assert (tmp_path / "f").read_bytes() == (there or b"")


def test_a_path_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(StorageError, match=r"\[sink\] path: cannot write .*: (File exists|Not a)"):
        sink(tmp_path / "f" / "g")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    made = subject.build(subject.Config(path=tmp_path), "dead_letters")
    with pytest.raises(StorageError, match=r"\[dead_letters\] path: cannot write .*: Is a dir"):
        made.open(None)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sink(tmp_path / "f")
    made.write([document("a")])

    def fail(_descriptor: int) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(StorageError, match="No space left"):
            made.flush()
    made.close()


def test_a_mark_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checkpoint that holds the mark must not outlive the lines before it."""
    made = sink(tmp_path / "f")
    made.write([document("a")])
    sizes = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: sizes.append(os.fstat(descriptor).st_size))
    assert made.flush() == {"bytes": 2}
    assert sizes == [2]
    made.close()
