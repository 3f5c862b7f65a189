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


def test_without_labels_only_numbers_are_compared() -> None:
    records: list[dict[str, Any]] = [
        {"n": 1.5, "text": "x", "store_id": 7, "mixed": 1},
        {"n": 2.5, "text": "y", "store_id": 8, "mixed": "1"},
    ]
    inferred, left_out = schema.infer(records, stream(task="unsupervised", label=""))
    assert inferred == Schema(("n",), "")
    assert left_out == {
        "text": "categories: without labels only numbers are compared",
        "store_id": "categories: without labels only numbers are compared",
        "mixed": "mixed, not numbers",
    }


def test_where_nothing_can_be_compared_it_is_told() -> None:
    with pytest.raises(DataError, match=r"text: categories: .*; set \[stream\] features$"):
        schema.infer([{"text": "x"}, {"text": "y"}], stream(task="unsupervised", label=""))


def test_a_label_is_not_learned_from_where_it_is_only_passed_on() -> None:
    inferred, _ = schema.infer([{"a": 1, "y": 0}], stream(task="unsupervised"))
    assert inferred == Schema(("a",), "y")


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
    with pytest.raises(DataError, match="ended before its first record"):
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


# --- what a field stands for ------------------------------------------------------------------

IDENTIFIERS = "identifiers: another one in each record"
TIMES = "timestamps"


def kind(name: str, values: list[Any]) -> str:
    """Return what a field of these values is: a feature, a category, or why it is left out."""
    records = [{name: value, "other": 0.5, "y": 0} for value in values]
    inferred, left_out = schema.infer(records, stream())
    if name in inferred.features:
        return "feature"
    if name in inferred.texts:
        return "text"
    return "category" if name in inferred.categories else left_out[name]


FEW = [1, 7, 3, 7]
MANY = list(range(17, 47))


@pytest.mark.parametrize(
    "name",
    [
        *("store_id", "storeId", "StoreID", "shop", "weekday", "day of week", "zip-code"),
        *("hour", "product.category", "country_code"),
    ],
)
def test_whole_numbers_that_stand_for_something_are_categories(name: str) -> None:
    assert kind(name, FEW) == "category"
    assert kind(name, [1.0, 2.0, None]) == "category"


@pytest.mark.parametrize("name", ["count", "age", "storage", "amount", "daytime_minutes", "x1"])
def test_other_whole_numbers_are_features(name: str) -> None:
    assert kind(name, FEW) == "feature"
    assert kind(name, MANY) == "feature"


@pytest.mark.parametrize("values", [[1.5, 2.0, 3.0], [0, 1, 1, 0], [True, False]])
def test_fractions_and_switches_are_features_whatever_their_name(values: list[float]) -> None:
    assert kind("store", values) == "feature"


@pytest.mark.parametrize("name", ["id", "order_id", "orderId", "row_index", "key", "uuid"])
def test_numbers_that_never_come_twice_are_identifiers_by_their_name(name: str) -> None:
    assert kind(name, MANY) == IDENTIFIERS


def test_too_few_records_make_no_identifier() -> None:
    assert kind("order_id", MANY[:19]) == "category"
    assert kind("order_id", MANY[:20]) == IDENTIFIERS
    assert kind("order_id", [*MANY[:20], MANY[0]]) == "category"


def test_texts_are_categories() -> None:
    assert kind("colour", ["red", "green", "red"]) == "category"
    assert kind("colour", [f"c{number}" for number in range(19)]) == "category"


def test_texts_that_never_come_twice_are_identifiers() -> None:
    assert kind("colour", [f"c{number}" for number in range(20)]) == IDENTIFIERS


def test_long_texts_without_words_are_left_out() -> None:
    why = "long texts without words; to read them, name it in [stream] texts"
    assert kind("remark", ["x" * 41, "y" * 41, "x" * 41]) == why
    assert kind("remark", ["x" * 40, "y" * 40]) == "category"


@pytest.mark.parametrize(
    "values",
    [
        ["x" * 30 + " of words", "y" * 41, "it took too long to " + "z" * 30],
        [f"order {number} was late" for number in range(20)],
        [f"{number}番目の注文" for number in range(20)],
    ],
)
def test_of_texts_that_are_long_or_never_come_twice_the_words_are_read(values: list[str]) -> None:
    assert kind("remark", values) == "text"


def test_names_of_two_words_are_no_texts() -> None:
    assert kind("customer", [f"Jo{number} Doe" for number in range(20)]) == IDENTIFIERS


def test_a_field_named_as_a_text_is_one_whatever_it_holds() -> None:
    records = [{"colour": "red", "other": 0.5, "y": 0}] * 3
    inferred, _ = schema.infer(records, stream(texts=("colour",)))
    assert (inferred.texts, inferred.categories) == (("colour",), ())


def test_a_model_that_takes_no_texts_has_them_left_out() -> None:
    records = [{"remark": "too late for me " * 4, "other": 0.5, "y": 0}] * 3
    inferred, left_out = schema.infer(records, stream(), texts=False)
    assert inferred.texts == ()
    assert left_out == {
        "remark": "texts: this model or schedule, or [labels] unlabelled, takes none"
    }


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("name", ["timestamp", "event_time", "createdAt", "ts", "updated_at"])
def test_epochs_are_times_by_their_name(name: str, unit: int) -> None:
    seconds = [1_700_000_000, 1_700_000_060, 1_700_000_060]
    assert kind(name, [second * unit for second in seconds]) == TIMES
    assert kind(name, [12, 45, 45]) == "feature"  # seconds that something took
    assert kind("population", [second * unit for second in seconds]) == "feature"


@pytest.mark.parametrize(
    "value",
    [
        *("2026-01-31", "31.01.2026", "1/31/2026", "2026-01-31T12:30:00Z", "2026-01-31 12:30"),
        *("12:30", "12:30:59"),
    ],
)
def test_dates_and_times_are_times(value: str) -> None:
    assert kind("when", [value, value, None]) == TIMES
    assert kind("when", [value, "never"]) == "category"


@pytest.mark.parametrize("value", ["1.2.3.4", "10-20", "a2026-01-31", "12:3"])
def test_what_only_looks_like_a_date_is_a_category(value: str) -> None:
    assert kind("when", [value, value]) == "category"


def test_a_category_may_be_declared_whatever_it_is() -> None:
    records = [{"id": row, "mixed": row if row % 2 else "x", "n": 0.5, "y": 0} for row in MANY]
    inferred, left_out = schema.infer(records, stream(categories=("mixed", "id")))
    assert inferred == Schema(("n",), "y", ("mixed", "id"))
    assert left_out == {}


def test_declared_categories_come_before_those_inferred() -> None:
    records = [{"a": "x", "b": "y", "n": 0.5, "y": 0}] * 2
    assert schema.infer(records, stream(categories=("b",)))[0].categories == ("b", "a")


def test_declared_features_leave_no_category_but_declared_ones() -> None:
    records = [{"a": "x", "b": "y", "n": 0.5, "y": 0}] * 2
    inferred, _ = schema.infer(records, stream(features=("n",), categories=("b",)))
    assert inferred == Schema(("n",), "y", ("b",))


def test_a_missing_category_is_told() -> None:
    with pytest.raises(DataError, match=r"\[stream\] categories: there is no field 'z'"):
        schema.infer([{"a": 1, "y": 0}], stream(categories=("z",)))


def test_categories_alone_are_enough() -> None:
    assert schema.infer([{"a": "x", "y": 0}], stream())[0] == Schema((), "y", ("a",))
