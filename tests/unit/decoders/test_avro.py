"""Avro records become columns as JSON's do, whatever schema wrote them, or are rejected."""

import io
import json
import math
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from streamlr import category_codes
from streamlr import schema as inference
from streamlr.config import StreamConfig
from streamlr.decoders import avro as subject
from streamlr.errors import ConfigurationError, NotNowError
from streamlr.records import Decoded, Schema
from streamlr.telemetry.events import REJECT_REASONS
from tests.servers.ports import free_ports

SCHEMA = Schema(("a", "b"), "y", ("c",))
ENUM = {"type": "enum", "name": "Country", "symbols": ["NO", "US"]}
FIRST = {"a": "double", "b": ["null", "long"], "c": ENUM, "y": "boolean"}
"""Types of a schema's fields."""

Types = dict[str, Any]


def definition(types: Types) -> dict[str, Any]:
    fields = [{"name": name, "type": type_} for name, type_ in types.items()]
    return {"type": "record", "name": "Order", "fields": fields}


def settings(**keys: object) -> subject.Config:
    return subject.Config.model_validate(keys, strict=False)


class Topic:
    """Records with ids, and the folder that has their schemas."""

    def __init__(self, folder: Path) -> None:
        self.config = settings(schema_folder=folder)
        self._folder = folder
        self._ids = 0

    def schema(self, types: Types) -> int:
        """Register a schema; its id."""
        self._ids += 1
        (self._folder / f"{self._ids}.avsc").write_text(json.dumps(definition(types)))
        return self._ids

    def record(self, schema_id: int, **fields: object) -> bytes:
        stream = io.BytesIO(b"\0" + schema_id.to_bytes(4, "big"))
        stream.seek(5)
        text = (self._folder / f"{schema_id}.avsc").read_text()
        fastavro.schemaless_writer(stream, fastavro.parse_schema(json.loads(text)), fields)
        return stream.getvalue()

    def decode(self, *payload: bytes | None, schema: Schema = SCHEMA) -> Decoded:
        subject.prepare(self.config, payload)
        return subject.build(self.config, schema).decode(payload)


@pytest.fixture
def topic(tmp_path: Path) -> Topic:
    return Topic(tmp_path)


def reject(topic: Topic, record: bytes | None) -> tuple[str, str]:
    decoded = topic.decode(record)
    assert decoded.values.shape == (0, 3)
    assert (len(decoded.rows), decoded.labels) == (0, [])
    (found,) = decoded.rejects
    assert found.row == 0
    assert found.reason in REJECT_REASONS
    return found.reason, found.detail


def code(value: str | float, column: str = "c") -> float:
    return category_codes.code(value, category_codes.seed(column))


# --- good records -----------------------------------------------------------------------------


def test_fields_are_found_by_their_names(topic: Topic) -> None:
    first = topic.schema(FIRST)
    second = topic.schema({"y": "string", "c": "string", "b": "int", "a": "float"})
    decoded = topic.decode(
        topic.record(first, a=0.1, b=None, c="US", y=True),
        topic.record(second, a=0.5, b=3, c="NO", y="no"),
    )
    assert decoded.rows.tolist() == [0, 1]
    assert decoded.labels == [True, "no"]
    assert decoded.rejects == []
    assert decoded.values.dtype == np.float64
    (first_row, second_row) = decoded.values.tolist()
    assert first_row[0] == 0.1
    assert math.isnan(first_row[1])
    assert first_row[2] == code("US")
    assert second_row == [0.5, 3.0, code("NO")]


def test_a_schema_may_grow_and_shrink_amid_the_stream(topic: Topic) -> None:
    """What was added is skipped, what was removed is missing: no record is lost to it."""
    notes = {"type": "map", "values": "string"}
    grown = topic.schema({**FIRST, "note": ["null", "string"], "notes": notes})
    shrunk = topic.schema({"b": "long", "y": "boolean"})
    decoded = topic.decode(
        topic.record(grown, a=1.0, b=2, c="NO", y=True, note="text", notes={"k": "v"}),
        topic.record(shrunk, b=3, y=False),
    )
    assert decoded.rejects == []
    assert decoded.values[0].tolist() == [1.0, 2.0, code("NO")]
    assert np.isnan(decoded.values[1]).tolist() == [True, False, True]
    assert decoded.labels == [True, False]


def test_a_record_may_have_no_label(topic: Topic) -> None:
    record = topic.record(topic.schema({"a": "int", "y": ["null", "string"]}), a=1, y=None)
    bare = topic.record(topic.schema({"a": "int"}), a=1)
    assert topic.decode(record, bare).labels == [None, None]


def test_nan_is_missing(topic: Topic) -> None:
    types = dict.fromkeys("abcy", "double")
    decoded = topic.decode(topic.record(topic.schema(types), **dict.fromkeys("abcy", math.nan)))
    assert np.isnan(decoded.values).all()
    assert decoded.labels == [None]


def test_numbers_in_texts_are_read_where_the_schema_says_so(topic: Topic) -> None:
    written = topic.schema({"a": "string", "b": "string"})
    records = topic.record(written, a="3.5", b="two"), topic.record(written, a="3.5", b="2")
    decoded = topic.decode(*records, schema=Schema(("a", "b"), "y", in_text=("a", "b")))
    assert decoded.values.tolist() == [[3.5, 2.0]]
    assert [(reject.row, reject.reason) for reject in decoded.rejects] == [(0, "wrong_type")]
    refused = topic.decode(records[1], schema=Schema(("a", "b"), "y", in_text=("a",)))
    assert [reject.row for reject in refused.rejects] == [0]


def test_no_record_is_no_row(topic: Topic) -> None:
    decoded = topic.decode()
    assert decoded.values.shape == (0, 3)
    assert (len(decoded.rows), decoded.labels, decoded.rejects) == (0, [], [])


def test_all_pipelines_know_the_same_schemas(topic: Topic) -> None:
    assert topic.config.schemas is topic.config.schemas


# --- bad records ------------------------------------------------------------------------------


def test_a_tombstone_is_empty(topic: Topic) -> None:
    assert reject(topic, None)[0] == "empty"


@pytest.mark.parametrize("record", [b"", b"\0\0\0\0", b"{}", b'{"a": 1, "b": 2}', b"\1\0\0\0\1"])
def test_what_has_no_id_is_malformed(topic: Topic, record: bytes) -> None:
    assert reject(topic, record)[0] == "malformed"


def test_bytes_that_are_not_as_the_schema_says_are_malformed(topic: Topic) -> None:
    whole = topic.record(topic.schema(FIRST), a=1.0, b=2, c="NO", y=True)
    for damaged in (whole[:-1], whole[:5], whole + b"x"):
        reason, detail = reject(topic, damaged)
        assert reason == "malformed"
        assert detail.startswith("schema id 1")


@pytest.mark.parametrize(
    ("types", "fields", "where"),
    [
        ({"a": {"type": "record", "name": "In", "fields": []}}, {"a": {}}, "$.a"),
        ({"a": "string"}, {"a": "1"}, "$.a"),
        ({"a": ENUM}, {"a": "NO"}, "$.a"),
        ({"b": {"type": "array", "items": "int"}}, {"b": [1]}, "$.b"),
        ({"c": {"type": "map", "values": "int"}}, {"c": {}}, "$.c"),
        ({"y": {"type": "array", "items": "int"}}, {"y": [1]}, "$.y"),
        ({"a": "double"}, {"a": math.inf}, "'a'"),
        ({"a": "float"}, {"a": -math.inf}, "'a'"),
        ({"y": "double"}, {"y": math.inf}, "'y'"),
    ],
)
def test_a_field_that_is_not_what_it_was_is_of_a_wrong_type(
    topic: Topic, types: Types, fields: dict[str, Any], where: str
) -> None:
    reason, detail = reject(topic, topic.record(topic.schema(types), **fields))
    assert reason == "wrong_type"
    assert detail.startswith("schema id 1: ")
    assert where in detail


def test_an_id_without_a_schema_is_told(topic: Topic) -> None:
    reason, detail = reject(topic, b"\0\0\0\0\x63abc")
    assert (reason, "schema id 99" in detail) == ("unknown_schema", True)


def test_a_schema_that_is_none_is_told(topic: Topic, tmp_path: Path) -> None:
    (tmp_path / "5.avsc").write_text('{"type": "nonsense"}')
    reason, detail = reject(topic, b"\0\0\0\0\5abc")
    assert (reason, "schema id 5" in detail) == ("unusable_schema", True)


def test_good_rows_keep_their_places_among_bad_ones(topic: Topic) -> None:
    good = topic.schema({"a": "int", "y": "string"})
    bad = topic.schema({"a": "string"})
    decoded = topic.decode(
        b"bad", topic.record(good, a=1, y="p"), None, topic.record(bad, a="x"),
        topic.record(good, a=3, y="q"), b"",
    )  # fmt: skip
    assert decoded.rows.tolist() == [1, 4]
    assert decoded.rows.dtype == np.int64
    assert decoded.values[:, 0].tolist() == [1.0, 3.0]
    assert decoded.labels == ["p", "q"]
    assert [reject.row for reject in decoded.rejects] == [0, 2, 3, 5]


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_noise_is_rejected_or_read_but_never_raises(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]
) -> None:
    topic = NOISY.setdefault("topic", Topic(tmp_path_factory.mktemp("schemas")))
    if not topic._ids:
        nested = {"type": "array", "items": {"type": "map", "values": ["null", "string", ENUM]}}
        price = {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}
        topic.schema({"a": ["null", price], "n": nested, "c": "string", "y": "double"})
    payload = [b"\0\0\0\0\1" + body for body in bodies]
    decoded = topic.decode(*payload)
    rejected = {reject.row for reject in decoded.rejects}
    assert sorted([*decoded.rows.tolist(), *rejected]) == list(range(len(payload)))
    assert {reject.reason for reject in decoded.rejects} <= {"malformed", "wrong_type"}


NOISY: dict[str, Topic] = {}

# --- what is there before decoding ------------------------------------------------------------


def test_a_sample_is_what_can_be_read(topic: Topic) -> None:
    at = {"type": "long", "logicalType": "timestamp-micros"}
    known = topic.schema({"a": "int", "c": ENUM, "at": at, "y": "boolean"})
    record = topic.record(known, a=1, c="NO", at=1_700_000_000_000_000, y=True)
    seen = subject.sample(topic.config, [record, None, b"bad", b"\0\0\0\0\x63", record[:-1]])
    assert seen == [{"a": 1, "c": "NO", "at": "2023-11-14T22:13:20.000000", "y": True}]


def test_fields_are_inferred_by_their_types(topic: Topic) -> None:
    """A time is left out though its name does not tell it, and though it is a number."""
    day = {"type": "int", "logicalType": "date"}
    types = {"amount": "double", "country": ENUM, "born": ["null", day], "y": "boolean"}
    known = topic.schema(types)
    records = [
        topic.record(known, amount=float(row), country="NO", born=row, y=True) for row in range(30)
    ]
    found, left_out = inference.infer(
        subject.sample(topic.config, records), StreamConfig.model_validate({"label": "y"})
    )
    assert found == Schema(("amount",), "y", ("country",))
    assert left_out == {"born": "timestamps"}


def test_the_original_is_the_record_as_it_came() -> None:
    payload = [b"\0\0\0\0\1", None]
    assert [subject.original(payload, row) for row in (0, 1)] == [b"\0\0\0\0\1", b""]


# --- configuration ----------------------------------------------------------------------------


def test_bare_bodies_have_their_schema_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "order.avsc"
    path.write_text(json.dumps(definition({"a": "int", "y": "boolean"})))
    config = settings(schema_file=path)
    subject.prepare(config, [b"\x06\x01"])
    decoded = subject.build(config, Schema(("a",), "y")).decode([b"\x06\x01", b"\x06"])
    assert (decoded.values.tolist(), decoded.labels) == ([[3.0]], [True])
    assert decoded.rejects[0].detail.startswith("order.avsc")


def test_somewhere_there_must_be_schemas() -> None:
    with pytest.raises(ValidationError) as caught:
        settings()
    (fault,) = caught.value.errors()
    assert fault["loc"] == ("schema_file",)
    assert "[decoder.registry] url" in fault["msg"]


def test_a_fault_of_the_registry_is_not_told_twice() -> None:
    with pytest.raises(ValidationError) as caught:
        settings(registry={"url": "localhost"})
    assert [fault["loc"] for fault in caught.value.errors()] == [("registry", "url")]


def test_what_cannot_be_looked_for_is_told_before_the_first_record(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="schema_file"):
        subject.prepare(settings(schema_file=tmp_path / "none.avsc"), [])


def test_a_registry_is_not_asked_before_the_first_record() -> None:
    (port,) = free_ports(1)
    config = settings(registry={"url": f"http://127.0.0.1:{port}"})
    subject.prepare(config, [])
    with pytest.raises(NotNowError):
        subject.prepare(config, [b"\0\0\0\0\1"])


def test_words_are_read_of_a_text_and_nothing_else_is_one(topic: Topic) -> None:
    schema = Schema(("a",), "y", texts=("note",))
    text = topic.schema({"a": "double", "note": ["null", "string"], "y": "boolean"})
    number = topic.schema({"a": "double", "note": "long", "y": "boolean"})
    notes = ["It was late", None]
    found = topic.decode(
        *(topic.record(text, a=1.0, note=note, y=True) for note in notes),
        topic.record(number, a=1.0, note=3, y=True),
        schema=schema,
    )
    assert found.tokens is not None
    assert found.tokens.span.tolist() == [[0, 3], [3, 3]]
    seed = category_codes.seed("note")
    assert found.tokens.code.tolist() == [
        category_codes.code(word, seed) for word in ("it", "was", "late")
    ]
    [rejected] = found.rejects
    assert (rejected.row, rejected.reason) == (2, "wrong_type")
    assert "note" in rejected.detail
