"""Walk a tree of NamedTuples whose leaves are arrays: naming, filling and hashing it."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


def leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:  # noqa: ANN401 - any state
    """Arrays with their dotted names, in the tree's order.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> class Pair(NamedTuple):
    ...     left: np.ndarray
    ...     right: np.ndarray
    >>> [name for name, _ in leaves(Pair(np.zeros(1), Pair(np.ones(1), np.ones(2))))]
    ['left', 'right.left', 'right.right']
    """
    for name, value in tree._asdict().items():
        if isinstance(value, np.ndarray):
            yield prefix + name, value
        else:
            yield from leaves(value, f"{prefix}{name}.")


def flatten(tree: Any) -> dict[str, np.ndarray]:  # noqa: ANN401 - any state
    """Dotted name → array (not copied)."""
    return dict(leaves(tree))


def fill(tree: Any, arrays: Mapping[str, np.ndarray]) -> None:  # noqa: ANN401 - any state
    """Copy arrays into the tree's own.

    Raises
    ------
    ValueError
        An array is missing, left over, or of another shape or type; the tree is then untouched.
    """
    own = flatten(tree)
    if own.keys() != arrays.keys():
        odd = sorted(own.keys() ^ arrays.keys())
        message = f"arrays differ in name: {', '.join(odd)}"
        raise ValueError(message)
    for name, array in own.items():
        stored = arrays[name]
        if stored.shape != array.shape or stored.dtype != array.dtype:
            message = f"{name} is {stored.dtype}{stored.shape}, not {array.dtype}{array.shape}"
            raise ValueError(message)
    for name, array in own.items():
        array[...] = arrays[name]


def below(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Those whose name begins with the prefix, under the rest of their names.

    Examples
    --------
    >>> below({"a.b.c": np.zeros(1), "a.d": np.ones(1)}, "a.b.")
    {'c': array([0.])}
    """
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def digest(tree: Any) -> str:  # noqa: ANN401 - any state
    """Hash of every bit of the state: equal digests, equal states."""
    hasher = hashlib.blake2b(digest_size=16)
    for name, array in leaves(tree):
        hasher.update(f"{name}{array.dtype}{array.shape}".encode())
        hasher.update(np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()
