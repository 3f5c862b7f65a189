"""The same values give the same columns, whether Avro or JSON brought them."""

import io
import json
import math
from dataclasses import replace
from typing import Any

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from streamlr.avro.schemas import Schemas
from streamlr.avro.writer import Writer
from streamlr.decoders import avro
from streamlr.decoders import json as json_decoder
from streamlr.records import Decoded, Schema

SCHEMA = Schema(("a", "b"), "y", ("c", "d"))
SCHEMAS = (SCHEMA, replace(SCHEMA, key="k", times=("t",)))
NAMES = ("a", "b", "c", "d", "y", "z", "k", "t")
ENUM = ("NO", "US", "SE")

texts = st.text(st.characters(codec="utf-8"), max_size=6)
finite = st.floats(allow_nan=True, allow_infinity=False)
KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "null": ("null", st.none()),
    "boolean": ("boolean", st.booleans()),
    "int": ("int", st.integers(-(2**31), 2**31 - 1)),
    "long": ("long", st.integers(-(2**63), 2**63 - 1)),
    "float": ("float", st.floats(width=32, allow_infinity=False)),
    "double": ("double", finite),
    "string": ("string", texts),
    "bytes": ("bytes", st.binary(max_size=6)),
    "array": ({"type": "array", "items": "long"}, st.lists(st.integers(0, 9), max_size=2)),
    "map": ({"type": "map", "values": "long"}, st.dictionaries(texts, st.integers(0, 9))),
}


def enum(field: str) -> tuple[Any, st.SearchStrategy[Any]]:
    """One of its own for each field: a name stands for one type."""
    return {"type": "enum", "name": f"E{field}", "symbols": list(ENUM)}, st.sampled_from(ENUM)


@st.composite
def streams(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A schema, and values that it can write."""
    fields, values = [], {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        kind = draw(st.sampled_from([*KINDS, "enum"]))
        type_, value = enum(name) if kind == "enum" else KINDS[kind]
        if kind != "null" and draw(st.booleans()):
            type_, value = ["null", type_], st.none() | value
        fields.append({"name": name, "type": type_})
        values[name] = value
    records = draw(st.lists(st.fixed_dictionaries(values), max_size=4))
    return {"type": "record", "name": "R", "fields": fields}, records


def as_avro(schema: Schema, definition: dict[str, Any], records: list[dict[str, Any]]) -> Decoded:
    parsed = fastavro.parse_schema(json.loads(json.dumps(definition)))
    payload = []
    for record in records:
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, parsed, record)
        payload.append(stream.getvalue())
    known = Schemas(Writer("w", [definition]))
    return avro.AvroDecoder(known, schema).decode(payload)


def as_json(schema: Schema, records: list[dict[str, Any]]) -> Decoded:
    payload = [json.dumps({k: plain(v) for k, v in record.items()}).encode() for record in records]
    return json_decoder.build(json_decoder.Config(), schema).decode(payload)


def plain(value: object) -> object:
    """What Avro's own JSON form has for it; NaN, which JSON cannot say, is null."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return None if isinstance(value, float) and math.isnan(value) else value


@given(st.sampled_from(SCHEMAS), streams())
def test_avro_and_json_give_the_same_columns(
    schema: Schema, stream: tuple[dict[str, Any], list[dict[str, Any]]]
) -> None:
    definition, records = stream
    got, expected = as_avro(schema, definition, records), as_json(schema, records)
    assert got.rows.tolist() == expected.rows.tolist()
    assert got.values.tobytes() == expected.values.tobytes()
    assert [repr(label) for label in got.labels] == [repr(label) for label in expected.labels]
    assert (got.keys is None) == (expected.keys is None)
    assert (
        got.keys is None or expected.keys is None or got.keys.tobytes() == expected.keys.tobytes()
    )
    assert list(got.times) == list(expected.times)
    assert all(got.times[name].tobytes() == expected.times[name].tobytes() for name in got.times)
    assert [(r.row, r.reason) for r in got.rejects] == [(r.row, r.reason) for r in expected.rejects]
