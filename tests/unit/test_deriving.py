"""Which fields derivations find, where their columns go, and what is said of those that misfit."""

from typing import Any

import numpy as np
import pytest

from streamlr import OnlineModel, config, schema
from streamlr.deriving import Deriver
from streamlr.errors import ConfigurationError, DataError
from streamlr.records import Schema

RATIO = {"type": "ratio", "numerator": "a", "denominator": "b"}
CROSS = {"type": "cross", "fields": ["c", "d"]}
CALENDAR = {"type": "calendar", "field": "t"}
RECENCY = {"type": "recency", "key": "c"}
HISTORY = {"type": "history"}


def configured(*derive: dict[str, Any], **tables: Any) -> config.Configuration:  # noqa: ANN401 - tables
    given = {"source": {"type": "simulator"}, "stream": {"label": "y"}, "derive": list(derive)}
    return config.build({**given, **tables})


def faults(*derive: dict[str, Any], **tables: Any) -> tuple[str, ...]:  # noqa: ANN401 - tables
    with pytest.raises(ConfigurationError) as caught:
        configured(*derive, **tables)
    return caught.value.faults


def deriver(own: Schema, *derive: dict[str, Any]) -> Deriver:
    return Deriver(configured(*derive).derive, "binary", own)


def test_derived_columns_stand_behind_those_of_their_kind() -> None:
    subject = deriver(Schema(("a", "b"), "y", ("c", "d")), RATIO, CROSS)
    assert subject.shows.features == ("a", "b", "a/b")
    assert subject.shows.categories == ("c", "d", "c*d")
    assert subject.reads == Schema(("a", "b"), "y", ("c", "d"))


def test_what_is_only_derived_from_is_read() -> None:
    subject = deriver(Schema(("a",), "y", ("c",)), RATIO, CROSS, CALENDAR)
    assert subject.reads == Schema(("a", "b"), "y", ("c", "d"), times=("t",), in_text=("b",))
    assert subject.shows.features[:2] == ("a", "a/b")
    assert subject.shows.categories == ("c", "c*d")


def test_a_field_is_read_once_in_the_role_that_does_for_all() -> None:
    of_a: list[dict[str, Any]] = [
        {"type": "cross", "fields": ["a", "c"]},
        RATIO,
        {"type": "calendar", "field": "a"},
    ]
    assert deriver(Schema(("x",), "y", ("c",)), *of_a).reads.features == ("x", "a", "b")


@pytest.mark.parametrize(
    ("own", "derive", "why"),
    [
        (
            Schema(("b",), "y", ("a",)),
            RATIO,
            "(ratio) numerator = 'a': that is read as a category, and here a number is wanted",
        ),
        (Schema(("x",), "y", ("t",)), CALENDAR, "read as a category, and here a time is wanted"),
        (
            Schema(("a", "b", "a/b"), "y"),
            RATIO,
            "number 1 (ratio) makes a column 'a/b', and there is one of that name; set its name",
        ),
    ],
)
def test_what_it_cannot_be_derived_from_is_told(own: Schema, derive: Any, why: str) -> None:  # noqa: ANN401 - a table
    with pytest.raises(DataError) as caught:
        deriver(own, derive)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("derive", "record", "why"),
    [
        (RATIO, {"a": 1, "y": 1}, "denominator = 'b': there is no such field in the first 1"),
        (
            RATIO,
            {"a": 1, "b": "x", "y": 1},
            "= 'b': in the first 1 records it holds 'x'",
        ),
        (CALENDAR, {"a": 1, "t": "soon", "y": 1}, "holds 'soon', which is not a time"),
        (CALENDAR, {"a": 1, "t": True, "y": 1}, "holds True, which is not a time"),
        (RECENCY, {"a": 1, "c": [1], "y": 1}, "key = 'c': in the first 1 records it holds [1]"),
    ],
)
def test_a_field_that_holds_something_else_is_told_at_once(
    derive: dict[str, Any], record: dict[str, Any], why: str
) -> None:
    built = configured(derive)
    with pytest.raises(DataError) as caught:
        schema.infer([record], built.stream, derive=built.derive)
    assert why in str(caught.value)
    assert str(caught.value).startswith("[[derive]] number 1 (")


DELAYED = {"type": "delayed", "key": "id", "time": "t"}
SIMPLE = {"task": "unsupervised"}


@pytest.mark.parametrize(
    ("derive", "tables", "why"),
    [
        ({"type": "cros"}, {}, "[[derive]] number 1: type = 'cros': "),
        ({"type": "cross", "fields": ["c"]}, {}, "[[derive]] number 1: fields = ['c']: "),
        ({}, {}, "[[derive]] number 1: type is missing; choose one of: calendar, cross, "),
        ({**CALENDAR, "time_zone": "Mars"}, {}, "time_zone = 'Mars': this machine knows no such"),
        ({**CALENDAR, "field": "y"}, {}, "field = 'y': that is the label, which is not known"),
        (HISTORY, {"labels": DELAYED}, "(history): with [labels] type = 'delayed' the last label"),
        (HISTORY, {"stream": SIMPLE}, "(history): with [stream] task = 'unsupervised'"),
        (CROSS, {"stream": SIMPLE}, "(cross) makes categories: with [stream] task = 'unsup"),
        ({**RECENCY, "key": "id"}, {"labels": DELAYED}, "key = 'id': [labels] reads it to join"),
        ({**RECENCY, "time": "@timestamp"}, {}, "time = '@timestamp': the records of this source"),
    ],
)
def test_a_wrong_table_is_told(derive: dict[str, Any], tables: dict[str, Any], why: str) -> None:
    found = faults(derive, **tables)
    assert sum(why in fault for fault in found) == 1
    assert all(fault.startswith("[[derive]] number 1") for fault in found)


def test_what_is_no_array_of_tables_is_told() -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured(derive=RATIO)
    assert caught.value.faults[0].startswith("[[derive]] = {'type': 'ratio'")


def test_a_derived_column_may_be_watched() -> None:
    stream = {"label": "y", "features": ["a", "b"]}
    watch = {"type": "adwin", "watch": "feature:a/b"}
    assert configured(RATIO, stream=stream, detector=watch).detector.feature == "a/b"
    (fault,) = faults(stream=stream, detector=watch)
    assert "does not name 'a/b', but: a, b" in fault


def test_a_time_may_be_one_that_labels_are_joined_by() -> None:
    assert configured(CALENDAR, labels=DELAYED).labels.time == "t"


@pytest.fixture(scope="module")
def model() -> OnlineModel:
    return OnlineModel(
        features=("a", "b"),
        derive=[RATIO, HISTORY, CALENDAR],
        schedule="constant",
        detector="none",
    )


def test_the_library_derives_and_remembers_what_is_learned(model: OnlineModel) -> None:
    records = [{"a": float(n % 7), "b": 2.0, "t": 1.7e9 + 3600 * n} for n in range(60)]
    labels = [n // 10 % 2 for n in range(60)]  # each is mostly that of the record before
    model.learn_many(records, labels)
    copy = OnlineModel.from_config({"stream": {"label": "y"}}, sample=[{"a": 1.0}])
    copy = type(copy)._of_state(model.state())
    assert copy.derived[:2] == ("a/b", "past.mean")
    said = model.predict(records[0]).probability
    assert copy.predict(records[0]).probability == said
    assert model.learn(records[0], 1).probability == said == copy.learn(records[0], 1).probability
    assert copy.state() == model.state()
    assert copy.digest == model.digest


def test_an_array_holds_no_times(model: OnlineModel) -> None:
    with pytest.raises(DataError, match="an array has no column for 't', which is a time"):
        model.predict_many(np.ones((1, 2)))


def test_a_record_whose_time_is_none_is_told(model: OnlineModel) -> None:
    before = model.state()
    with pytest.raises(DataError, match="record 0: field 't' is 'soon', which is no time"):
        model.learn({"a": 1.0, "t": "soon"}, 1)
    assert model.state() == before
