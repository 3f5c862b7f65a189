"""Nested values by path, from a record to the columns, by whichever decoder."""

import json
import math
from typing import Any

import numpy as np
import pytest

from streamlr import OnlineModel, config, paths, schema
from streamlr.decoders import json as json_decoder
from streamlr.errors import DataError
from streamlr.field_watch import FieldWatch
from streamlr.json_scanner.scanner import Scanner
from streamlr.library.rows import Rows
from streamlr.records import Decoded, Schema

SCHEMA = Schema(
    ("user.age", "items.0.price"), "result.paid", ("user.at.zip",), "ids.key", ("meta.ts",)
)


def decoded(*records: Any) -> Decoded:  # noqa: ANN401 - any JSON
    payload = [json.dumps(record).encode() for record in records]
    return json_decoder.build(json_decoder.Config(), SCHEMA).decode(payload)


NESTED = {
    "user": {"age": 7, "at": {"zip": "0150"}, "more": [{}]},
    "items": [{"price": 2.5}, {}],
    "result": {"paid": True},
    "ids": {"key": "a"},
    "meta": {"ts": "1970-01-01T00:00:09Z"},
}
FLAT = {
    "user.age": 7,
    "user.at.zip": "0150",
    "items.0.price": 2.5,
    "result.paid": True,
    "ids.key": "a",
    "meta.ts": 9,
}


def test_nested_fields_are_what_flat_ones_are() -> None:
    found = decoded(NESTED, FLAT, NESTED)
    assert found.rejects == []
    assert found.labels == [True] * 3
    assert found.keys is not None
    for columns in (found.values, found.keys, found.times["meta.ts"][:, None]):
        assert (columns == columns[0]).all()
    assert found.values[0, :2].tolist() == [7.0, 2.5]


def test_flat_names_with_dots_are_left_to_the_scanner() -> None:
    scanned = Scanner(SCHEMA).scan([json.dumps(FLAT).encode()])
    assert scanned.unread.tolist() == []
    assert scanned.labels == [True]


def test_a_fields_own_name_comes_before_its_path() -> None:
    assert decoded({**NESTED, "user.age": 8, "user": {"age": 1}}).values[0, 0] == 8.0


@pytest.mark.parametrize(
    "record",
    [{}, {"user": None}, {"user": {}}, {"user": {"age": None}}, {"items": []}, {"items": {}}],
)
def test_what_is_not_there_is_missing(record: dict[str, Any]) -> None:
    found = decoded(record)
    assert found.rejects == []
    assert np.isnan(found.values).all()
    assert np.isnan(found.times["meta.ts"]).all()
    assert found.labels == [None]


@pytest.mark.parametrize(
    ("record", "reason", "why"),
    [
        ({"user": {"age": "old"}}, "wrong_type", "got `str` - at `$.user.age`"),
        ({"user": {"age": [1]}}, "wrong_type", "got `array` - at `$.user.age`"),
        ({"user": 5}, "wrong_type", "'user' holds 5, and 'age' is looked for within it"),
        ({"user": {"age": 10**400}}, "wrong_type", ""),
        ({"result": {"paid": {}}}, "wrong_type", "got `object` - at `$.result.paid`"),
        ({"meta": {"ts": "soon"}}, "wrong_type", "time 'meta.ts'"),
        ([1], "wrong_type", "Expected `object`, got `array`"),
    ],
)
def test_what_cannot_be_read_is_rejected_as_flat_fields_are(
    record: object, reason: str, why: str
) -> None:
    found = decoded(NESTED, record, NESTED)
    assert [(reject.row, reject.reason) for reject in found.rejects] == [(1, reason)]
    assert why in found.rejects[0].detail
    assert found.rows.tolist() == [0, 2]


def test_bytes_that_are_no_json_are_rejected() -> None:
    read = json_decoder.build(json_decoder.Config(), SCHEMA)
    payload = [json.dumps(NESTED).encode(), b'{"user": {', None]
    assert [reject.reason for reject in read.decode(payload).rejects] == ["malformed", "empty"]


@pytest.mark.parametrize("name", ["n", "user.age"])
def test_a_number_beyond_all_floats_is_told_with_its_field(name: str) -> None:
    read = json_decoder.build(json_decoder.Config(), Schema(("n", "user.age"), "y"))
    record = {"n": b'{"n": 1e999}', "user.age": b'{"user": {"age": 1e999}}'}[name]
    (rejected,) = read.decode([record]).rejects
    assert (rejected.reason, rejected.detail) == (
        "wrong_type",
        f"Number out of range - at `$.{name}`",
    )


def inferred(*records: dict[str, Any], **stream: object) -> tuple[Schema, dict[str, str]]:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y", **stream}}
    seen = json_decoder.sample(
        json_decoder.Config(), [json.dumps(record).encode() for record in records]
    )
    return schema.infer(seen, config.build(tables).stream)


def test_objects_are_opened_up_to_two_levels() -> None:
    record = {"y": 1, "a": 2, "user": {"age": 3, "at": {"name": "x", "far": {"z": 1}}}, "l": [1]}
    found, left_out = inferred(record)
    assert (found.features, found.categories) == (("a", "user.age"), ("user.at.name",))
    assert left_out == {"user.at.far": "nested, not numbers", "l": "nested, not numbers"}


def test_a_path_that_is_named_goes_deeper() -> None:
    record = {"out": {"come": {"of": {"it": 1}}}, "a": 2, "items": [{"kind": "x"}]}
    found, _ = inferred(record, label="out.come.of.it", categories=["items.0.kind"])
    assert found == Schema(("a",), "out.come.of.it", ("items.0.kind",))


def test_an_object_is_ignored_with_all_that_is_in_it() -> None:
    found, left_out = inferred({"y": 1, "a": 2, "b": {"c": 3, "d": {"e": 4}}}, ignore=["b"])
    assert found.features == ("a",)
    assert set(left_out) == {"b.c", "b.d.e"}


def test_a_path_that_is_in_no_record_is_told() -> None:
    with pytest.raises(DataError, match=r"no field 'user.agee' \(did you mean 'user.age'\?\)"):
        inferred({"y": 1, "user": {"age": 3}}, categories=["user.agee"])


def test_a_nested_field_that_comes_is_not_one_that_vanished() -> None:
    records = [paths.opened(NESTED)] * 4
    watch = FieldWatch(SCHEMA, (), lambda _payload: records, lambda: 0.0)
    for _ in range(100):
        watch._look_at = 0.0
        watch.look(json_batch())
    assert watch.vanished == 0


def json_batch() -> Any:  # noqa: ANN401 - a RawBatch of one record
    from tests.unit.test_pipeline import batch  # noqa: PLC0415

    return batch(json.dumps(NESTED).encode())


def test_the_library_reads_them_too() -> None:
    own = Schema(("user.age",), "y", (), times=("meta.ts",))
    read = Rows(own)
    assert read.read([NESTED, {"user": None}])[0][0].tolist() == [7.0]
    assert read.times([NESTED])["meta.ts"].tolist() == [9.0]
    assert math.isnan(read.times([{}])["meta.ts"][0])
    with pytest.raises(DataError, match="record 0: field 'user' holds 5, and 'age'"):
        read.read([{"user": 5}])
    model = OnlineModel(sample=[{"user": {"age": 1.0}}], schedule="constant", detector="none")
    assert model.features == ("user.age",)


TYPED = Schema(("a", "u.x", "u.v.y"), "u.label", ("u.v.c",))
PIECES = [
    {"a": 1, "u": {"x": 2, "v": {"y": 3, "c": "k"}, "label": 1}},
    {"u": {"v": None, "x": None}},
    {"u": {"label": "yes", "v": {"more": [1, {}], "c": 4}}, "u.x": 9},
    {"a": None, "u.label": None, "u": {"label": 1}},
    {"u": None},
    {},
]


@pytest.mark.parametrize("record", [*PIECES, {"u": 1}, {"u": {"x": "one"}}, {"u": {"v": []}}])
def test_records_are_the_same_read_in_one_go_and_looked_through(record: dict[str, Any]) -> None:
    """A path within a list makes the reader look all records through."""
    schemas = (TYPED, Schema((*TYPED.features, "l.0.z"), TYPED.label, TYPED.categories))
    found = [
        json_decoder.MsgspecDecoder(one).decode([json.dumps(record).encode()]) for one in schemas
    ]
    assert [one.labels for one in found] == [found[0].labels] * 2
    assert found[0].values.tobytes() == np.delete(found[1].values, 3, axis=1).tobytes()
    reasons = [[reject.reason for reject in one.rejects] for one in found]
    details = [[reject.detail for reject in one.rejects] for one in found]
    assert reasons[0] == reasons[1]
    assert details[0] == details[1]
