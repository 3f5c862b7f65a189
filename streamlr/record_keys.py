"""Keys that join a record to another: 128 bits for each text, the same on every machine.

A key is a text or a whole number, and goes by its characters: ``12`` and ``"12"`` are one key. Two
keys that nobody chose for it have the same 128 bits with a chance of 2**-128, and would then be
taken for one. The hash is no cryptographic one: who may choose keys can make two that collide.
"""

import functools
from collections.abc import Callable, Iterable

import numpy as np

from streamlr import compiling
from streamlr.compiling import inlined
from streamlr.json_scanner import instructions, words
from streamlr.json_scanner.instructions import Pointer, Word, load, pointer
from streamlr.json_scanner.words import PADDING, ZERO, first_bytes

_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_MIX, _MIX_AGAIN = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_1, _29, _32, _33 = (np.uint64(n) for n in (1, 29, 32, 33))

NOTHING: int = np.uint64(0)  # type: ignore[assignment]
"""Each half of no key."""

HALVES = 2
"""64-bit words of a key; both are 0 where a record has none."""

Value = str | float | bytes | None
"""What may stand where a key should; a float must be a whole number."""


@inlined
def _mixed(word: Word) -> Word:
    """Each bit of the result hangs on each bit of the word (MurmurHash3's finalizer)."""
    word = (word ^ (word >> _33)) * _MIX
    word = (word ^ (word >> _33)) * _MIX_AGAIN
    return word ^ (word >> _33)


@inlined
def of_text(text: Pointer, start: int, length: int, key: Pointer, place: int) -> None:
    """Write the key of a piece of text that padding follows; none of an empty one."""
    first: Word = np.uint64(length) * _FIRST
    second: Word = np.uint64(length) ^ _SECOND
    for at in range(0, length, 8):
        word = load(text, start + at) & first_bytes(min(length - at, 8))
        first = (first ^ word) * _FIRST
        first ^= first >> _32
        second = (second + word) * _SECOND
        second ^= second >> _29
    first, second = _mixed(first), _mixed(second)
    if length == 0:
        first, second = NOTHING, NOTHING
    elif first == NOTHING and second == NOTHING:
        second = _1
    key[place] = first
    key[place + 1] = second


def keys(text: np.ndarray, lengths: np.ndarray, out: np.ndarray) -> None:
    """Write the keys of texts that stand one after the other; a template."""
    letters, found = pointer(text), pointer(out)
    start = ZERO
    for row in range(len(lengths)):
        of_text(letters, start, lengths[row], found, HALVES * row)
        start += lengths[row]


@functools.cache
def _fused() -> Callable[..., None]:
    made = compiling.fuse(keys, {"words": words, "instructions": instructions})
    quiet: Callable[..., None] = np.errstate(over="ignore")(made)  # words wrap around
    return made if instructions.COMPILED else quiet


def of_values(values: Iterable[Value]) -> np.ndarray:
    """Keys of values: uint64 [values, 2].

    Raises
    ------
    ValueError
        One of them is a number, and not a whole one.

    Examples
    --------
    >>> bool((of_values(["12", b"12"]) == of_values([12, 12.0])).all())
    True
    """
    texts = [b"" if value is None else checked(value) for value in values]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    out = np.empty((len(texts), HALVES), np.uint64)
    _fused()(np.frombuffer(b"".join([*texts, bytes(PADDING)]), np.uint8), lengths, out)
    return out


def checked(value: str | float | bytes) -> bytes:
    """The text that a key goes by.

    Raises
    ------
    ValueError
        It is a number, and not a whole one.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, float):
        if not value.is_integer():
            message = f"a key is a text or a whole number, not {value!r}"
            raise ValueError(message)
        value = int(value)
    return str(value).encode()
