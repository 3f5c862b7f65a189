"""Walk a tree of NamedTuples whose leaves are arrays: naming, filling and hashing it."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


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


def reading(tree: T, scratch: Collection[str] = (), prefix: str = "") -> T:
    """The same tree to read from, its arrays neither copied nor writable.

    Those named in ``scratch`` are arrays of their own, for whoever computes in them.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> class Pair(NamedTuple):
    ...     left: np.ndarray
    ...     right: np.ndarray
    >>> pair = Pair(np.zeros(1), np.ones(1))
    >>> view = reading(pair, ["right"])
    >>> pair.left[0] = view.right[0] = 7.0
    >>> view.left, pair.right, view.left.flags.writeable
    (array([7.]), array([1.]), False)
    """
    parts = tree._asdict()  # type: ignore[attr-defined]
    for name, value in parts.items():
        if not isinstance(value, np.ndarray):
            parts[name] = reading(value, scratch, f"{prefix}{name}.")
        elif prefix + name in scratch:
            parts[name] = value.copy()
        else:
            parts[name] = value.view()
            parts[name].flags.writeable = False
    return type(tree)(**parts)


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
    return digest_of(flatten(tree))


def digest_of(arrays: Mapping[str, np.ndarray]) -> str:
    """Hash of every bit of arrays, in their order."""
    hasher = hashlib.blake2b(digest_size=16)
    for name, array in arrays.items():
        hasher.update(f"{name}{array.dtype}{array.shape}".encode())
        hasher.update(np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()
