"""Strings: where they end, whether they are valid, and what their escapes stand for."""

from streamlr.compiling import compiled
from streamlr.json_scanner.instructions import Pointer, load
from streamlr.json_scanner.words import ZERO, plain

INVALID = -1

_QUOTE, _SLASH, _BACKSLASH = 34, 47, 92
_B, _F, _N, _R, _T, _U = 98, 102, 110, 114, 116, 117
_ASCII = 0x80
_PLANE = 0x10000  # code points from here on take two \u escapes: a pair of surrogates
_PAIR, _LOW, _SURROGATES_END = 0xD800, 0xDC00, 0xE000
_PAIR_LENGTH, _ESCAPE_LENGTH = 12, 6


@compiled
def skip(text: Pointer, at: int) -> int:
    """Return where a string ends, past its closing quote, or INVALID.

    Parameters
    ----------
    text
    at
        Past its opening quote.
    """
    while True:
        count = plain(load(text, at))
        at += count
        if count == 8:
            continue
        mark = text[at]
        if mark == _QUOTE:
            return at + 1
        if mark == _BACKSLASH:
            at = _skip_escape(text, at)
        elif mark >= _ASCII:
            at = _skip_character(text, at)
        else:  # control characters must be escaped; the end of the record is one of them
            return INVALID
        if at == INVALID:
            return INVALID


@compiled
def _skip_character(text: Pointer, at: int) -> int:
    """Skip one character of two to four bytes, in well-formed UTF-8 (Unicode 15, table 3-7)."""
    first, second = text[at], text[at + 1]
    smallest = 0xA0 if first == 0xE0 else 0x90 if first == 0xF0 else 0x80  # else it were shorter
    largest = 0x9F if first == 0xED else 0x8F if first == 0xF4 else 0xBF  # surrogates; the end
    if first < 0xC2 or first > 0xF4 or second < smallest or second > largest:
        return INVALID
    length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    for place in range(2, length):
        if text[at + place] & 0xC0 != 0x80:
            return INVALID
    return at + length


@compiled
def _skip_escape(text: Pointer, at: int) -> int:
    """Skip an escape; half a pair of surrogates is invalid, as it is no character."""
    kind = text[at + 1]
    if kind == _U:
        code = _hexadecimal(text, at + 2)
        if code < 0 or _LOW <= code < _SURROGATES_END:
            return INVALID
        if _PAIR <= code < _LOW:
            if text[at + 6] != _BACKSLASH or text[at + 7] != _U:
                return INVALID
            code = _hexadecimal(text, at + 8)
            return at + _PAIR_LENGTH if _LOW <= code < _SURROGATES_END else INVALID
        return at + _ESCAPE_LENGTH
    if kind in (_QUOTE, _BACKSLASH, _SLASH, _B, _F, _N, _R, _T):
        return at + 2
    return INVALID


@compiled
def _hexadecimal(text: Pointer, at: int) -> int:
    """Value of four hexadecimal digits, or INVALID."""
    value = 0
    for place in range(at, at + 4):
        digit = text[place]
        letter = digit | 0x20
        if 48 <= digit <= 57:
            value = value * 16 + digit - 48
        elif 97 <= letter <= 102:
            value = value * 16 + letter - 87
        else:
            return INVALID
    return value


@compiled
def has_escape(text: Pointer, start: int, end: int) -> bool:
    """Whether there is a backslash in a piece of text."""
    for at in range(start, end):  # noqa: SIM110 - numba compiles no generators
        if text[at] == _BACKSLASH:
            return True
    return False


@compiled
def unescape(text: Pointer, start: int, end: int, into: Pointer, most: int) -> int:
    """Write what a valid string stands for, in UTF-8, and return its length, or a greater one.

    Parameters
    ----------
    text, start, end
        The string without its quotes.
    into : uint8
        Room for ``most`` bytes and a character.
    most
        Where to give up.
    """
    length = ZERO
    at = start
    while at < end and length <= most:
        kind = text[at + 1]
        if text[at] != _BACKSLASH:
            into[length] = text[at]
            length += 1
            at += 1
        elif kind != _U:
            into[length] = _meaning(kind)
            length += 1
            at += 2
        else:
            code = _hexadecimal(text, at + 2)
            at += _ESCAPE_LENGTH
            if _PAIR <= code < _LOW:
                code = _PLANE + ((code - _PAIR) << 10) + _hexadecimal(text, at + 2) - _LOW
                at += _ESCAPE_LENGTH
            length = encode(code, into, length)
    return length


@compiled
def _meaning(kind: int) -> int:
    if kind == _B:
        return 8
    if kind == _F:
        return 12
    if kind == _N:
        return 10
    if kind == _R:
        return 13
    if kind == _T:
        return 9
    return kind


@compiled
def encode(code: int, into: Pointer, length: int) -> int:
    """Append a code point in UTF-8, and return the new length."""
    if code < 0x80:
        into[length] = code
        return length + 1
    following = 1 if code < 0x800 else 2 if code < _PLANE else 3
    into[length] = (0xFF00 >> (following + 1) & 0xFF) | code >> 6 * following
    for place in range(1, following + 1):
        into[length + place] = 0x80 | (code >> 6 * (following - place) & 0x3F)
    return length + following + 1
