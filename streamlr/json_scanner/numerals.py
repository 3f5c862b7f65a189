"""Numbers: their digits as one integer, and the float64 nearest to them.

References
----------
- Clinger, "How to read floating point numbers accurately", PLDI 1990: the fast path for few digits.
- Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51 (2021):
  the algorithm of Eisel and Lemire for all others.
- Mushtak and Lemire, "Fast number parsing without fallback", ibid. 53 (2023): why the 128 bits
  of a power of five decide for every word of digits.
"""

import numpy as np

from streamlr.compiling import compiled, inlined
from streamlr.json_scanner.instructions import Pointer, Word, leading_zeros, load, multiply_high
from streamlr.json_scanner.powers import HIGH, LARGEST, LOW, SMALLEST
from streamlr.json_scanner.words import digits, eight_digits, fewer_digits

NO_NUMBER, INTEGER, REAL, LONG_INTEGER, LONG_REAL = range(5)
"""What a piece of text is: LONG are numbers of more digits than a word holds."""

NINE = 57
"""The last digit: no number begins with a byte after it."""

_MINUS, _PLUS, _POINT, _ZERO, _LOWER_E, _LOWER = 45, 43, 46, 48, 101, 32
_EIGHT = 8
_HUNDRED_MILLION = np.uint64(10**8)
_TENS = np.array([10**count for count in range(_EIGHT)], np.uint64)
_DIGITS = 19  # all numbers of so many digits fit a word
_EXPONENT_LIMIT = 100_000  # far beyond every float64

_CLINGER_DIGITS = np.uint64(10**15)
_CLINGER_POWER = 22  # the last power of ten that is a float64
_FLOAT_TENS = np.array([float(10**power) for power in range(_CLINGER_POWER + 1)])

# A float64 has 52 bits of fraction below a leading one. One more is kept to round by; the nine
# below it are all ones where what was left out of the product might yet change it.
_FRACTION_BITS = np.uint64(52)
_CUT = np.uint64(64 - 52 - 3)
_UNDECIDED = np.uint64(0x1FF)
_LEADING_ONE = np.uint64(1 << 52)
_BIAS = 1023
_INFINITE = np.uint64(0x7FF)
_HALFWAY_SMALLEST, _HALFWAY_LARGEST = -4, 23  # beyond, no word of digits is halfway
_LOG2_10, _LOG2_10_BITS = 217706, 16  # their shifted product is floor(exponent * log2(10))
_0, _1, _3, _10, _63 = (np.uint64(n) for n in (0, 1, 3, 10, 63))


@inlined
def _take_digits(text: Pointer, at: int, value: Word) -> tuple[int, Word]:
    """Append the digits that begin here to a value, modulo 2**64; also where they end."""
    word = load(text, at)
    count = digits(word)
    while count == _EIGHT:
        value = value * _HUNDRED_MILLION + eight_digits(word)
        at += _EIGHT
        word = load(text, at)
        count = digits(word)
    return at + count, value * _TENS[np.uintp(count)] + fewer_digits(word, count)


@compiled
def _leading(text: Pointer, at: int, count: int) -> tuple[int, Word]:
    """How many of a number's digits are left without the zeros in front, and the first 19 of them.

    Those are of use only if there are so many.
    """
    while text[at] == _ZERO or text[at] == _POINT:
        count -= text[at] == _ZERO
        at += 1
    value = _0
    taken = 0
    while taken < min(count, _DIGITS):
        if text[at] != _POINT:
            value = value * _10 + np.uint64(text[at] - _ZERO)
            taken += 1
        at += 1
    return count, value


@inlined
def parse(text: Pointer, at: int) -> tuple[int, int, bool, Word, int]:
    """Read a number as JSON writes it.

    Returns
    -------
    end : int
        Where the number ends; wherever it went wrong for NO_NUMBER.
    kind : int
        NO_NUMBER; INTEGER (digits alone) or REAL; LONG_INTEGER or LONG_REAL.
    negative : bool
        Whether there is a minus.
    digits : uint64
        All digits as one integer; the first 19 that matter if it is LONG.
    exponent : int
        The power of ten to multiply it with.
    """
    negative = text[at] == _MINUS
    at += negative  # without a branch: half of all numbers may be negative
    start = at
    exponent = 0
    kind = INTEGER

    # the whole part: very often one digit, else any number of them; a zero stands alone
    if _ZERO <= text[at] <= NINE and text[at + 1] == _POINT:
        value = np.uint64(text[at] - _ZERO)
        at += 1
    else:
        at, value = _take_digits(text, at, _0)
    count = at - start
    if count == 0 or (count > 1 and text[start] == _ZERO):
        return at, NO_NUMBER, negative, value, exponent

    if text[at] == _POINT:
        kind = REAL
        fraction = at + 1
        at, value = _take_digits(text, fraction, value)
        exponent = fraction - at
        count -= exponent
        if exponent == 0:
            return at, NO_NUMBER, negative, value, exponent

    if text[at] | _LOWER == _LOWER_E:
        kind = REAL
        at += 1
        downwards = text[at] == _MINUS
        if downwards or text[at] == _PLUS:
            at += 1
        first = at
        power = 0
        while _ZERO <= text[at] <= NINE:
            power = min(power * 10 + text[at] - _ZERO, _EXPONENT_LIMIT)
            at += 1
        if at == first:
            return at, NO_NUMBER, negative, value, exponent
        exponent += -power if downwards else power

    if count > _DIGITS:
        significant, leading = _leading(text, start, count)
        if significant > _DIGITS:
            value = leading
            exponent += significant - _DIGITS
            kind = LONG_INTEGER if kind == INTEGER else LONG_REAL
    return at, kind, negative, value, exponent


@inlined
def nearest(value: Word, exponent: int) -> tuple[float, bool]:
    """Return the float64 nearest to value * 10**exponent, ties to even.

    Returns
    -------
    number : float
    exact : bool
        Whether this is the answer: subnormal numbers and those out of range are left to others.
    """
    # Clinger: both numbers are floats, so one operation rounds once. Up to 2**53 would do, but
    # numbers of 16 digits are on either side of it, and a branch that nobody can foresee costs more
    if value < _CLINGER_DIGITS and -_CLINGER_POWER <= exponent <= _CLINGER_POWER:
        if exponent < 0:
            return np.float64(value) / _FLOAT_TENS[np.uintp(-exponent)], True
        return np.float64(value) * _FLOAT_TENS[np.uintp(exponent)], True
    if value == _0 or exponent < SMALLEST or exponent > LARGEST:
        return 0.0, False

    # Eisel and Lemire: the digits, shifted up to fill a word, times the leading bits of
    # 5**exponent. The first 64 of them nearly always decide what matters; else the next 64 do
    shift = leading_zeros(value)
    value <<= shift
    power = np.uintp(exponent - SMALLEST)
    high = multiply_high(value, HIGH[power])
    low = value * HIGH[power]
    if high & _UNDECIDED == _UNDECIDED:
        more = multiply_high(value, LOW[power])
        low += more
        if low < more:
            high += _1

    # the leading bit of a product of two words is its first or its second
    upper = high >> _63
    mantissa = high >> (upper + _CUT)
    binary = (_LOG2_10 * exponent >> _LOG2_10_BITS) + np.int64(upper) - np.int64(shift) + 63 + _BIAS
    if binary <= 0:
        return 0.0, False

    # exactly halfway between two numbers: to the even one, which is the lower one here
    if (
        low <= _1
        and _HALFWAY_SMALLEST <= exponent <= _HALFWAY_LARGEST
        and mantissa & _3 == _1
        and mantissa << (upper + _CUT) == high
    ):
        mantissa -= _1
    mantissa = (mantissa + (mantissa & _1)) >> _1

    # rounding up to the next power of two carries into the exponent, as it should
    bits = (np.uint64(binary) << _FRACTION_BITS) + (mantissa - _LEADING_ONE)
    return np.uint64(bits).view(np.float64), bool(bits >> _FRACTION_BITS < _INFINITE)


@inlined
def real(negative: bool, value: Word, exponent: int) -> tuple[float, bool]:  # noqa: FBT001 - a sign
    """Return the float64 of a REAL, and whether it is exact: see :func:`nearest`."""
    number, exact = nearest(value, exponent)
    return -number if negative else number, exact


@compiled
def long(negative: bool, value: Word, exponent: int) -> tuple[float, bool]:  # noqa: FBT001 - a sign
    """Return the float64 of a LONG number of either kind, and whether it is exact.

    Notes
    -----
    The number lies between its first 19 digits and the same plus one; if both are nearest to one
    float64, so is the number.
    """
    number, exact = real(negative, value, exponent)
    other, other_exact = real(negative, value + _1, exponent)
    return number, exact and other_exact and number == other


@inlined
def whole(negative: bool, value: Word) -> float:  # noqa: FBT001 - a sign
    """Return the float64 of an INTEGER; there is no negative zero among integers."""
    number = np.float64(value)
    return 0.0 - number if negative else number
