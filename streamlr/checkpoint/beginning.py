"""How state by partition began: one file that every member of a group reads, and nobody changes.

It holds what all partitions have in common, the schema and the settings, and where each began. The
first member to know that writes it, in one step; who comes second reads what the first wrote.
"""

import contextlib
import os
import secrets
from pathlib import Path

import msgspec

from streamlr.checkpoint.format import Header
from streamlr.checkpoint.store import PATTERN
from streamlr.errors import StorageError

FILE = "beginning.json"


def read(folder: Path) -> Header | None:
    """What was written there; None before anything was.

    Raises
    ------
    StorageError
        It cannot be read, or the folder holds the state of a whole pipeline.
    """
    if next(folder.glob(PATTERN), None) is not None:
        raise _other_unit(folder, "of the whole pipeline", "pipeline")
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Header)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        message = (
            f"[checkpoint] directory: cannot read {path}, which says how the partitions' state "
            f"began: {error}. Put it back, or choose another directory to begin anew"
        )
        raise StorageError(message) from error


def write(folder: Path, header: Header) -> Header:
    """Write it, unless it is there; return what stands there now.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    temporary = folder / f"{FILE}.{secrets.token_hex(8)}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(msgspec.json.encode(header))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(temporary, folder / FILE)  # whole or not at all, and the first wins
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        message = f"[checkpoint] directory: cannot write {folder}: {error.strerror}"
        raise StorageError(message) from error
    return read(folder) or header


def require_none(folder: Path) -> None:
    """Refuse a folder that holds state by partition.

    Raises
    ------
    StorageError
        It does.
    """
    if (folder / FILE).exists():
        raise _other_unit(folder, "by partition", "partition")


def _other_unit(folder: Path, kind: str, unit: str) -> StorageError:
    return StorageError(
        f"[checkpoint] directory: {folder} holds state {kind}. Set [state] unit = {unit!r} to go "
        "on with it, or choose another directory to begin anew"
    )
