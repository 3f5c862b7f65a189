"""A folder of checkpoints: written whole or not at all, the newest good one is used.

A file is written beside its place, forced to the disk, and renamed into it. A reader sees all
of it or none, whenever the power goes.
"""

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import structlog

from streamlr.checkpoint import format as file_format
from streamlr.errors import StorageError

log = structlog.get_logger("streamlr.checkpoint")
PATTERN = "checkpoint-*.safetensors"
_OWNED = re.compile(r"checkpoint-(?P<owner>\d{10})-\d{20}\.")


class Written(NamedTuple):
    """A checkpoint's file, and its size in bytes."""

    path: Path
    size: int


class Store:
    """Checkpoints of one pipeline.

    Parameters
    ----------
    directory
        Made where it is missing.
    keep
        How many are kept.

    Raises
    ------
    StorageError
        The folder cannot be made or written.
    """

    def __init__(self, directory: Path, keep: int) -> None:
        self._directory = directory
        self._keep = keep
        self._owner = ""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=directory):
                pass
        except OSError as error:
            raise self._failure(error) from error

    def claim(self) -> None:
        """Own the folder from now on: checkpoints of former owners count no more, written whenever.

        A former owner may have been stopped, and not know yet that others took its place.
        """
        owners = [
            int(match["owner"]) for p in self._newest_first() if (match := _OWNED.match(p.name))
        ]
        self._owner = f"{max(owners, default=0) + 1:010d}-"

    def write(
        self, sequence: int, header: file_format.Header, arrays: Mapping[str, np.ndarray]
    ) -> Written:
        """Store one checkpoint atomically and let the oldest go.

        Parameters
        ----------
        sequence
            Records processed: names the file, so that later ones of an owner sort after it.

        Raises
        ------
        StorageError
            It cannot be written; those there are untouched.
        """
        path = self._directory / f"checkpoint-{self._owner}{sequence:020d}.safetensors"
        data = file_format.encode(header, arrays)
        try:
            # beside it under a name of its own: a former owner may be writing too
            write_whole(path, data, path.with_suffix(f".{secrets.token_hex(8)}.tmp"))
            for old in (*self._newest_first()[self._keep :], *self._left_behind(sequence)):
                old.unlink(missing_ok=True)
        except OSError as error:
            raise self._failure(error) from error
        return Written(path, len(data))

    def newest(self) -> tuple[file_format.Header, dict[str, np.ndarray]] | None:
        """The newest checkpoint that can be read; None where there is none at all.

        Raises
        ------
        StorageError
            There are checkpoints but none can be read: starting from nothing would not be what
            anybody wants.
        """
        faults = []
        for path in self._newest_first():
            try:
                return file_format.decode(path.read_bytes())
            except (file_format.UnreadableError, OSError) as error:
                faults.append(f"{path}: {error}")
                log.error(  # noqa: TRY400 - the reason says it all; a traceback adds nothing
                    "checkpoint cannot be read, trying the one before",
                    path=str(path),
                    why=str(error),
                )
        if faults:
            message = "[checkpoint] directory: no checkpoint there can be read:\n  " + "\n  ".join(
                faults
            )
            raise StorageError(message + "\nMove them away to begin anew")
        return None

    def _newest_first(self) -> list[Path]:
        return sorted(self._directory.glob(PATTERN), reverse=True)

    def _left_behind(self, sequence: int) -> list[Path]:
        """Files that a crash left before they were whole."""
        return [
            path
            for path in self._directory.glob("checkpoint-*.*.tmp")
            if path.name <= f"checkpoint-{self._owner}{sequence:020d}.~"
        ]

    def _failure(self, error: OSError) -> StorageError:
        return StorageError(
            f"[checkpoint] directory: cannot write {self._directory}: {error.strerror}"
        )


def write_whole(path: Path, data: bytes, temporary: Path | None = None) -> None:
    """Write a file so that whatever happens it holds all of this, or what it held before.

    Parameters
    ----------
    temporary
        Where it is written first; by default under its own name, with the suffix ``.tmp``.

    Raises
    ------
    OSError
        It cannot be written.
    """
    temporary = temporary or path.with_suffix(".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
