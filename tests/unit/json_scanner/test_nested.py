"""Values that nobody wants are skipped if they are valid."""

import pytest

from streamlr.json_scanner.nested import DEEPEST
from tests.unit.json_scanner.scanning import features, understood


@pytest.mark.parametrize(
    "value",
    [
        "1", "-1.5e5", '""', '"text"', "true", "false", "null", "[]", "{}", "[ ]", "{ }", "[1]",
        "[1,2]", "[[]]", "[[],[]]", '{"a":1}', '{"a":{"a":[{"b":{}}]},"b":[]}',
        ' [ 1 , "]" , { "}" : null } ] ',
        r'["\"",{"\\":"["}]', "[1e999,123456789012345678901234567890]", "[true,false,null]",
        '{"":""}', '{"a":1,"a":2}',
    ],
)  # fmt: skip
def test_these_are_skipped(value: str) -> None:
    assert features(b'{"a":1,"z":%b,"b":2}' % value.encode()) == [1.0, 2.0]


@pytest.mark.parametrize(
    "value",
    [
        "", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1}", "{]", "[1]]",
        '{"a"}',
        '{"a":}', '{"a":1,}', '{"a" 1}',
        '{"a",1}', "{1:2}", "{a:1}", '{"a":1 "b":2}', '{"a":[}', "[tru]",
        '["]', '{"a:1}', "[01]", "[1.]", "[-]", "[nan]", r'["\x"]', '["\xff"]', '{"\n":1}', "[1]1",
        "[][]",        '{"a":1,2}', "[\x00]", "[{]}", "{,}", '{"a":1]',
    ],
)  # fmt: skip
def test_these_are_not(value: str) -> None:
    record = b'{"a":1,"z":%b,"b":2}' % value.encode("latin-1")
    good = b'{"a":1}'
    assert understood(good, record, good) == [True, False, True]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_as_deep_as_there_are_bits(opening: str, closing: str) -> None:
    levels = 2 if "[{" in opening else 1

    def record(depth: int) -> bytes:
        times = depth // levels
        return f'{{"z":{opening * times}1{closing * times}}}'.encode()

    assert understood(record(DEEPEST), record(DEEPEST + levels)) == [True, False]


def test_what_is_never_closed_takes_nothing_from_the_others() -> None:
    unclosed = [b'{"z":[', b'{"z":{"a":', b'{"z":[[1,', b'{"z":["', b'{"z":[1']
    records = [record for bad in unclosed for record in (bad, b'{"a":1}')]
    assert understood(*records) == [False, True] * len(unclosed)
    assert understood(b'{"z":[', b"1]}") == [False, False]
