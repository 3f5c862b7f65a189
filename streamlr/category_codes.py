"""Codes of categorical values: one number for each text or number, the same on every machine.

A code is a whole float64 from 1 to 2**51, so that it can travel in one matrix with numbers. It
depends on the column's name too: equal values of different columns are different. Two values of one
column have the same code with a chance of 2**-51.
"""

import functools
from collections.abc import Callable

import numpy as np

from streamlr import compiling
from streamlr.compiling import inlined
from streamlr.json_scanner import instructions, words
from streamlr.json_scanner.instructions import Pointer, Word, pointer
from streamlr.json_scanner.words import PADDING, ZERO, small_letters, spread, spread_word

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_NUMBER = np.uint64(0xD6E8FEB86659FD93)  # a number and its digits as a text are not the same
_13, _32, _1 = np.uint64(13), np.uint64(32), np.uint64(1)

Value = str | float | bool
"""What a categorical field may hold; an integer is a float."""


@inlined
def _folded(word: Word, seed: Word) -> float:
    code = (word ^ seed) * _PRIME
    code = (code ^ (code >> _32)) * _PRIME
    return float((code >> _13) + _1)


@inlined
def of_text(text: Pointer, start: int, length: int, seed: Word) -> float:
    """Return the code of a piece of UTF-8 text that padding follows."""
    return _folded(spread(text, start, length), seed)


@inlined
def of_small_letters(word: Word, length: int, seed: Word) -> float:
    """Return the code of 1 to 8 letters and digits of ASCII, capitals as small ones."""
    return _folded(spread_word(small_letters(word, length), length), seed)


@inlined
def of_number(number: float, seed: Word) -> float:
    """Return the code of a number; true and false are 1 and 0."""
    whole = number + 0.0  # there is one zero
    return _folded(np.uint64(np.float64(whole).view(np.int64)) ^ _NUMBER, seed)


def text_code(text: np.ndarray, length: int, seed: Word) -> float:
    """Return the code of one text; a template, for whoever is not compiled."""
    return of_text(pointer(text), ZERO, length, seed)


def number_code(number: float, seed: Word) -> float:
    """Return the code of one number; a template as well."""
    return of_number(number, seed)


@functools.cache
def _fused() -> tuple[Callable[..., float], Callable[..., float]]:
    stages = {"words": words}
    text, number = (compiling.fuse(template, stages) for template in (text_code, number_code))
    if instructions.COMPILED:
        return text, number
    quiet = np.errstate(over="ignore")  # words wrap around, of which NumPy would warn
    return quiet(text), quiet(number)


def seed(column: str) -> np.uint64:
    """What tells a column's codes from those of others."""
    return np.uint64(code(column, np.uint64(0)))


def code(value: Value, column: np.uint64) -> float:
    """Return the code of a value in the column with this seed."""
    text_code, number_code = _fused()
    if isinstance(value, str):
        text = value.encode()
        padded = np.frombuffer(text + bytes(PADDING), np.uint8)
        return float(text_code(padded, len(text), column))
    return float(number_code(float(value), column))


def of_column(numbers: np.ndarray, column: np.uint64) -> np.ndarray:
    """Return the codes of numbers; NaN, which is missing, stays."""
    values, places = np.unique(numbers, return_inverse=True)
    codes = [value if np.isnan(value) else code(value, column) for value in values.tolist()]
    return np.array(codes)[places]


def of_several(codes: np.ndarray, column: np.uint64) -> np.ndarray:
    """Return a code for each row of codes, of the column with this seed; NaN where one is missing.

    The same codes in another order are another value.
    """
    missing = np.isnan(codes).any(axis=1)
    words = np.where(missing[:, None], 0.0, codes).astype(np.uint64)
    joined = np.full(len(codes), column)
    for word in words.T:
        joined = (joined ^ word) * _PRIME
        joined ^= joined >> _32
    return np.where(missing, np.nan, ((joined >> _13) + _1).astype(np.float64))
