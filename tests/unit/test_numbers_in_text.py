"""Numbers that come as texts: which fields are taken for such, and how they are read."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr import config, schema
from streamlr.checkpoint.format import schema_of
from streamlr.decoders import json as json_decoder
from streamlr.errors import DataError
from streamlr.json_scanner.scanner import Scanner
from streamlr.library.rows import Rows
from streamlr.pipeline import Pipeline
from streamlr.records import Decoded, Schema

SCHEMA = Schema(("x", "z"), "y", in_text=("x",))
DECODER = json_decoder.build(json_decoder.Config(), SCHEMA)
REFERENCE = json_decoder.MsgspecDecoder(SCHEMA)


def payload(*values: object) -> list[bytes]:
    return [json.dumps({"x": value}).encode() for value in values]


def decoded(*values: object) -> Decoded:
    return DECODER.decode(payload(*values))


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20))
def test_a_text_is_the_number_that_it_spells(number: float) -> None:
    for text in (repr(number), f" {number} ", f"{number:.6e}"):
        assert decoded(text).values[0, 0] == float(text)


@pytest.mark.parametrize("text", ["7", "-3.14", "0.5", "1e3", "1.5E-3"])
def test_the_scanner_reads_what_streams_have(text: str) -> None:
    scanned = Scanner(SCHEMA).scan(payload(text))
    assert scanned.unread.tolist() == []
    assert scanned.values[0, 0] == float(text)


@pytest.mark.parametrize("text", ["+7", "007", ".5", "5.", " 5", "1e400"])
def test_other_spellings_are_left_to_the_slower_reader(text: str) -> None:
    assert decoded(text).values[0, 0] == float(text)


ARABIC_ONE = "\u0661"
LONG = "1" * 100_000 + "x"  # read through once, not once a digit


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "seven",
        "1,5",
        "1 5",
        "0x10",
        "1_0",
        "nan",
        "inf",
        ARABIC_ONE,
        "--1",
        "1e",
        "1\n2",
        LONG,
    ],
)
def test_a_text_that_is_no_number_is_rejected(text: str) -> None:
    found = decoded(1.0, text, "2")
    assert [(reject.row, reject.reason) for reject in found.rejects] == [(1, "wrong_type")]
    assert found.values[:, 0].tolist() == [1.0, 2.0]


def test_other_fields_take_none() -> None:
    assert DECODER.decode([b'{"z": "1"}']).rejects[0].reason == "wrong_type"


@given(st.lists(st.text("0123456789.eE+- x", max_size=6), max_size=20))
def test_the_scanner_reads_as_the_slower_reader_does(texts: list[str]) -> None:
    found, expected = decoded(*texts), REFERENCE.decode(payload(*texts))
    assert found.values.tobytes() == expected.values.tobytes()
    assert found.rejects == expected.rejects


def test_all_fields_may_be_told_to_take_texts() -> None:
    settings = json_decoder.Config(numbers_in_text=True)
    read = json_decoder.build(settings, Schema(("x", "z"), "y"))
    found = read.decode([b'{"x": "1", "z": "2.5"}', b'{"x": "one"}'])
    assert found.values.tolist() == [[1.0, 2.5]]
    assert [reject.row for reject in found.rejects] == [1]


def inferred(*values: object, name: str = "x") -> Schema:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    records = [{"y": 1, "other": 1.5, name: value} for value in values]
    found, _ = schema.infer(records, config.build(tables).stream)
    return found


@pytest.mark.parametrize("values", [("1",), ("3.14", "-2"), ("0", None, "1e5"), ("0.50", "10")])
def test_texts_that_are_all_numbers_are_a_feature(values: tuple[Any, ...]) -> None:
    assert inferred(*values) == Schema(("other", "x"), "y", in_text=("x",))


def test_what_is_no_whole_number_stands_for_nothing() -> None:
    found = inferred("21.5", "22", name="room_temperature")
    assert found.in_text == ("room_temperature",)


def test_numbers_in_texts_within_objects() -> None:
    nested = Schema(("x", "user.age"), "y", in_text=("user.age",))
    read = json_decoder.build(json_decoder.Config(), nested)
    found = read.decode([b'{"x": 1, "user": {"age": "42"}}', b'{"x": 1, "user": {"age": "old"}}'])
    assert found.values.tolist() == [[1.0, 42.0]]
    assert [(reject.row, reject.reason) for reject in found.rejects] == [(1, "wrong_type")]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("x", ("1", "a")),
        ("x", ("1", "")),
        ("x", ("007", "1")),
        ("x", ("1", "12345678901234567890")),  # a number has not so many digits
        ("zip", ("5000", "1")),
        ("store_id", ("1", "2")),
        ("user.country", ("47", "46")),
    ],
)
def test_texts_that_stand_for_something_are_a_category(name: str, values: tuple[str, ...]) -> None:
    assert inferred(*values, name=name) == Schema(("other",), "y", (name,))


def test_moments_in_texts_are_left_out() -> None:
    assert inferred("1700000000", "1700000060", name="ts").features == ("other",)


def test_texts_among_numbers_are_left_out() -> None:
    assert inferred("1", 2).features == ("other",)


def test_a_checkpoint_remembers_them() -> None:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    small = {"schedule": {"type": "constant"}, "detector": {"type": "none"}}
    made = Pipeline(config.build({**tables, **small}), SCHEMA, "json", {})
    assert schema_of(made.header({})) == SCHEMA


def test_the_library_reads_them_too() -> None:
    read = Rows(SCHEMA)
    assert read.read([{"x": "2.5", "z": 1}])[0].tolist() == [[2.5, 1.0]]
    with pytest.raises(DataError, match="'x' is 'two', which is not a number, nor a text that"):
        read.read([{"x": "two"}])
    with pytest.raises(DataError, match="'z' is '1', which is not a number; give"):
        read.read([{"z": "1"}])
    assert np.isnan(read.read([{}])[0]).all()
