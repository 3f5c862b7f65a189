"""A scheduler's state in lists, numbers and texts: back to arrays, and whose state it is."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from streamlr import state_tree
from streamlr.errors import StorageError

FORMAT = 1

Plain = dict[str, Any]
"""Nothing but what JSON has."""


def as_lists(arrays: Mapping[str, np.ndarray]) -> Plain:
    """Arrays as lists: every number is itself again when it comes back."""
    return {name: array.tolist() for name, array in arrays.items()}


def fill(tree: Any, lists: Mapping[str, Any]) -> None:  # noqa: ANN401 - any state
    """Copy lists into a tree's arrays.

    Raises
    ------
    ValueError
        An array is missing, left over, or of another shape; the tree is then untouched.
    """
    state_tree.fill(tree, as_arrays(state_tree.flatten(tree), lists))


def as_arrays(own: Mapping[str, np.ndarray], lists: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Lists as arrays of the types and shapes of ``own``, which they came from.

    Raises
    ------
    ValueError
        One is missing, left over, or of another size.
    """
    if own.keys() != lists.keys():
        odd = ", ".join(sorted(own.keys() ^ lists.keys()))
        raise ValueError(f"arrays differ in name: {odd}")
    return {
        name: np.array(lists[name], array.dtype).reshape(array.shape) for name, array in own.items()
    }


def refuse_other(own: Mapping[str, Any], other: Any) -> None:  # noqa: ANN401 - unchecked
    """Check everything about a state but its arrays.

    Raises
    ------
    StorageError
        It is no state, or that of a scheduler unlike the one whose state is ``own``.
    """
    known = isinstance(other, Mapping) and "format" in other
    if not known or (other["format"] == FORMAT and other.keys() != own.keys()):
        message = "this is no state of a LearningRateScheduler; give what state_dict returned"
        raise StorageError(message)
    if other["format"] != FORMAT:
        message = (
            f"the scheduler's state is of format {other['format']!r}, and this version of streamlr "
            f"reads {FORMAT}; install the version that wrote it, or begin anew"
        )
        raise StorageError(message)
    unlike = [
        difference
        for table in ("schedule", "detector", "frequency")
        for difference in _differences(table, own[table], other[table])
    ]
    if unlike:
        message = f"the state is that of a scheduler with other settings: {'; '.join(unlike)}"
        raise StorageError(f"{message}. Make this one with the same")
    ours, theirs = own["relative_to"], other["relative_to"]
    if [bases is None for bases in ours] != [bases is None for bases in theirs]:
        message = (
            f"the state is that of a scheduler that drove {_driving(theirs)}; this one drives "
            f"{_driving(ours)}: call drive as there, before"
        )
        raise StorageError(message)


def _differences(table: str, own: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    keys = sorted(own.keys() | other.keys(), key=lambda key: (key != "type", key))
    unlike = [key for key in keys if own.get(key) != other.get(key)]
    if "type" in unlike:
        unlike = ["type"]
    return [f"[{table}] {key} = {other.get(key)!r}, here {own.get(key)!r}" for key in unlike]


def _driving(bases: list[Any]) -> str:
    relative = sum(each is not None for each in bases)
    return f"{len(bases)} things, {relative} of them with relative=True"
