"""Look into folders of checkpoints, and write nothing there: a daemon may be running on them."""

from pathlib import Path

import numpy as np

from streamlr.checkpoint import format as file_format
from streamlr.checkpoint.store import PATTERN
from streamlr.errors import StorageError, UnavailableError


def folders(place: Path) -> list[Path]:
    """Folders that hold checkpoints: this one, or those below it.

    Raises
    ------
    UnavailableError
        There is none.
    """
    found = sorted({path.parent for path in place.rglob(PATTERN)})
    if not found:
        raise UnavailableError(
            f"{place}: there is no checkpoint in it; give a folder of checkpoints"
        )
    return found


def only(place: Path) -> tuple[file_format.Header, dict[str, np.ndarray]]:
    """A checkpoint: this file, or the newest in the one folder that has any.

    Raises
    ------
    UnavailableError
        There is none.
    StorageError
        It cannot be read, or there are several folders.
    """
    if place.is_file():
        try:
            return file_format.decode(place.read_bytes())
        except (file_format.UnreadableError, OSError) as error:
            raise StorageError(f"{place} cannot be read as a checkpoint: {error}") from error
    found = folders(place)
    if len(found) > 1:
        listed = ", ".join(map(str, found))
        raise StorageError(f"{place}: there are several models below it; name one of {listed}")
    return newest(found[0])


def newest(folder: Path) -> tuple[file_format.Header, dict[str, np.ndarray]]:
    """The newest checkpoint of a folder that can be read.

    Raises
    ------
    StorageError
        None can.
    """
    faults = []
    for path in sorted(folder.glob(PATTERN), reverse=True):
        try:
            return file_format.decode(path.read_bytes())
        except (file_format.UnreadableError, OSError) as error:
            faults.append(f"{path}: {error}")
    raise StorageError(f"no checkpoint in {folder} can be read:\n  " + "\n  ".join(faults))
