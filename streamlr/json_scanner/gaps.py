"""What stands between two values: a comma, the next key, a colon, and white space.

Records of one producer look alike, so the gap after a field is expected to be what it was the last
time: one comparison then tells whose value comes next. Any other gap is read in full.
"""

from typing import Any, NamedTuple

import numpy as np

from streamlr.compiling import compiled, inlined
from streamlr.json_scanner import names, strings
from streamlr.json_scanner.instructions import Pointer, load, pointer
from streamlr.json_scanner.marks import (
    CLOSE_OBJECT,
    COLON,
    COMMA,
    OPEN_OBJECT,
    QUOTE,
    SPACE,
    skip_space,
)
from streamlr.json_scanner.names import OTHERS, Names
from streamlr.json_scanner.words import first_bytes, same

CLOSED, INVALID = -1, -2
"""Instead of a field: the object ends here, or is not one."""


_WORD = 8
_NOTHING, _NO_BYTES = np.uint64(1), np.uint64(0)


class Expected(NamedTuple):
    """The gap after each field, as it was last seen in this poll.

    Attributes
    ----------
    head : uint64 [fields + OTHERS + 1]
        Its first eight bytes, or fewer. The last element is for what opens the object: a gap is
        only ever compared with one that stood in its place, so no brace passes for a comma.
    mask : uint64
        Which of those bytes count.
    start, length : int64
        Where it is in the text.
    field : int64
        Whose value it leads to.
    """

    head: Any
    mask: Any
    start: Any
    length: Any
    field: Any


def room(fields: int) -> Expected:
    """Return arrays for so many fields."""
    count = fields + OTHERS + 1
    return Expected(
        head=np.empty(count, np.uint64),
        mask=np.empty(count, np.uint64),
        start=np.empty(count, np.int64),
        length=np.empty(count, np.int64),
        field=np.empty(count, np.int64),
    )


@inlined
def bare(expected: Expected) -> Expected:
    """Return pointers to the same."""
    return Expected(
        pointer(expected.head),
        pointer(expected.mask),
        pointer(expected.start),
        pointer(expected.length),
        pointer(expected.field),
    )


@inlined
def opening(names: Names) -> int:
    """The field that what opens an object comes after, as it were."""
    return names.fields + OTHERS


@inlined
def forget(expected: Expected, names: Names) -> None:
    """Expect what no text has: the text of the poll before is gone."""
    for field in range(names.fields + OTHERS + 1):
        expected.head[field] = _NOTHING
        expected.mask[field] = _NO_BYTES


@inlined
def is_expected(text: Pointer, at: int, expected: Expected, after: int) -> bool:
    """Whether the gap here is the one that was last seen after a field."""
    if load(text, at) & expected.mask[after] != expected.head[after]:
        return False
    length = expected.length[after]
    if length > _WORD and not same(text, expected.start[after], text, at, length):
        return False
    return bool(text[at + length] > SPACE)  # there may be more of it


@compiled
def expect(text: Pointer, start: int, end: int, field: int, expected: Expected, after: int) -> None:
    """Remember a gap, and the field it leads to."""
    length = end - start
    expected.mask[after] = first_bytes(min(length, _WORD))
    expected.head[after] = load(text, start) & expected.mask[after]
    expected.start[after] = start
    expected.length[after] = length
    expected.field[after] = field


@compiled
def read(text: Pointer, at: int, opens: bool, known: Names) -> tuple[int, int]:  # noqa: FBT001
    """Read a gap: where the value begins, and its field; CLOSED or INVALID if there is none.

    Parameters
    ----------
    text, at
    opens
        Whether it is the one before the first value: a brace where others have a comma.
    known
        The fields.
    """
    at = skip_space(text, at)
    mark = text[at]
    if not opens and mark == CLOSE_OBJECT:
        return at + 1, CLOSED
    if mark != (OPEN_OBJECT if opens else COMMA):
        return at, INVALID
    at = skip_space(text, at + 1)
    mark = text[at]
    if opens and mark == CLOSE_OBJECT:
        return at + 1, CLOSED
    if mark != QUOTE:
        return at, INVALID
    key = at + 1
    at = strings.skip(text, key)
    if at == strings.INVALID:
        return at, INVALID
    field = names.find(text, key, at - 1, known)
    at = skip_space(text, at)
    if text[at] != COLON:
        return at, INVALID
    return skip_space(text, at + 1), field
