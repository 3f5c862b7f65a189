"""JSON records become columns, row by row as ``json.loads`` reads them, or are rejected."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamlr import category_codes
from streamlr.decoders import json as subject
from streamlr.errors import DataError
from streamlr.records import Decoded, Schema
from streamlr.telemetry.events import REJECT_REASONS

SCHEMA = Schema(("a", "b"), "y")
DEEP = b'{"z":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def decode(*payload: bytes | None, schema: Schema = SCHEMA) -> Decoded:
    return subject.build(subject.Config(), schema).decode(payload)


def reason(record: bytes | None) -> str:
    decoded = decode(record)
    assert decoded.values.shape == (0, 2)
    assert (len(decoded.rows), decoded.labels) == (0, [])
    (reject,) = decoded.rejects
    assert (reject.row, bool(reject.detail)) == (0, True)
    return reject.reason


def values(record: bytes) -> list[float]:
    decoded = decode(record)
    assert decoded.rejects == []
    row: list[float] = decoded.values[0].tolist()
    return row


# --- good records -----------------------------------------------------------------------------


def test_fields_are_found_by_name_in_any_order() -> None:
    decoded = decode(b'{"y":1,"b":2.5,"a":-3}', b' { "a" : 1e2 ,\n"b":0,"y":"no"} ')
    assert decoded.values.tolist() == [[-3.0, 2.5], [100.0, 0.0]]
    assert decoded.values.dtype == np.float64
    assert decoded.values.flags.c_contiguous
    assert decoded.labels == [1, "no"]
    assert decoded.rows.tolist() == [0, 1]
    assert decoded.rejects == []


@pytest.mark.parametrize("record", [b'{"b":1,"y":0}', b'{"a":null,"b":1,"y":0}'])
def test_null_and_absent_are_missing(record: bytes) -> None:
    missing, there = values(record)
    assert math.isnan(missing)
    assert there == 1.0


@pytest.mark.parametrize("record", [b'{"a":1,"b":2}', b'{"a":1,"b":2,"y":null}'])
def test_a_record_may_have_no_label(record: bytes) -> None:
    assert decode(record).labels == [None]


def test_booleans_are_numbers() -> None:
    assert values(b'{"a":true,"b":false}') == [1.0, 0.0]


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ("9007199254740993", 9007199254740992.0),
        ("-0", 0.0),
        ("0.1e-400", 0.0),
        ("4.9e-324", 5e-324),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("0.1000000000000000055511151231257827021181583404541015625", 0.1),
    ],
)
def test_numbers_are_the_nearest_float(number: str, value: float) -> None:
    assert values(b'{"a":%s,"b":0}' % number.encode())[0] == value


@pytest.mark.parametrize(
    "label", [1, 0, -7, 1.0, 0.5, True, False, "", "yes", "1", "ü\n", 10**30, None], ids=repr
)
def test_labels_keep_their_type(label: object) -> None:
    (decoded,) = decode(json.dumps({"y": label}).encode()).labels
    assert decoded == label
    assert type(decoded) is type(label)


@pytest.mark.parametrize("names", ["cyz", "zyc", "yzc", "czy"])
def test_a_label_is_told_from_the_texts_around_it(names: str) -> None:
    """Wherever categories stand: once, the last text of a record passed for its label."""
    records = [{name: f"{name}{row}" for name in names} for row in range(3)]
    payload = [json.dumps(record).encode() for record in records]
    decoded = decode(*payload, schema=Schema(("a",), "y", ("c", "z")))
    assert decoded.labels == ["y0", "y1", "y2"]
    expected = [category_codes.code("c0", category_codes.seed("c"))]
    expected += [category_codes.code("z0", category_codes.seed("z"))]
    assert decoded.values[0, 1:].tolist() == expected


def test_names_may_be_any_text() -> None:
    schema = Schema(("ä ü", "it's", "", "label", "f0"), "a.b")
    record = json.dumps({**{name: place for place, name in enumerate(schema.features)}, "a.b": "x"})
    decoded = decode(record.encode(), schema=schema)
    assert decoded.values.tolist() == [[0.0, 1.0, 2.0, 3.0, 4.0]]
    assert decoded.labels == ["x"]


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "a\nb"])
def test_a_name_that_cannot_be_looked_for_is_told(name: str) -> None:
    for schema in (Schema(("a", name), "y"), Schema(("a",), name)):
        with pytest.raises(DataError, match="cannot be read by its name"):
            decode(schema=schema)


@pytest.mark.parametrize("features", [(), ("a",), ("a", "b", "c")])
def test_there_may_be_any_number_of_features(features: tuple[str, ...]) -> None:
    schema = Schema(features, "y")
    decoded = decode(b'{"a":1,"b":2,"c":3,"y":0}', b"bad", schema=schema)
    assert decoded.values.tolist() == [[1.0, 2.0, 3.0][: len(features)]]


def test_unknown_fields_are_skipped() -> None:
    assert values(b'{"z":{"a":9},"a":1,"list":[{"b":8}],"b":2,"text":"x"}') == [1.0, 2.0]


def test_of_a_field_given_twice_the_last_counts() -> None:
    decoded = decode(b'{"a":1,"a":2,"b":0,"y":0,"y":1}')
    assert (decoded.values[0, 0], decoded.labels) == (2.0, [1])


def test_no_record_is_no_row() -> None:
    decoded = decode()
    assert decoded.values.shape == (0, 2)
    assert (len(decoded.rows), decoded.labels, decoded.rejects) == (0, [], [])


# --- bad records ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [
        b"", b" ", b"{", b'{"a":1', b'{"a":}', b'{"a":1,}', b'{"a":01}', b'{"a":+1}', b'{"a":.5}',
        b'{"a":NaN}', b'{"a":Infinity}', b"{'a':1}", b'{"a":1}{"a":2}', b'{"a":1} x', b"nonsense",
        b"\xff\xfe", b'{"y":"\xff"}', b'\xef\xbb\xbf{"a":1}', b'{"a":1\x00}', b'{"y":"\\x"}',
        b'{"z":[1,]}', DEEP,
    ],
)  # fmt: skip
def test_what_is_not_json_is_malformed(record: bytes) -> None:
    assert reason(record) == "malformed"


@pytest.mark.parametrize(
    "record",
    [
        b"[]", b"1", b"null", b'"text"', b"true", b'{"a":"1"}', b'{"a":[1]}', b'{"a":{}}',
        b'{"y":[1]}', b'{"y":{}}', b'{"a":1e400}', b'{"y":1e400}', b'{"a":"x","a":1}',
        b'{"a":' + b"9" * 400 + b"}",
    ],
)  # fmt: skip
def test_what_does_not_fit_the_schema_is_of_a_wrong_type(record: bytes) -> None:
    assert reason(record) == "wrong_type"


def test_a_tombstone_is_empty() -> None:
    assert reason(None) == "empty"


def test_a_reject_says_where_it_is_wrong() -> None:
    (reject,) = decode(b'{"a":1,"b":"x"}').rejects
    assert "$.b" in reject.detail


def test_good_rows_keep_their_places_among_bad_ones() -> None:
    decoded = decode(b"bad", b'{"a":1,"b":2,"y":"p"}', None, b'{"a":3}', b'{"a":"x"}', b"")
    assert decoded.rows.tolist() == [1, 3]
    assert decoded.rows.dtype == np.int64
    assert decoded.values[:, 0].tolist() == [1.0, 3.0]
    assert decoded.labels == ["p", None]
    assert [reject.row for reject in decoded.rejects] == [0, 2, 4, 5]


# --- against json.loads -----------------------------------------------------------------------


class RefusedError(Exception):
    """The reference does not take this record."""


def _refuse(constant: str) -> None:
    raise RefusedError(constant)


def by_json_loads(record: bytes) -> tuple[list[float], Any]:
    """Read one record the slow and certain way, or raise ValueError or RefusedError."""
    found: dict[str, Any] = {}
    whole: list[bool] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # called for the outermost object last
        found.clear()
        whole.append(_fits(pairs))
        found.update(pairs)
        return dict(pairs)

    result = json.loads(record.decode(), object_pairs_hook=collect, parse_constant=_refuse)
    if not isinstance(result, dict) or not whole[-1]:
        raise RefusedError
    return [_number(found.get(name)) for name in SCHEMA.features], found.get(SCHEMA.label)


def _fits(pairs: list[tuple[str, Any]]) -> bool:
    """Whether every value given for a field of the schema may stand there."""
    return all(
        _is_number(value) if name in SCHEMA.features else _is_number(value) or type(value) is str
        for name, value in pairs
        if name in {*SCHEMA.features, SCHEMA.label}
    )


def _is_number(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) < 2**1024 - 2**970  # rounds to a finite float64
    return value is None or (isinstance(value, float) and math.isfinite(value))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


numbers = (
    st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1e3, 1e3).map(lambda value: round(value, 3))
)
scalars = st.none() | st.booleans() | numbers | st.text(st.characters(codec="utf-8"), max_size=5)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("az"), inner),
    max_leaves=4,
)
names = st.sampled_from(["a", "b", "y", "z", "A", ""])


def _as_json(pairs: Sequence[tuple[str, Any]], *, ascii_only: bool, space: str) -> bytes:
    members = (
        f"{json.dumps(name)}{space}:{space}{json.dumps(value, ensure_ascii=ascii_only)}"
        for name, value in pairs
    )
    return f"{space}{{{f'{space},'.join(members)}}}{space}".encode()


likely = st.lists(st.tuples(names, numbers | st.none() | st.booleans()), max_size=5)
objects = st.builds(
    _as_json,
    likely | st.lists(st.tuples(names, anything), max_size=5),
    ascii_only=st.booleans(),
    space=st.sampled_from(["", " ", "\n\t"]),
)
damaged = st.builds(
    lambda whole, place, byte: whole[: place % (len(whole) + 1)] + byte + whole[place % 7 :],
    objects,
    st.integers(0, 200),
    st.sampled_from([b"", b"}", b",", b'"', b"0", b"e", b"-", b"\\", b"\x00", b"nul", b"["]),
)
records = st.none() | objects | damaged | st.binary(max_size=12)


@given(st.lists(records, max_size=8))
@example([DEEP, b'{"a":1}'])
def test_rows_are_what_json_loads_makes_of_them(payload: list[bytes | None]) -> None:
    decoded = decode(*payload)
    rejects = {reject.row: reject.reason for reject in decoded.rejects}
    rows = decoded.rows.tolist()
    assert sorted([*rows, *rejects]) == list(range(len(payload)))
    assert len(rows) == len(decoded.values) == len(decoded.labels)
    assert set(rejects.values()) <= set(REJECT_REASONS)
    kept = dict(zip(rows, zip(decoded.values, decoded.labels, strict=True), strict=True))
    for row, record in enumerate(payload):
        try:
            expected, label = by_json_loads(record or b"")
        except (ValueError, RefusedError, RecursionError):
            assert row in rejects or _has_broken_text(record)
            continue
        if row in rejects:
            assert b"\\ud" in (record or b"").lower()  # half a character: json takes it, we do not
            continue
        got, got_label = kept[row]
        assert got.tobytes() == np.array(expected).tobytes()
        assert repr(got_label) == repr(label)


def _has_broken_text(record: bytes | None) -> bool:
    """Whether it is not UTF-8: let pass in fields that are skipped, as they are not looked into."""
    try:
        (record or b"").decode()
    except UnicodeDecodeError:
        return True
    return False


def test_text_that_is_skipped_is_not_looked_into() -> None:
    """What json would refuse and we let pass: no other than this."""
    assert values(b'{"a":1,"b":2,"z":"\xff"}') == [1.0, 2.0]


# --- beside decoding --------------------------------------------------------------------------


def test_a_sample_is_what_can_be_read() -> None:
    payload = [b'{"a":1,"t":"x"}', None, b"bad", b"[1]", b'{"a":[1]}', DEEP]
    assert subject.sample(subject.Config(), payload) == [{"a": 1, "t": "x"}, {"a": [1]}]


def test_the_original_is_the_record_as_it_came() -> None:
    payload = [b"\xff", None]
    assert [subject.original(payload, row) for row in (0, 1)] == [b"\xff", b""]
