"""What is said of a word is what is said of its bytes one by one."""

import numpy as np
import pytest

from streamlr.json_scanner import words as subject

DIGITS = b"0123456789"
EDGES = list(b'\x00\x1f !"#/09:[\\]\x7f\x80\xff')


def word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


def texts(count: int) -> list[bytes]:
    """Return words that begin with any number of digits, and end with anything."""
    random = np.random.default_rng(count)
    made = []
    for _ in range(count):
        text = random.integers(48, 58, 8, np.uint8)
        others = random.choice(EDGES, 8).astype(np.uint8)
        first = random.integers(0, 9)
        text[first:] = others[first:]
        made.append(text.tobytes())
    return made


@pytest.fixture(autouse=True)
def _words_wrap_around() -> object:
    with np.errstate(over="ignore"):  # NumPy would warn where they are not compiled
        yield


def test_leading_digits_are_counted_and_valued() -> None:
    for text in texts(500):
        count = next((place for place, byte in enumerate(text) if byte not in DIGITS), 8)
        assert subject.digits(word(text)) == count, text
        value = int(text[:count] or b"0")
        if count == 8:
            assert subject.eight_digits(word(text)) == value
        else:
            assert subject.fewer_digits(word(text), count) == value, text


def test_plain_bytes_are_counted() -> None:
    each = [b"x" * place + bytes([byte]) * (8 - place) for byte in range(256) for place in range(9)]
    for text in texts(500) + each:
        marks = [not 0x20 <= byte < 0x80 or byte in b'"\\' for byte in text]
        assert subject.plain(word(text)) == [*marks, True].index(True), text


def test_masks() -> None:
    assert [hex(subject.first_bytes(count)) for count in (1, 2, 7, 8)] == [
        "0xff",
        "0xffff",
        "0xffffffffffffff",
        "0xffffffffffffffff",
    ]
