"""Records as lines of a file, compressed if its name says so, or of standard output."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from simulators import encoding
from simulators.encoding import Encoding
from simulators.stream import Stream
from simulators.writers import ReaderLeftError, WriteError

_FORMATS: dict[str, Callable[[Stream], Encoding]] = {
    ".csv": encoding.csv,
    ".ndjson": encoding.ndjson,
}
_COMPRESSED = ".gz"
_STDOUT = 1


class LineWriter:
    """Lines to a byte stream, which it owns.

    Parameters
    ----------
    name : str
        What errors call the destination.
    file : BinaryIO
    prompt : bool
        Flush after every write, for a reader that follows along.
    """

    def __init__(self, name: str, file: BinaryIO, *, prompt: bool = False) -> None:
        self._name = name
        self._file = file
        self._prompt = prompt

    def write(self, records: list[bytes]) -> None:
        """Append a line for each record."""
        with _explained(self._name):
            self._file.write(b"".join(record + b"\n" for record in records))
            if self._prompt:
                self._file.flush()

    def finish(self) -> None:
        """Flush and close."""
        with _explained(self._name):
            self._file.close()

    def abandon(self) -> None:
        """Close, keeping what could be written."""
        with suppress(OSError):
            self._file.close()


def file_encoding(path: Path) -> Callable[[Stream], Encoding]:
    """Return the text form that a file's name asks for.

    Raises
    ------
    ValueError
        If its suffix is none of those known.
    """
    suffix = Path(path.stem).suffix if path.suffix == _COMPRESSED else path.suffix
    if suffix not in _FORMATS:
        allowed = ", ".join(f"{known}, {known}{_COMPRESSED}" for known in _FORMATS)
        raise ValueError(f"{str(path)!r} must end in one of {allowed}")
    return _FORMATS[suffix]


def to_file(path: Path, *, prompt: bool = False) -> LineWriter:
    """Create a file, or replace what it holds; compressed, it holds no time: runs compare equal.

    Raises
    ------
    WriteError
        If it cannot be opened.
    """
    with _explained(str(path)):
        compressed = path.suffix == _COMPRESSED
        file = gzip.GzipFile(path, "wb", 6, mtime=0) if compressed else path.open("wb")
    return LineWriter(str(path), cast("BinaryIO", file), prompt=prompt)


def to_stdout(*, prompt: bool = False) -> LineWriter:
    """Write to standard output, past Python's own buffer so that no flush is left for the exit.

    Raises
    ------
    WriteError
        If it is closed.
    """
    name = "standard output"
    with _explained(name):
        return LineWriter(name, open(_STDOUT, "wb", closefd=False), prompt=prompt)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderLeftError(f"{name}: its reader has left") from error
    except OSError as error:
        raise WriteError(f"cannot write {name}: {error.strerror or error}") from error
