"""Numbers are read to the last bit, or left to others."""

import math
import struct
from fractions import Fraction

import numpy as np
import pytest

from streamlr.json_scanner.powers import LARGEST, SMALLEST
from tests.unit.json_scanner.scanning import features, scan, understood

ROWS = 5000


def compare(numbers: list[str]) -> float:
    """Compare what was understood with what Python reads; return how much of it was."""
    scanned = scan(*[b'{"a":%b}' % number.encode() for number in numbers])
    read = np.setdiff1d(np.arange(len(numbers)), scanned.unread)
    expected = np.array([float(number) for number in numbers])[read]
    wrong = scanned.values[read, 0].view(np.int64) != expected.view(np.int64)
    assert not wrong.any(), [numbers[row] for row in read[wrong]][:5]
    return len(read) / len(numbers)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(1)


def halfway(number: float, digits: int) -> str:
    """Return so many digits of the middle between a float and the next one."""
    middle = (Fraction(number) + Fraction(math.nextafter(number, math.inf))) / 2
    exponent = math.floor(math.log10(number)) - digits + 1
    return f"{(middle / Fraction(10) ** exponent).__floor__()}e{exponent}"


def test_shortest_form_of_any_float(random: np.random.Generator) -> None:
    floats = random.integers(0, 2**64, ROWS, np.uint64).view(np.float64)
    assert compare([repr(number) for number in floats[np.isfinite(floats)].tolist()]) > 0.99


def test_everyday_floats_are_all_understood(random: np.random.Generator) -> None:
    scales = 10.0 ** random.integers(-20, 20, ROWS)
    assert compare([repr(number) for number in random.random(ROWS).tolist()]) == 1
    assert compare([repr(n) for n in (random.standard_normal(ROWS) * scales).tolist()]) == 1
    assert compare([f"{n:.17g}" for n in (random.standard_normal(ROWS) * scales).tolist()]) == 1
    assert compare([f"{n:.4f}" for n in (random.standard_normal(ROWS) * 100).tolist()]) == 1


def test_any_word_of_digits_at_any_exponent(random: np.random.Generator) -> None:
    words = random.integers(0, 2**63, ROWS) >> random.integers(0, 63, ROWS)
    exponents = random.integers(SMALLEST - 3, LARGEST + 4, ROWS)
    pairs = list(zip(words.tolist(), exponents.tolist(), strict=True))
    assert compare([f"{word}e{exponent}" for word, exponent in pairs]) > 0.9
    assert compare([f"{word}.{power % 7:05}E+{power % 30:03}" for word, power in pairs]) > 0.5


def test_next_to_halfway_between_two_floats(random: np.random.Generator) -> None:
    floats = random.integers(0, 0x7FE0 << 48, ROWS, np.uint64).view(np.float64)
    floats = floats[floats > 1e-300][:1000]
    middles = [halfway(number, digits) for number in floats.tolist() for digits in (17, 18, 19)]
    parts = [middle.split("e") for middle in middles]
    above = [f"{int(digits) + 1}e{exponent}" for digits, exponent in parts]
    assert compare(middles + above) == 1


def test_more_digits_than_a_word_holds(random: np.random.Generator) -> None:
    numbers = (random.standard_normal(ROWS) * 10.0 ** random.integers(-9, 9, ROWS)).tolist()
    assert compare([f"{number:.30f}" for number in numbers]) > 0.99
    assert compare([f"{number:.25e}" for number in numbers]) > 0.99
    assert compare([f"{number * 1e40:.0f}" for number in numbers]) > 0.99
    assert compare([f"{number:.19e}" for number in numbers]) > 0.99


def test_exactly_halfway_between_two_floats(random: np.random.Generator) -> None:
    odd = 2 * random.integers(2**52, 2**53, ROWS) + 1  # 54 bits, the last of them set
    assert compare([f"{number}.0" for number in odd.tolist()]) == 1
    assert compare([f"{number * 10}e-1" for number in odd.tolist()]) == 1
    for power in range(1, 5):  # 5**power more, and a few bits less
        numbers = (2 * random.integers(2**52, 2**53, ROWS) + 1).tolist()
        exact = [f"{n * 5**power}e-{power}" for n in numbers if n * 5**power < 10**19]
        assert not exact or compare(exact) == 1


@pytest.mark.parametrize(
    "number",
    [
        "0", "-0", "0.0", "-0.0", "0e5", "-0e-5", "0.000", "1", "-1", "10", "123456789",
        "9007199254740991", "9007199254740992", "9007199254740993", "9223372036854775807",
        "9223372036854775808", "-9223372036854775809", "9999999999999999999", "1e22", "1e23",
        "123456789012345e22", "123456789012345e-22", "999999999999999e22", "1000000000000000e22",
        "1.7976931348623157e308", "1.797693134862315807e308", "2.2250738585072014e-308",
        "0.000000000000000000000000000012345678901234567", "1.5e+00003", "1E5", "1e-5",
        "3.5", "12.5", "1234567.5", "12345678.5", "123456789.5", "0.1234567", "0.12345678",
        "0.123456789", "0.1234567890123456", "0.12345678901234567", "0.123456789012345678",
        "18446744073709551615", "18446744073709551616", "-123456789012345678901234567890",
        "0.12345678901234567890", "1.00000000000000000000", "0.00012345678901234567890123456789",
        "1234567890.1234567890e-7", "12345678901234567890.5", "1.2345678901234567890123e+25",
    ],
)  # fmt: skip
def test_these_are_understood(number: str) -> None:
    expected = float(number)
    if number == "-0":
        expected = 0.0  # an integer: it has no sign
    (found, _) = features(b'{"a":%b}' % number.encode())
    assert struct.pack("d", found) == struct.pack("d", expected)


@pytest.mark.parametrize(
    "number",
    [
        "5e-324", "2.2250738585072011e-308", "1e-400", "1e309", "1.7976931348623159e308",
        "1e999999999999", "0e400", "9007199254740993.0000000000", "9007199254740993.00000000001",
        "123456789012345678901e300", "0.0000000000000000000000000000001234567890123456789012e-290",
    ],
)  # fmt: skip
def test_these_are_left_to_others_but_skipped_where_nobody_wants_them(number: str) -> None:
    assert understood(b'{"a":%b}' % number.encode(), b'{"z":%b}' % number.encode()) == [False, True]


@pytest.mark.parametrize(
    "number",
    [
        "", "-", "+1", "--1", ".5", "-.5", "1.", "1.e5", "1e", "1e+", "1e-", "1e5.5", "01", "-01",
        "00", "00.5", "0x1", "1_0", "1,5", "1 2", "NaN", "nan",
        "Infinity", "-Infinity", "1e5e5", "1.2.3",
        "1f", "1.5f", "\u0661", "\uff11",
    ],
)  # fmt: skip
def test_these_are_no_numbers(number: str) -> None:
    text = number.encode()
    assert understood(b'{"a":%b}' % text, b'{"y":%b}' % text, b'{"z":%b}' % text) == [False] * 3
