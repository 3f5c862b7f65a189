"""Labels that are strings: each is made a Python object once a poll, not once a record."""

import numpy as np

from streamlr.compiling import compiled, inlined
from streamlr.json_scanner.columns import STRINGS, Columns
from streamlr.json_scanner.instructions import Pointer
from streamlr.json_scanner.words import hashed, same

_SLOTS = 256
_FREE = -1


def room() -> np.ndarray:
    """Return slots for the places of strings."""
    return np.empty(_SLOTS, np.int64)


@inlined
def forget(slots: Pointer) -> None:
    """Free all slots."""
    for slot in range(_SLOTS):
        slots[slot] = _FREE


@compiled
def place(text: Pointer, start: int, end: int, out: Columns, slots: Pointer) -> int:
    """Return the place of a string among those met in this poll, a new one if need be.

    Notes
    -----
    Two strings that want the same slot drive each other out, and then have several places. That
    costs an object each time and is no error.
    """
    slot = hashed(text, start, end - start) % _SLOTS
    met = slots[slot]
    if met != _FREE:
        first = out.string_start[met]
        if out.string_end[met] - first == end - start and same(
            text, first, text, start, end - start
        ):
            return met  # type: ignore[no-any-return]
    new = out.counts[STRINGS]
    out.counts[STRINGS] += 1
    out.string_start[new] = start
    out.string_end[new] = end
    slots[slot] = new
    return new  # type: ignore[no-any-return]
