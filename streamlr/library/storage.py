"""A model's state as a file or as bytes: the daemon's checkpoints, from both sides."""

from pathlib import Path

import numpy as np
from msgspec import structs

from streamlr.checkpoint import format as file_format
from streamlr.checkpoint.format import Header
from streamlr.checkpoint.store import write_whole
from streamlr.engine import IN_PYTHON, WAITING
from streamlr.errors import StorageError, UnavailableError
from streamlr.pipeline import OF_LABELS, OF_SHIFTS

Stored = tuple[Header, dict[str, np.ndarray]]
"""What is in a checkpoint."""


def read(path: Path) -> bytes:
    """A file's bytes.

    Raises
    ------
    UnavailableError
        It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(f"cannot read the model {path}: {error.strerror}") from error


def write(path: Path, state: bytes) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    try:
        write_whole(path, state)
    except OSError as error:
        raise StorageError(f"cannot write the model {path}: {error.strerror}") from error


def decoded(state: bytes, name: str, *, allow_pickle: bool) -> Stored:
    """What the bytes hold; ``name`` is what messages call them.

    Raises
    ------
    StorageError
        They are damaged, of another version, or hold a pickle that is not allowed.
    """
    try:
        header, arrays = file_format.decode(state)
    except file_format.UnreadableError as error:
        raise StorageError(f"{name} cannot be read as a model: {error}") from error
    if not allow_pickle and any(_is_pickle(array) for array in arrays):
        message = (
            f"{name} holds an object as a pickle, and reading one runs the code in it; pass "
            "allow_pickle=True if you trust whoever could have written it"
        )
        raise StorageError(message)
    return without_labels(header, arrays, name)


def _is_pickle(array: str) -> bool:
    return array.startswith(IN_PYTHON) and array.endswith(".pickle")


def without_labels(header: Header, arrays: dict[str, np.ndarray], name: str) -> Stored:
    """A model alone joins no labels: predictions of a daemon that wait for theirs are left out.

    So is what it looks for shifts by.

    Raises
    ------
    StorageError
        They are all that it makes: forecasts.
    """
    components = dict(header.components)
    joined = components.get("labels", {}).get("type")
    if joined == "ahead":
        message = (
            f"{name} is of forecasts ([labels] type = 'ahead'), which a model alone does not make: "
            "it sees no stream; run the daemon on it"
        )
        raise StorageError(message)
    if joined != "inline":
        components.pop("labels", None)
    kept = {
        name: array[:0] if name.startswith(WAITING) else array
        for name, array in arrays.items()
        if not name.startswith((OF_LABELS, OF_SHIFTS))
    }
    return structs.replace(header, components=components), kept
