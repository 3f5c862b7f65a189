"""Eight bytes at a time: what a 64-bit register does to a piece of text."""

import numpy as np

from streamlr.compiling import inlined
from streamlr.json_scanner.instructions import Pointer, Word, load, trailing_zeros

PADDING = 16
"""Zero bytes that must follow a text: a word may be loaded at its end, and at the word after it."""

ZERO: int = np.int64(0)  # type: ignore[assignment]
"""Where to begin: what takes a literal 0 instead would be compiled twice."""

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_BYTES = 8
_ONES = np.uint64(0x0101010101010101)
_TOPS = np.uint64(0x8080808080808080)
_ZERO_DIGITS = np.uint64(0x3030303030303030)
_OVER_NINE = np.uint64(0x7676767676767676)  # added to a byte, it sets the top bit of one over 9
_QUOTES = np.uint64(0x2222222222222222)
_BACKSLASHES = np.uint64(0x5C5C5C5C5C5C5C5C)
_SPACES = np.uint64(0x2020202020202020)
_FROM_A, _BEYOND_Z = np.uint64(0x1F1F1F1F1F1F1F1F), np.uint64(0x0505050505050505)
_FROM_ZERO, _BEYOND_NINE = np.uint64(0x5050505050505050), np.uint64(0x4646464646464646)
_PAIRS = np.uint64(0x000000FF000000FF)
_3, _8, _10, _16, _32, _56, _64 = (np.uint64(n) for n in (3, 8, 10, 16, 32, 56, 64))
_HUNDRED_AND_MILLION = np.uint64(100 + (1000000 << 32))
_ONE_AND_TEN_THOUSAND = np.uint64(1 + (10000 << 32))
_PRIME = np.uint64(0x9E3779B97F4A7C15)


@inlined
def first_bytes(count: int) -> Word:
    """Mask of the first bytes of a word, 1 to 8 of them."""
    return _ALL >> (_64 - np.uint64(8 * count))


@inlined
def digits(word: Word) -> int:
    """How many decimal digits a word begins with, 0 to 8.

    Notes
    -----
    A byte that is no digit may carry into those after it, and only into those.
    """
    values = word ^ _ZERO_DIGITS
    others = ((values + _OVER_NINE) | values) & _TOPS
    return np.int64(trailing_zeros(others) >> _3)  # type: ignore[return-value]


@inlined
def eight_digits(word: Word) -> Word:
    """Value of a word of eight digits.

    Notes
    -----
    Neighbours are joined to pairs, fours and eights with three multiplications (Lemire 2021,
    section 3).
    """
    return _joined(word ^ _ZERO_DIGITS)


@inlined
def fewer_digits(word: Word, count: int) -> Word:
    """Value of the digits that a word begins with, 0 to 7 of them.

    Notes
    -----
    What follows them is shifted out, and zeros take their place in front. There is no branch on
    how many there are: in random numbers nobody can foresee it. A shift by 64 has no meaning.
    """
    return _joined((word ^ _ZERO_DIGITS) << (_56 - np.uint64(8 * count)) << _8)


@inlined
def _joined(values: Word) -> Word:
    pairs = values * _10 + (values >> _8)
    upper = (pairs & _PAIRS) * _HUNDRED_AND_MILLION
    lower = ((pairs >> _16) & _PAIRS) * _ONE_AND_TEN_THOUSAND
    return (upper + lower) >> _32


@inlined
def plain(word: Word) -> int:
    """How many bytes of a JSON string a word begins with that stand for themselves, 0 to 8.

    Notes
    -----
    Quotes, backslashes, control characters and all that is not ASCII are not counted. Borrows
    can mark bytes after the first one marked, and only those.
    """
    quotes = word ^ _QUOTES
    backslashes = word ^ _BACKSLASHES
    marks = (quotes - _ONES) & ~quotes
    marks |= (backslashes - _ONES) & ~backslashes
    marks |= (word - _SPACES) & ~word
    return np.int64(trailing_zeros((marks | word) & _TOPS) >> _3)  # type: ignore[return-value]


@inlined
def letters_or_digits(word: Word) -> int:
    """How many letters and digits of ASCII a word begins with, 0 to 8.

    Notes
    -----
    Sums of seven bits carry into no other byte; each sets the top bit of what is not below a bound.
    """
    small, low = (word | _SPACES) & ~_TOPS, word & ~_TOPS
    letters = (small + _FROM_A) & ~(small + _BEYOND_Z)
    digits = (low + _FROM_ZERO) & ~(low + _BEYOND_NINE)
    others = ~((letters | digits) & ~word) & _TOPS
    return np.int64(trailing_zeros(others) >> _3)  # type: ignore[return-value]


@inlined
def small_letters(word: Word, length: int) -> Word:
    """The first letters and digits of ASCII of a word, 1 to 8, the letters made small ones."""
    return (word | _SPACES) & first_bytes(length)


@inlined
def same(text: Pointer, start: int, other: Pointer, other_start: int, length: int) -> bool:
    """Whether two pieces of text have the same bytes; the last words may overlap.

    Notes
    -----
    A word is loaded only after all before it were the same, so a piece of the one text without
    zero bytes keeps the loads in the other within its padding.
    """
    if length < _BYTES:
        differ = load(text, start) ^ load(other, other_start)
        return length == 0 or differ & first_bytes(length) == 0
    at = ZERO
    while load(text, start + at) == load(other, other_start + at):
        if at + _BYTES == length:
            return True
        at = min(at + _BYTES, length - _BYTES)
    return False


@inlined
def spread_word(word: Word, length: int) -> Word:
    """Hash a piece of text of 1 to 8 bytes, the rest of its word zero, as ``spread`` does."""
    code = (np.uint64(length) * _PRIME ^ word) * _PRIME
    return code ^ (code >> _32)


@inlined
def spread(text: Pointer, start: int, length: int) -> Word:
    """Hash a piece of text to a word: multiply and fold, eight bytes at a time."""
    code = np.uint64(length) * _PRIME
    for at in range(0, length, _BYTES):
        left = min(length - at, _BYTES)
        code = (code ^ (load(text, start + at) & first_bytes(left))) * _PRIME
        code ^= code >> _32
    return code


@inlined
def hashed(text: Pointer, start: int, length: int) -> int:
    """Spread of a piece of text over 0 … 2**31 - 1."""
    return np.int64(spread(text, start, length) & np.uint64(0x7FFFFFFF))  # type: ignore[return-value]
