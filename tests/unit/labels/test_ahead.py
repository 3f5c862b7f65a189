"""Forecasts: what they are told of a series, what they are compared with, what does not go."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamlr import config
from streamlr.checkpoint import format as file_format
from streamlr.errors import ConfigurationError, DataError, StorageError
from streamlr.library.online_model import OnlineModel
from streamlr.pipeline import Pipeline
from streamlr.records import RawBatch, Schema
from streamlr.schema import infer
from streamlr.sinks import Sink
from tests.unit.test_pipeline import MemorySink

STEPS = 3
ROWS = 400


def tables(**labels: object) -> dict[str, Any]:
    return {
        "source": {"type": "simulator"},
        "stream": {"label": "load", "task": "regression"},
        "labels": {"type": "ahead", **labels},
        "schedule": {"type": "constant", "rate": 0.05},
        "detector": {"type": "none"},
    }


class Line:
    """A pipeline with its sinks, on a stream of JSON."""

    def __init__(self, asked: dict[str, Any], schema: Schema) -> None:
        self.sink, self.letters = MemorySink(), MemorySink()
        sinks: dict[str, Sink] = {"sink": self.sink, "dead_letters": self.letters}
        self.pipeline = Pipeline(config.build(asked), schema, "json", sinks)

    def take(self, records: list[Any], start: int = 0) -> None:
        count = len(records)
        payload = [json.dumps(record).encode() for record in records]
        places = np.arange(start, start + count)
        zeros = np.zeros(count, np.int64)
        self.pipeline.process(RawBatch(payload, zeros, places, 0, None, {0: start + count}))

    @property
    def metrics(self) -> dict[str, float]:
        return self.pipeline.engine.metrics()["cumulative"]


def loads(seed: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    return 50 + np.cumsum(random.standard_normal(ROWS))


def of_numbers(values: np.ndarray) -> list[dict[str, Any]]:
    return [{"load": value, "x": 1.0} for value in values.tolist()]


NUMBERS = Schema(("x",), "load")


def test_no_change_is_what_the_field_said_when_the_forecast_was_made() -> None:
    values, line = loads(), Line(tables(steps=STEPS), NUMBERS)
    line.take(of_numbers(values))
    expected = np.abs(values[STEPS:] - values[:-STEPS]).mean()
    assert line.metrics["mae_no_change"] == pytest.approx(expected)
    assert line.pipeline.join.figures.waiting == STEPS  # type: ignore[union-attr]


def test_what_the_field_says_now_is_a_feature_unless_it_is_not_wanted() -> None:
    values = loads() * 10
    told, untold = (Line(tables(steps=1, own_value=own), NUMBERS) for own in (True, False))
    for line in (told, untold):
        line.take(of_numbers(values))
    assert told.pipeline.engine.shape.features == untold.pipeline.engine.shape.features + 1
    assert told.metrics["mae"] < untold.metrics["mae"] / 2


def test_a_class_is_a_category_of_its_own_forecast() -> None:
    """Of a cycle of three states, the next one is certain once it was seen."""
    asked = tables(steps=1)
    asked["stream"] = {"label": "state", "task": "multiclass"}
    asked["schedule"]["rate"] = 1.0
    line = Line(asked, Schema(("x",), "state"))
    states = ["red", "green", "amber"] * (ROWS // 3)
    line.take([{"state": state, "x": 1.0} for state in states])
    assert line.pipeline.engine.shape.categories == 1
    assert line.metrics["accuracy_no_change"] == 0.0
    said = [document["prediction"] for document in line.sink.values()]
    assert said[20:-1] == states[21:]


def test_no_change_of_classes_goes_by_the_forecast_too() -> None:
    """Two steps ahead of a cycle of two nothing changes, though every label does."""
    asked = tables(steps=2)
    asked["stream"] = {"label": "state", "task": "multiclass"}
    line = Line(asked, Schema(("x",), "state"))
    line.take([{"state": ["up", "down"][place % 2], "x": 1.0} for place in range(50)])
    assert line.metrics["accuracy_no_change"] == 1.0


def test_derived_columns_stand_beside_the_own_value() -> None:
    derive = {"type": "ratio", "numerator": "x", "denominator": "z"}
    line = Line(tables(steps=1) | {"derive": [derive]}, NUMBERS)
    values = loads()
    records = [{**record, "z": 4.0, "x": place} for place, record in enumerate(of_numbers(values))]
    line.take(records[:7])
    line.take(records[7:])
    assert line.pipeline.deriver.shows.features == ("x", "load", "x/z")
    mean = (ROWS - 1) / 2
    assert line.pipeline.engine.state.features.mean[:3] == pytest.approx(
        [mean, values.mean(), mean / 4]
    )


def test_the_future_is_not_known() -> None:
    """What is said of a record does not hang on any record after it."""
    values = loads()
    another = np.concatenate([values[:200], loads(4)[200:] * 1000])
    lines = [Line(tables(steps=STEPS), NUMBERS) for _ in range(2)]
    for line, stream in zip(lines, (values, another), strict=True):
        line.take(of_numbers(stream))
    past, other = ([said["prediction"] for said in line.sink.values()] for line in lines)
    assert past[:200] == other[:200]
    assert past[200:] != other[200:]


def test_a_label_is_learned_before_its_record_is_predicted() -> None:
    """As late as it can be, as early as it may: one more label by each record."""
    line = Line(tables(steps=STEPS), NUMBERS)
    for place, record in enumerate(of_numbers(loads()[:10])):
        line.take([record], place)
        assert int(line.pipeline.engine.state.counters.learned[0]) == max(0, place + 1 - STEPS)


def test_documents_tell_no_label() -> None:
    """What the record says now is not the label of what was predicted."""
    line = Line(tables(steps=1), NUMBERS)
    line.take(of_numbers(loads()[:5]))
    assert [(said["offset"], said["label"]) for said in line.sink.values()] == [
        (offset, None) for offset in range(5)
    ]


def test_a_checkpoint_goes_on_where_it_was() -> None:
    records = of_numbers(loads())
    whole, first, second = (Line(tables(steps=STEPS), NUMBERS) for _ in range(3))
    whole.take(records)
    first.take(records[:151])
    header = first.pipeline.header({})
    kept = {name: array.copy() for name, array in first.pipeline.arrays().items()}
    second.pipeline.restore(header, kept)
    second.take(records[151:], 151)
    assert second.pipeline.digest() == whole.pipeline.digest()
    assert first.sink.values() + second.sink.values() == whole.sink.values()


def test_a_record_that_cannot_be_read_is_no_step() -> None:
    values, line = loads()[:60], Line(tables(steps=STEPS), NUMBERS)
    records: list[Any] = of_numbers(values)
    for place in (50, 30, 5):
        records.insert(place, {"load": "none", "x": 1.0})
    line.take(records)
    reasons = [letter.headers["streamlr.reason"] for letter in line.letters.documents]
    assert reasons == ["wrong_type"] * 3
    expected = np.abs(values[STEPS:] - values[:-STEPS]).mean()
    assert line.metrics["mae_no_change"] == pytest.approx(expected)


def test_a_series_needs_no_field_but_its_own() -> None:
    asked = config.build(tables(steps=1))
    records = [{"load": value, "at": "2026-01-01 00:00"} for value in loads()[:30].tolist()]
    schema, left_out = infer(records, asked.stream, asked.labels)
    assert (schema.features, schema.categories, schema.label) == ((), (), "load")
    assert left_out == {"at": "timestamps"}
    line = Line(tables(steps=1), schema)
    line.take(of_numbers(loads()))
    assert line.metrics["mae"] < 2 * line.metrics["mae_no_change"]
    with pytest.raises(DataError, match="no field to learn from"):
        infer(records, asked.stream, config.build(tables(steps=1, own_value=False)).labels)


def test_a_key_that_is_in_no_record_is_told() -> None:
    asked = config.build(tables(steps=1, key="statoin"))
    with pytest.raises(DataError, match=r"\[labels\] key: there is no field 'statoin'"):
        infer([{"load": 1.0, "station": "a"}], asked.stream, asked.labels)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({}, ["[labels] seconds = None", "set either steps", "or seconds"]),
        ({"steps": 1, "seconds": 5.0}, ["[labels] seconds = 5.0", "set either steps"]),
        ({"steps": 0}, ["[labels] steps = 0", "greater than or equal to 1"]),
        ({"seconds": 0.0, "time": "ts"}, ["[labels] seconds = 0.0", "greater than 0"]),
        ({"steps": 2, "tolerance_seconds": 1.0}, ["[labels] tolerance_seconds", "steps are exact"]),
        ({"steps": 24, "pending": 23}, ["[labels] pending = 23", "must be steps or more"]),
        ({"steps": 1, "key": "@key"}, ["[labels] key = '@key'", "no message key"]),
        ({"seconds": 9.0}, ["[labels] seconds = 9", "no timestamp", "[labels] time"]),
        ({"steps": 1, "key": "load"}, ["[labels] key = 'load'", "[stream] label names it too"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_remedy(labels: dict[str, Any], told: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        config.build(tables(**labels))
    [fault] = caught.value.faults
    for words in told:
        assert words in fault


def test_a_history_is_refused() -> None:
    asked = {**tables(steps=1), "warm_start": {"path": "history.csv"}}
    with pytest.raises(ConfigurationError, match=r"\[warm_start\] path .* through the source"):
        config.build(asked)


def test_where_records_are_left_out_steps_are_refused() -> None:
    """By event time a forecast that none is left for expires; by steps it gets a later label."""
    skips = {"catch_up": {"policy": "skip"}}
    with pytest.raises(ConfigurationError, match=r"\[catch_up\] policy .* steps = 1 .* seconds"):
        config.build({**tables(steps=1), **skips})
    assert config.build({**tables(seconds=9.0, time="ts"), **skips}).labels.seconds == 9.0


def watching(task: str, **labels: object) -> dict[str, Any]:
    return {
        **tables(steps=1, **labels),
        "stream": {"label": "load", "task": task, "features": ["x"]},
        "detector": {"type": "adwin", "watch": "feature:load"},
    }


def test_a_detector_may_watch_the_labels_own_value() -> None:
    assert config.build(watching("regression")).detector.feature == "load"


@pytest.mark.parametrize("asked", [watching("binary"), watching("regression", own_value=False)])
def test_but_not_where_that_is_no_number_among_the_features(asked: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="features does not name 'load', but: x"):
        config.build(asked)


def test_what_the_label_says_now_is_not_derived_from() -> None:
    asked = {**tables(steps=1), "derive": [{"type": "ratio", "numerator": "load"}]}
    asked["derive"][0]["denominator"] = "x"
    with pytest.raises(ConfigurationError, match=r"'load': that is the label, .* own_value"):
        config.build(asked)


def test_a_model_alone_makes_no_forecasts() -> None:
    with pytest.raises(ConfigurationError, match=r"\[labels\] type = 'ahead': a model alone"):
        OnlineModel.from_config(tables(steps=1))


def test_nor_does_it_take_over_a_forecaster(tmp_path: Path) -> None:
    line = Line(tables(steps=1), NUMBERS)
    line.take(of_numbers(loads()[:5]))
    path = tmp_path / "forecaster"
    path.write_bytes(file_format.encode(line.pipeline.header({}), line.pipeline.arrays()))
    with pytest.raises(StorageError, match=r"is of forecasts .* run the daemon on it"):
        OnlineModel.load(path)
