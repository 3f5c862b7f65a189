"""What one schema wrote is read as values that JSON could hold, or refused with a reason."""

import io
import struct
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from streamlr.avro import RefusedError
from streamlr.avro.writer import Writer

Json = Any


def record(*fields: tuple[str, Any]) -> dict[str, Any]:
    return {
        "type": "record",
        "name": "Order",
        "fields": [{"name": name, "type": type_} for name, type_ in fields],
    }


def body(definition: Json, value: Json) -> bytes:
    """The bytes that fastavro's own writer makes."""
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(definition), value)
    return stream.getvalue()


def read(definition: Json, value: Json) -> dict[str, Any]:
    return Writer("w", [definition]).read(body(definition, value), 0)


def refusal(definition: Json, written: bytes) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        Writer("schema id 7", [definition]).read(written, 0)
    return caught.value


def unusable(*definitions: Json) -> str:
    with pytest.raises(RefusedError) as caught:
        Writer("schema id 7", definitions)
    assert caught.value.reason == "unusable_schema"
    assert "schema id 7" in caught.value.detail
    return caught.value.detail


# --- values -----------------------------------------------------------------------------------

ENUM = {"type": "enum", "name": "Country", "symbols": ["NO", "US"]}
PRICE = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
FIXED = {"type": "fixed", "name": "Four", "size": 4}


@pytest.mark.parametrize(
    ("type_", "written", "found"),
    [
        ("null", None, None),
        ("boolean", True, True),
        ("int", -7, -7),
        ("long", 2**62, 2**62),
        ("float", 0.5, 0.5),
        ("double", 0.1, 0.1),
        ("string", "ü", "ü"),
        ("bytes", b"\x00\xff", "\x00ÿ"),
        (FIXED, b"ab\xe9d", "abéd"),
        (ENUM, "US", "US"),
        (["null", "double"], None, None),
        (["null", "double"], 2.5, 2.5),
        (["null", "bytes"], b"a", "a"),
        (["null", FIXED], b"abcd", "abcd"),
        (PRICE, Decimal("-12.34"), -12.34),
        (["null", PRICE], Decimal("0.10"), 0.1),
        ({"type": "string", "logicalType": "uuid"}, "not one", "not one"),
        ({"type": "int", "logicalType": "date"}, 20_000, 20_000),
        ({"type": "long", "logicalType": "timestamp-millis"}, 1_700_000_000_123, 1_700_000_000_123),
        ({"type": "long", "logicalType": "timestamp-millis"}, 2**62, 2**62),  # beyond any calendar
        ({"type": "array", "items": "int"}, [1, 2], [1, 2]),
        ({"type": "map", "values": "int"}, {"a": 1}, {"a": 1}),
    ],
)  # fmt: skip
def test_each_type_becomes_what_json_could_hold(type_: Json, written: Json, found: Json) -> None:
    got = read(record(("a", type_)), {"a": written})["a"]
    assert got == found
    assert type(got) is type(found)


def test_a_named_type_may_be_used_again() -> None:
    definition = record(("a", FIXED), ("b", ["null", "Four"]))
    assert read(definition, {"a": b"1234", "b": b"abcd"}) == {"a": "1234", "b": "abcd"}


def test_a_body_may_begin_anywhere() -> None:
    definition = record(("a", "int"))
    assert Writer("w", [definition]).read(b"12345" + body(definition, {"a": 3}), 5) == {"a": 3}


def test_times_look_like_times_where_a_schema_is_inferred() -> None:
    millis = {"type": "long", "logicalType": "timestamp-millis"}
    definition = record(("at", ["null", millis]), ("day", {"type": "int", "logicalType": "date"}))
    writer = Writer("w", [definition])
    moment = datetime(2026, 1, 31, 12, tzinfo=UTC)
    written = body(definition, {"at": moment, "day": moment.date()})
    seen = writer.as_seen(writer.read(written, 0))
    assert seen == {"at": "2026-01-31T12:00:00.000", "day": "2026-01-31"}
    assert writer.as_seen({"at": None, "day": 0}) == {"at": None, "day": "1970-01-01"}


def test_a_schema_may_refer_to_others() -> None:
    country = {**ENUM, "namespace": "shop"}
    definition = record(("country", "shop.Country"))
    writer = Writer("w", [country, definition])
    assert writer.read(b"\x02", 0) == {"country": "US"}


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (b"", "they end too early"),
        (b"\x06ab", "they end too early"),
        (b"\x04\xff\xfe", "UnicodeDecodeError"),
        (b"\x04ab\x00", "1 bytes are left after its last field"),
    ],
)
def test_bytes_that_the_schema_does_not_write_are_malformed(written: bytes, why: str) -> None:
    refused = refusal(record(("a", "string")), written)
    assert refused.reason == "malformed"
    assert refused.detail.startswith("schema id 7")
    assert why in refused.detail


@pytest.mark.parametrize("type_", [["null", "int"], ENUM])
def test_an_index_out_of_range_is_malformed(type_: Json) -> None:
    assert refusal(record(("a", type_)), b"\x40").reason == "malformed"


def test_what_is_no_record_is_of_a_wrong_type() -> None:
    refused = refusal("string", b"\x02a")
    assert (refused.reason, "string" in refused.detail) == ("wrong_type", True)


@pytest.mark.parametrize(
    "definition",
    [17, "no_such_type", {"type": "record"}, record(("a", "Missing")), {}, None,
     record(("a", {"type": "array"}))],
)  # fmt: skip
def test_what_is_no_schema_is_unusable(definition: Json) -> None:
    assert "no Avro schema" in unusable(definition)


@pytest.mark.parametrize(
    "link",
    ["Order", ["null", "Order"], {"type": "array", "items": "Order"},
     {"type": "map", "values": "Order"}, record(("back", "Order")) | {"name": "Inner"}],
)  # fmt: skip
def test_a_schema_that_contains_itself_is_refused(link: Json) -> None:
    """Its records may be nested so deeply that fastavro's reader ends the process."""
    assert "contains itself" in unusable(record(("next", link)))


@pytest.mark.parametrize(
    "items",
    ["null", record() | {"name": "Empty"}, record(("n", "null")) | {"name": "Nulls"},
     {"type": "fixed", "name": "Zero", "size": 0}],
)  # fmt: skip
def test_an_array_of_what_takes_no_bytes_is_refused(items: Json) -> None:
    """Three bytes may ask for a list that no memory holds."""
    assert "takes no bytes" in unusable(record(("a", {"type": "array", "items": items})))
    assert "takes no bytes" in unusable(
        record(("a", "int"), ("b", ["null", {"type": "array", "items": items}]))
    )


def test_an_array_of_unions_takes_bytes() -> None:
    definition = record(("a", {"type": "array", "items": ["null", "int"]}))
    assert read(definition, {"a": [None, 3]}) == {"a": [None, 3]}


def test_a_length_beyond_the_record_is_malformed() -> None:
    huge = body("long", 2**62)
    for type_ in ("string", "bytes", {"type": "array", "items": "int"}):
        assert refusal(record(("a", type_)), huge).reason == "malformed"
    negative = body("long", -(2**40))
    assert refusal(record(("a", "string")), negative + b"abc").reason == "malformed"


def test_a_float_is_read_to_the_last_bit() -> None:
    assert (
        read(record(("a", "double")), {"a": 0.1 + 0.2})["a"]
        == struct.unpack("<d", struct.pack("<d", 0.1 + 0.2))[0]
    )
