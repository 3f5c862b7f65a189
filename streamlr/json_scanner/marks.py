"""What stands between values, and the three values that are words."""

import numpy as np

from streamlr.compiling import inlined
from streamlr.json_scanner.instructions import Pointer, load

QUOTE, COMMA, COLON = 34, 44, 58
OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT = 91, 93, 123, 125
SPACE = 32
"""The greatest of the bytes that are white space."""

_TAB, _NEWLINE, _RETURN = 9, 10, 13

NO_WORD, FALSE, TRUE, NULL = -1, 0, 1, 2
"""Which word it is."""

_FOUR, _FIVE = np.uint64(0xFFFFFFFF), np.uint64(0xFFFFFFFFFF)
_TRUE, _FALSE, _NULL = (
    np.uint64(int.from_bytes(word, "little")) for word in (b"true", b"false", b"null")
)


@inlined
def skip_space(text: Pointer, at: int) -> int:
    """Return where the white space that may stand here ends."""
    mark = text[at]
    while mark <= SPACE and (
        mark == SPACE or mark == _NEWLINE or mark == _RETURN or mark == _TAB  # noqa: PLR1714
    ):
        at += 1
        mark = text[at]
    return at


@inlined
def word(text: Pointer, at: int) -> tuple[int, int]:
    """Read ``true``, ``false`` or ``null``: where it ends, and which it is."""
    letters = load(text, at)
    if letters & _FOUR == _NULL:
        return at + 4, NULL
    if letters & _FOUR == _TRUE:
        return at + 4, TRUE
    if letters & _FIVE == _FALSE:
        return at + 5, FALSE
    return at, NO_WORD
