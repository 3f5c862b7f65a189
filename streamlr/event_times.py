"""When something happened, as its record says: seconds since 1970.

A number below 1e11 is taken for seconds (until the year 5138), below 1e14 for milliseconds, below
1e17 for microseconds, beyond for nanoseconds. A text is a number, or a time in ISO 8601 form; one
without a time zone is UTC.
"""

import math
from datetime import UTC, datetime

import numpy as np

from streamlr.compiling import compiled, inlined
from streamlr.json_scanner.instructions import Pointer
from streamlr.json_scanner.words import ZERO

_MILLISECONDS, _MICROSECONDS, _NANOSECONDS = 1e11, 1e14, 1e17
_DATE, _TO_MINUTES = 10, 16  # characters of 2026-01-31, and of 2026-01-31T12:00
_MICRO_DIGITS = 6
_EXACT = 1 << 53  # microseconds; the quotient of more would be rounded twice
_MINUS, _PLUS, _POINT, _ZERO, _NINE, _COLON, _LETTER_T, _LETTER_Z, _SPACE = (
    45, 43, 46, 48, 57, 58, 84, 90, 32,
)  # fmt: skip


@inlined
def of_number(number: float) -> float:
    """Seconds of a number by its size."""
    size = abs(number)
    if size < _MILLISECONDS:
        return number
    if size < _MICROSECONDS:
        return number / 1e3
    return number / 1e6 if size < _NANOSECONDS else number / 1e9


@inlined
def _two(text: Pointer, at: int) -> int:
    """Value of two digits; far below zero where there are none."""
    first, second = text[at], text[at + 1]
    if first < _ZERO or first > _NINE or second < _ZERO or second > _NINE:
        return -10_000
    return int(np.int64(first - _ZERO) * 10 + np.int64(second - _ZERO))


@compiled
def of_text(text: Pointer, start: int, end: int) -> float:
    """Seconds of a time like ``2026-01-31T12:00:00.5+01:00``; NaN where it has another form."""
    length = end - start
    if length < _DATE or text[start + 4] != _MINUS or text[start + 7] != _MINUS:
        return np.nan
    year = _two(text, start) * 100 + _two(text, start + 2)
    month, day = _two(text, start + 5), _two(text, start + 8)
    if year < 1 or month < 1 or month > 12 or day < 1 or day > _days_of(year, month):
        return np.nan
    seconds, micro, at = ZERO, ZERO, start + _DATE
    if length > _DATE:
        if length < _TO_MINUTES or (text[at] != _LETTER_T and text[at] != _SPACE):
            return np.nan
        hour, minute = _two(text, at + 1), _two(text, at + 4)
        if text[at + 3] != _COLON or not (0 <= hour <= 23 and 0 <= minute <= 59):
            return np.nan
        seconds = hour * 3600 + minute * 60
        at += 6
        if at + 3 <= end and text[at] == _COLON:
            second = _two(text, at + 1)
            if not 0 <= second <= 59:
                return np.nan
            seconds += second
            at += 3
            if at < end and text[at] == _POINT:
                at, micro = _fraction(text, at + 1, end)
        at, east = _zone(text, at, end)
        seconds -= east
    if at != end:
        return np.nan
    whole = (_days_to(year, month, day) * 86_400 + seconds) * 1_000_000 + micro
    return whole / 1e6 if abs(whole) < _EXACT else np.nan


@compiled
def _fraction(text: Pointer, at: int, end: int) -> tuple[int, int]:
    """Return where the digits end, and the microseconds of the first six of them."""
    micro, digits = ZERO, 0
    while at < end and _ZERO <= text[at] <= _NINE:
        if digits < _MICRO_DIGITS:
            micro = micro * 10 + int(np.int64(text[at] - _ZERO))
            digits += 1
        at += 1
    if digits == 0:
        return -1, micro
    for _ in range(_MICRO_DIGITS - digits):
        micro *= 10
    return at, micro


@compiled
def _zone(text: Pointer, at: int, end: int) -> tuple[int, int]:
    """Return where a time zone ends, and its seconds east of UTC."""
    if at == end:
        return at, 0
    if text[at] == _LETTER_Z:
        return at + 1, 0
    if at + 6 != end or text[at + 3] != _COLON or (text[at] != _PLUS and text[at] != _MINUS):
        return -1, 0
    hours, minutes = _two(text, at + 1), _two(text, at + 4)
    if not (0 <= hours <= 23 and 0 <= minutes <= 59):
        return -1, 0
    east = hours * 3600 + minutes * 60
    return at + 6, (-east if text[at] == _MINUS else east)


@inlined
def _leaps(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@compiled
def _days_of(year: int, month: int) -> int:
    if month == 2:
        return 29 if _leaps(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@compiled
def _days_to(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01, in the Gregorian calendar."""
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719_162
    for earlier in range(1, month):
        days += _days_of(year, earlier)
    return days + day - 1


def of_numbers(numbers: np.ndarray) -> np.ndarray:
    """Seconds of each number by its size, as :func:`of_number` has them; NaN stays.

    Examples
    --------
    >>> of_numbers(np.array([1.5, 1_700_000_000_123.0])).tolist()
    [1.5, 1700000000.123]
    """
    numbers = numbers.astype(np.float64)
    size = np.abs(numbers)
    sizes = [size < _MILLISECONDS, size < _MICROSECONDS, size < _NANOSECONDS]
    return np.select(sizes, [numbers, numbers / 1e3, numbers / 1e6], numbers / 1e9)


def seconds(value: str | float) -> float:
    """Seconds of what a record holds.

    Raises
    ------
    ValueError
        It is no time.

    Examples
    --------
    >>> seconds("1970-01-01T01:00:00.5+01:00"), seconds(1_700_000_000_123)
    (0.5, 1700000000.123)
    """
    try:
        number = float(value)
    except ValueError:
        moment = datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not math.isfinite(number):
        message = f"{value!r} is no time"
        raise ValueError(message)
    return float(getattr(of_number, "py_func", of_number)(number))
