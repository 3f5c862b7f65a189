"""Which fields are learned from is decided once, from the first records, and told."""

from typing import Any

import pytest

from streamlr import schema
from streamlr.config import StreamConfig
from streamlr.errors import DataError
from streamlr.records import Schema


def stream(**values: object) -> StreamConfig:
    return StreamConfig.model_validate({"label": "y", **values})


def test_numbers_are_features_in_the_order_they_appear() -> None:
    records: list[dict[str, float]] = [{"b": 1, "y": 0}, {"a": 2.5, "b": 2, "y": 1}]
    assert schema.infer(records, stream()) == (Schema(("b", "a"), "y"), {})


MIXED = "mixed, not numbers; to use it, name it in [stream] categories"


def test_what_is_neither_number_nor_text_is_left_out_and_told() -> None:
    records: list[dict[str, Any]] = [
        {"n": 1, "text": "x", "list": [1], "table": {"a": 1}, "mixed": 1, "empty": None, "y": 0},
        {"n": 2, "text": "y", "list": [2], "table": {"a": 2}, "mixed": "1", "empty": None, "y": 1},
    ]
    inferred, left_out = schema.infer(records, stream())
    assert (inferred.features, inferred.categories) == (("n",), ("text",))
    assert left_out == {
        "list": "nested, not numbers",
        "table": "nested, not numbers",
        "mixed": MIXED,
        "empty": "empty",
    }


def test_booleans_are_numbers() -> None:
    assert schema.infer([{"a": True, "y": 0}], stream())[0].features == ("a",)


def test_null_says_nothing_of_a_field() -> None:
    records: list[dict[str, Any]] = [
        {"a": None, "b": 1, "y": None},
        {"a": 1, "b": None, "y": 0},
    ]
    assert schema.infer(records, stream())[0].features == ("a", "b")


def test_text_after_a_number_is_mixed_and_stays_so() -> None:
    records: list[dict[str, Any]] = [
        {"a": 1, "b": 1, "y": 0},
        {"a": "x", "b": 1, "y": 0},
        {"a": 1, "b": 1, "y": 0},
    ]
    assert schema.infer(records, stream())[1] == {"a": MIXED}


def test_the_label_is_no_feature_whatever_it_holds() -> None:
    for label in (1, "yes", True, None):
        inferred, left_out = schema.infer([{"a": 1, "y": label}], stream())
        assert (inferred, left_out) == (Schema(("a",), "y"), {})


def test_ignored_fields_are_left_out_and_told() -> None:
    inferred, left_out = schema.infer([{"a": 1, "id": 7, "y": 0}], stream(ignore=("id",)))
    assert inferred.features == ("a",)
    assert left_out == {"id": "ignored by the configuration"}


def test_declared_features_are_taken_as_they_are() -> None:
    records = [{"a": 1, "b": "2", "c": 3, "y": 0}]
    inferred, left_out = schema.infer(records, stream(features=("c", "b")))
    assert (inferred.features, left_out) == (("c", "b"), {})


@pytest.mark.parametrize(
    ("values", "key", "name"),
    [
        ({}, "label", "y"),
        ({"features": ("b",)}, "label", "y"),
        ({"ignore": ("c",)}, "label", "y"),
    ],
)
def test_a_missing_label_is_told_with_the_fields_there(
    values: dict[str, Any], key: str, name: str
) -> None:
    with pytest.raises(DataError) as caught:
        schema.infer([{"a": 1, "b": 2}, {"c": 3}], stream(**values))
    assert str(caught.value) == (
        f"[stream] {key}: there is no field {name!r} in the first 2 records; fields there: a, b, c"
    )


@pytest.mark.parametrize("key", ["features", "ignore"])
def test_a_named_field_that_is_not_there_is_told(key: str) -> None:
    with pytest.raises(DataError, match=rf"\[stream\] {key}: there is no field 'z' .* there: a, y"):
        schema.infer([{"a": 1, "y": 0}], stream(**{key: ("z",)}))


def test_no_record_is_told() -> None:
    with pytest.raises(DataError, match="ended before its first readable record"):
        schema.infer([], stream())


def test_no_field_is_told_with_what_was_left_out() -> None:
    with pytest.raises(DataError) as caught:
        schema.infer([{"t": [1], "y": 0}], stream())
    assert str(caught.value) == (
        "no field to learn from in the first 1 records (fields left out: t: nested, not numbers); "
        "set [stream] features or categories"
    )


def test_nothing_but_a_label_is_told() -> None:
    with pytest.raises(DataError, match="fields left out: none at all"):
        schema.infer([{"y": 0}], stream())


@pytest.mark.parametrize("label", [[1], {"is": 1}])
def test_a_label_that_is_no_scalar_is_told(label: object) -> None:
    with pytest.raises(DataError, match="label: 'y' holds lists or objects in the first 2 records"):
        schema.infer([{"a": 1, "y": label}, {"a": 2, "y": None}], stream())
