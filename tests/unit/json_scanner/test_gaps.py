"""What stands between values may change from record to record, but not into nonsense."""

from math import isnan

import pytest

from tests.unit.json_scanner.scanning import scan, understood


def values(*records: bytes) -> list[list[float | None]]:
    scanned = scan(*records)
    assert len(scanned.unread) == 0
    return [[None if isnan(value) else value for value in row] for row in scanned.values.tolist()]


def test_fields_may_trade_places() -> None:
    records = [b'{"a":1,"b":2}', b'{"b":3,"a":4}', b'{"a":5,"b":6}', b'{"b":7,"a":8}']
    assert values(*records) == [[1, 2], [4, 3], [5, 6], [8, 7]]


def test_fields_may_be_left_out() -> None:
    records = [b'{"a":1,"b":2}', b'{"a":3}', b'{"b":4}', b"{}", b'{"a":5,"b":6}']
    assert values(*records) == [[1, 2], [3, None], [None, 4], [None, None], [5, 6]]


def test_other_fields_may_come_between() -> None:
    records = [b'{"a":1,"z1":9,"b":2}', b'{"a":3,"z2":"x","b":4}', b'{"z1":0,"a":5,"z2":[],"b":6}']
    assert values(*records * 2) == [[1, 2], [3, 4], [5, 6]] * 2


def test_there_may_be_more_other_fields_than_are_told_apart() -> None:
    record = b"{%b}" % b",".join(b'"z%d":%d' % (place, place) for place in range(500))
    records = [record.replace(b"}", b',"a":1}'), record.replace(b"{", b'{"b":2,')]
    assert values(*records) == [[1, None], [None, 2]]


def test_space_may_change() -> None:
    records = [
        b'{"a":1,"b":2}',
        b'{ "a": 3, "b": 4 }',
        b'{\n "a" : 5,\n "b" : 6\n}',
        b'{"a":7,"b":8}',
    ]
    assert values(*records) == [[1, 2], [3, 4], [5, 6], [7, 8]]
    records = [b'{"a":1,"b":2}', b'{"a": 3,"b":\n4}', b'{"a":  5,"b": 6}', b'{"a": 7,"b": 8}']
    assert values(*records) == [[1, 2], [3, 4], [5, 6], [7, 8]]


def test_long_gaps_are_compared_to_their_end() -> None:
    names = ("a long name of a feature 1", "a long name of a feature 2")
    records = [b'{"%b":%d}' % (name.encode(), place) for place in range(4) for name in names]
    scanned = scan(*records, features=names)
    assert scanned.values[:, 0].tolist()[::2] == scanned.values[:, 1].tolist()[1::2] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "record",
    [
        b'{"a":1{"b":2}', b'{,"a":1}', b',"a":1}', b'{"a":1,,"b":2}', b'{"a":1 "b":2}', b'{"a":1,}',
        b'{"a":1,"b"}', b'{"a":1,"b":}', b'{"a":1,"b":,}', b'{"a":1;"b":2}', b'{"a":1,"b" 2}',
        b'{"a":1,b:2}', b'{"a":1,{"b":2}}', b'{"a":1}}', b'{"a":1', b'{"a":1,"b":2', b'{"a":1,"b',
        b'{"a":1,"b"', b'{"a":1,"b":', b'{"a":1,"b":2}{"a":1,"b":2}', b'{"a"::1}', b'"a":1,"b":2}',
        b'["a",1]', b"{", b"}", b"[", b"1", b'"a"', b"null", b"", b" ", b"{}{}", b"{},", b"{}\x00",
        b"\xef\xbb\xbf{}", b"\x00{}",
    ],
)  # fmt: skip
def test_no_record_makes_nonsense_expected(record: bytes) -> None:
    good = b'{"a":1,"b":2}'
    assert understood(good, record, good, record, record) == [True, False, True, False, False]
    assert understood(record) == [False]


def test_no_record_is_read_beyond_its_end() -> None:
    record = b'{"a":12.5e1,"b":-0.25,"z":{"q":["x",null]},"y":"spam\\u00e9"}'
    halves = [half for cut in range(1, len(record)) for half in (record[:cut], record[cut:])]
    assert understood(*halves) == [False] * len(halves)
    assert understood(record, *halves, record) == [True] + [False] * len(halves) + [True]
    assert understood(b"{} ", b" {}", b"\n{}\n") == [True] * 3
