"""White space and the values that are words."""

import pytest

from tests.unit.json_scanner.scanning import features, scan, understood

SPACE = [b" ", b"\n", b"\r", b"\t", b" \r\n\t  ", b" " * 40]
NO_SPACE = [b"\x00", b"\x0b", b"\x0c", b"\xa0", b"\xc2\xa0", b"\x1f", b"/**/"]
PLACES = [
    b'%b{"a":1}', b'{%b"a":1}', b'{"a"%b:1}', b'{"a":%b1}', b'{"a":1%b}', b'{"a":1}%b', b"{%b}",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_space_may_stand_between_marks(place: bytes) -> None:
    assert understood(*[place % space for space in SPACE]) == [True] * len(SPACE)
    assert understood(*[place % other for other in NO_SPACE]) == [False] * len(NO_SPACE)


def test_words() -> None:
    assert features(b'{"a":true,"b":false}') == [1.0, 0.0]
    assert features(b'{"a":null,"b":true}') == [None, 1.0]
    assert scan(b'{"y":true}', b'{"y":false}', b'{"y":null}').labels == [True, False, None]


@pytest.mark.parametrize("word", [
    "tru", "True", "fals", "nul", "None", "truex", "nulll", "falsee", "t", "n", "f", "undefined",
])  # fmt: skip
def test_other_words(word: str) -> None:
    text = word.encode()
    assert understood(b'{"a":%b}' % text, b'{"y":%b}' % text, b'{"z":%b}' % text) == [False] * 3
