"""Strings end where they should, and are valid UTF-8, or are not understood."""

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.json_scanner.scanning import scan, understood

EDGES = bytes.fromhex("41 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 ff")


def skipped(*strings: bytes) -> list[bool]:
    """Return which of these are strings that can be skipped."""
    return understood(*[b'{"z":"%b"}' % string for string in strings])


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def stands_for_itself(text: bytes) -> bool:
    return is_utf8(text) and not any(byte < 0x20 or byte in b'"\\' for byte in text)


def test_every_pair_of_bytes() -> None:
    pairs = [bytes(pair) for pair in product(range(256), repeat=2)]
    for pair, found in zip(pairs, skipped(*pairs), strict=True):
        assert found == (stands_for_itself(pair) or is_escape(pair)), pair


def is_escape(pair: bytes) -> bool:
    return pair[0] == ord("\\") and pair[1] in b'"\\/bfnrt'


@pytest.mark.parametrize("length", [3, 4])
def test_longer_sequences_of_bytes(length: int) -> None:
    first = EDGES if length == 3 else EDGES[EDGES.index(0xEF) :]
    sequences = [bytes(found) for found in product(first, *[EDGES] * (length - 1))]
    for sequence, found in zip(sequences, skipped(*sequences), strict=True):
        assert found == is_utf8(sequence), sequence


def test_every_code_unit_but_half_pairs() -> None:
    units = [b"\\u%04x" % unit for unit in range(0x10000)]
    for unit, found in enumerate(skipped(*units)):
        assert found == (not 0xD800 <= unit < 0xE000), hex(unit)


def test_pairs_of_surrogates() -> None:
    units = [0x0, 0x41, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFFFF]
    pairs = list(product(units, units))
    texts = [b"\\u%04X\\u%04X" % pair for pair in pairs]
    for pair, found in zip(pairs, skipped(*texts), strict=True):
        high, low = pair
        single = all(not 0xD800 <= unit < 0xE000 for unit in pair)
        assert found == (single or (0xD800 <= high < 0xDC00 <= low < 0xE000)), pair


@pytest.mark.parametrize(
    "string",
    [
        b"\\u12", b"\\u12g4", b"\\uD83D", b"\\uD83Dx", b"\\uD83D\\n", b"\\uD83D\\u12", b"\\uDE00",
        b"\\U0041", b"\\x41", b"\\", b"\\\\\\", b"\n", b"\x00", b"\x1f", b"\xc3", b"\xf0\x9f\x98",
    ],
)  # fmt: skip
def test_these_are_no_strings(string: bytes) -> None:
    assert skipped(string) == [False]


@pytest.mark.parametrize(("mark", "good"), [
    (b'"', False), (b"\\", False), (b"\t", False), (b"\xff", False),
    (b"\xc3\xa9", True), (b"\\n", True),
])  # fmt: skip
def test_marks_are_seen_at_any_place(mark: bytes, good: bool) -> None:
    strings = [b"x" * place + mark + b"x" * 9 for place in range(25)]
    assert skipped(*strings) == [good] * 25


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_labels_are_what_they_stand_for(texts: list[str]) -> None:
    encodable = [text.encode("utf-8", "replace").decode() for text in texts]
    records = [json.dumps({"y": text}).encode() for text in encodable]
    records += [json.dumps({"y": text}, ensure_ascii=False).encode() for text in encodable]
    scanned = scan(*records)
    assert scanned.labels == encodable * 2
    assert len(scanned.unread) == 0
