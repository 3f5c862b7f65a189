"""Other libraries' objects as bytes, for a checkpoint that allows pickle."""

import pickle
from typing import Any

import numpy as np

from streamlr.errors import StorageError


def pickled(thing: Any) -> np.ndarray:  # noqa: ANN401 - any object
    """The object's bytes."""
    return np.frombuffer(pickle.dumps(thing), np.uint8)


def unpickled(data: np.ndarray, owner: str) -> Any:  # noqa: ANN401 - any object
    """The object of such bytes: this runs whatever code they name.

    Parameters
    ----------
    owner
        What the library is called.

    Raises
    ------
    StorageError
        The library, or Python, is not what wrote them.
    """
    try:
        return pickle.loads(data.tobytes())  # noqa: S301 - [checkpoint] allow_pickle said so
    except Exception as error:
        message = (
            f"the checkpoint's {owner} object cannot be read: {error}. Install the version of "
            f"{owner} that wrote it, or choose another [checkpoint] directory to begin anew"
        )
        raise StorageError(message) from error
