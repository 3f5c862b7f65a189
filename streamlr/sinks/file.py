"""A file, a line of JSON each.

After a crash the file is cut back to where it stood at the checkpoint, and the lines after it
are written again: each is there once.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from streamlr.components import ComponentConfig
from streamlr.emission import Document
from streamlr.errors import StorageError
from streamlr.sinks import Mark


class Config(ComponentConfig):
    """Lines appended to a file."""

    type: Literal["file"] = "file"
    path: Path = Field(description="the file; made where it is missing, with its folder")


def build(config: Config, table: str) -> "FileSink":
    """Prepare; nothing is opened yet."""
    return FileSink(config.path, table)


class FileSink:
    """Appends to a file and can take back its tail."""

    writes = True

    def __init__(self, path: Path, table: str) -> None:
        self._path = path
        self._table = table

    def open(self, mark: Mark | None) -> None:
        """Open for appending, cut back to the mark."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab")
            if mark is not None and "bytes" in mark:
                self._cut(mark["bytes"])
        except OSError as error:
            raise self._failure(error) from error

    def _cut(self, size: int) -> None:
        there = os.fstat(self._file.fileno()).st_size
        if there < size:
            message = (
                f"[{self._table}] path: {self._path} holds {there} bytes but had {size} at the "
                "checkpoint: "
                "it was cut or replaced. Put it back, or choose another path"
            )
            raise StorageError(message)
        self._file.truncate(size)

    def write(self, documents: Sequence[Document]) -> None:
        """A line each."""
        try:
            self._file.writelines(document.line() + b"\n" for document in documents)
        except OSError as error:
            raise self._failure(error) from error

    def flush(self) -> Mark:
        """Down to the disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failure(error) from error
        return {"bytes": os.fstat(self._file.fileno()).st_size}

    def beside(self, partition: int) -> "FileSink":  # noqa: ARG002 - one signature for every sink
        """The same file once more; sources of several partitions may not have such a sink."""
        return FileSink(self._path, self._table)

    def close(self) -> None:
        """Close the file; what a full disk did not take was told when it was flushed."""
        with contextlib.suppress(OSError):
            self._file.close()

    def _failure(self, error: OSError) -> StorageError:
        return StorageError(f"[{self._table}] path: cannot write {self._path}: {error.strerror}")
