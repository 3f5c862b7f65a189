"""One poll's way through the stages, and what a checkpoint says of it."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from streamlr import config, figures, state_tree
from streamlr.emission import Document
from streamlr.errors import StorageError
from streamlr.pipeline import Pipeline
from streamlr.records import RawBatch, Schema
from streamlr.sinks import Mark

SCHEMA = Schema(("a", "b"), "y")


class MemorySink:
    """Keeps what it is given."""

    writes = True

    def __init__(self) -> None:
        self.documents: list[Document] = []

    def open(self, mark: Mark | None) -> None:
        """Nothing to open."""

    def write(self, documents: Sequence[Document]) -> None:
        self.documents += documents

    def flush(self) -> Mark:
        return {"documents": len(self.documents)}

    def beside(self, partition: int) -> "MemorySink":
        return self

    def close(self) -> None:
        """Nothing is held."""

    def values(self) -> list[dict[str, Any]]:
        return [json.loads(document.value) for document in self.documents]


class SilentSink(MemorySink):
    """Must not be given anything: making documents costs time."""

    writes = False

    def write(self, documents: Sequence[Document]) -> None:
        raise AssertionError


class Line:
    """A pipeline with its sinks."""

    def __init__(self, kind: type[MemorySink] = MemorySink, /, **tables: object) -> None:
        self.sink, self.dead_letters = kind(), kind()
        self.pipeline = Pipeline(
            configuration(**tables),
            SCHEMA,
            "json",
            {"sink": self.sink, "dead_letters": self.dead_letters},
        )

    def process(self, *records: bytes | None, start: int = 0) -> list[str]:
        """Process one poll; return the reasons of the rejects."""
        _, rejects = self.pipeline.process(batch(*records, start=start))
        return [reject.reason for reject in rejects]


def configuration(**tables: object) -> config.Configuration:
    return config.build(
        {
            "source": {"type": "simulator"},
            "stream": {"label": "y"},
            "schedule": {"type": "constant"},
            "detector": {"type": "none"},
            **tables,
        }
    )


def batch(*records: bytes | None, start: int = 0) -> RawBatch:
    count = len(records)
    return RawBatch(
        payload=list(records),
        partition=np.zeros(count, np.int64),
        offset=np.arange(start, start + count),
        timestamp=0,
        keys=None,
        positions={0: start + count},
    )


def record(label: object, a: float = 1.0) -> bytes:
    return json.dumps({"a": a, "b": 2.0, "y": label}).encode()


def test_every_good_record_is_answered_and_every_bad_one_told() -> None:
    line = Line()
    records = [record("no"), b"bad", record("yes"), None, record(None), record("maybe")]
    assert line.process(*records, start=10) == ["malformed", "empty", "too_many_classes"]
    answers = line.sink.values()
    assert [answer["offset"] for answer in answers] == [10, 12, 14]
    assert [answer["label"] for answer in answers] == ["no", "yes", None]
    letters = line.dead_letters.documents
    assert [(letter.offset, letter.value) for letter in letters] == [
        (11, b"bad"),
        (13, b""),
        (15, record("maybe")),
    ]
    assert letters[0].headers["streamlr.source"] == "simulator"
    assert line.pipeline.positions == {0: 16}


def test_what_is_said_is_said_before_the_label_is_known() -> None:
    line = Line()
    line.process(record("no"), record("yes"), record("yes"))
    answers = line.sink.values()
    assert [answer["prediction"] for answer in answers] == [None, "no", answers[2]["prediction"]]
    assert answers[0]["probability"] == 0.0


def test_the_probability_is_that_of_what_is_said() -> None:
    line = Line()
    values = np.random.default_rng(0).standard_normal(400)
    line.process(*(record(int(value > 0), a=value) for value in values))
    late = line.sink.values()[200:]
    assert {answer["prediction"] for answer in late} == {0, 1}
    assert all(0.5 <= answer["probability"] <= 1 for answer in late)
    assert sum(answer["prediction"] == answer["label"] for answer in late) > 180
    assert np.mean([answer["probability"] for answer in late]) > 0.8


def test_an_empty_poll_is_no_trouble() -> None:
    line = Line()
    assert line.process(start=5) == []
    assert line.pipeline.positions == {0: 5}


def test_a_poll_of_bad_records_moves_on() -> None:
    line = Line()
    assert line.process(b"", b"{", start=3) == ["malformed", "malformed"]
    assert line.pipeline.positions == {0: 5}
    assert line.sink.documents == []


def test_a_sink_that_does_not_write_is_spared() -> None:
    line = Line(SilentSink)
    assert line.process(record(1), b"bad") == ["malformed"]


def test_the_journal_is_handed_on() -> None:
    line = Line(
        schedule={"type": "drift_boost"}, detector={"type": "adwin"}, source={"type": "simulator"}
    )
    easy = [record(place % 2, a=float(place % 2)) for place in range(600)]
    turned = [record(1 - place % 2, a=float(place % 2)) for place in range(600)]
    line.pipeline.process(batch(*easy))
    journal, _ = line.pipeline.process(batch(*turned, start=600))
    assert {entry.event for entry in journal} == {"drift", "rate"}
    assert 600 < journal[0].sample < 800


# --- checkpoints ------------------------------------------------------------------------------


def test_a_header_says_all_but_the_arrays() -> None:
    line = Line()
    line.process(record("no"), record("yes"), start=7)
    line.pipeline.positions[-1] = 2
    header = line.pipeline.header({"sink": {"bytes": 3}})
    assert header.pipeline == "streamlr"
    assert (header.features, header.label) == (("a", "b"), "y")
    assert header.classes == ("no", "yes")
    assert list(header.positions.items()) == [(-1, 2), (0, 9)]
    assert header.marks == {"sink": {"bytes": 3}}
    constant = {"type": "constant", "rate": 0.05, "warm_up": 0}
    assert header.components["schedule"] == constant
    assert header.components["frequency"] == {"type": "every_sample"}
    assert set(header.components) == {
        "features", "labels", "model", "detector", "schedule",
        "frequency", "evaluation", "stream", "derive", "classes",
    }  # fmt: skip


def restored(line: Line, other: Line) -> Line:
    header = line.pipeline.header({})
    other.pipeline.restore(header, state_tree.flatten(line.pipeline.engine.state))
    return other


def labels_that_stop() -> list[bytes]:
    """Records of which 6,000 have a label; then none has, and a field shifts."""
    numbers = np.random.default_rng(0).standard_normal(12_000)
    numbers[9000:] += 1.0
    return [
        json.dumps({"a": a, "b": 2.0} | ({"y": int(a > 0)} if place < 6000 else {})).encode()
        for place, a in enumerate(numbers.tolist())
    ]


def test_a_shift_without_labels_is_a_decision_and_outlives_a_restart() -> None:
    records = labels_that_stop()
    line, again = Line(SilentSink), Line(SilentSink)
    line.pipeline.process(batch(*records[:9500]))
    assert not line.pipeline.decisions
    again.pipeline.restore(line.pipeline.header({}), line.pipeline.arrays())
    for other in (line, again):
        other.pipeline.process(batch(*records[9500:], start=9500))
        (entry,) = other.pipeline.decisions
        assert (entry.event, entry.sample) == ("shift", 6000)
        assert entry.reason.startswith("feature:a 0.0")
        assert figures.counts(other.pipeline)["shift alarms"] == 1
        assert figures.shifts([other.pipeline, line.pipeline])["feature:b"] == 0.0
    assert line.pipeline.digest() == again.pipeline.digest()


def test_shifts_are_not_looked_for_when_nobody_asks() -> None:
    records = labels_that_stop()
    line, asked = Line(SilentSink, shift={"without_labels": False}), Line(SilentSink)
    line.pipeline.process(batch(*records))
    assert not line.pipeline.decisions
    assert figures.shifts([line.pipeline]) == {}
    asked.pipeline.restore(line.pipeline.header({}), line.pipeline.arrays())
    line.pipeline.restore(asked.pipeline.header({}), asked.pipeline.arrays())
    asked.pipeline.process(batch(*records[8000:], start=12_000))
    assert not asked.pipeline.decisions  # there is nothing of before to compare with


def test_derived_columns_are_not_watched_for_shifts() -> None:
    line = Line(derive=[{"type": "ratio", "numerator": "a", "denominator": "b"}])
    assert line.pipeline.shifts is not None
    assert line.pipeline.shifts.names == ("feature:a", "feature:b", "prediction", "confidence")


def test_a_restored_pipeline_goes_on_where_it_stood() -> None:
    line = Line()
    values = np.random.default_rng(0).standard_normal(100)
    records = [record("up" if value > 0 else "down", a=value) for value in values]
    line.process(*records)
    again = restored(line, Line())
    assert again.pipeline.positions == {0: 100}
    assert again.pipeline.labels.met == line.pipeline.labels.met
    for other in (line, again):
        other.sink.documents.clear()
        other.process(*records, start=100)
    assert again.sink.documents == line.sink.documents
    digests = {state_tree.digest(each.pipeline.engine.state) for each in (line, again)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("tables", "difference"),
    [
        ({"schedule": {"type": "constant", "rate": 0.1}}, "[schedule] rate was 0.05, is 0.1"),
        ({"features": {"clip": 3.0}}, "[features] clip was 6.0, is 3.0"),
        ({"evaluation": {"window": 10}}, "[evaluation] window was 1000, is 10"),
        ({"stream": {"label": "z"}}, "[stream] label was 'y', is 'z'"),
        (
            {"stream": {"label": "y", "features": ["b", "a"]}},
            "[stream] features were ('a', 'b'), are ('b', 'a')",
        ),
        ({"name": "other"}, "name was 'streamlr', is 'other'"),
        ({"schedule": {"type": "drift_boost"}}, "[schedule] type was 'constant', is 'drift_boost'"),
    ],
)
def test_other_settings_are_told_and_refused(tables: dict[str, Any], difference: str) -> None:
    line = Line()
    line.process(record(0), record(1))
    other = Line(**tables)
    before = state_tree.digest(other.pipeline.engine.state)
    with pytest.raises(StorageError) as caught:
        restored(line, other)
    message = str(caught.value)
    assert message.startswith("the checkpoint was made with other settings: ")
    assert difference in message
    assert message.endswith("or choose another [checkpoint] directory to begin anew")
    assert state_tree.digest(other.pipeline.engine.state) == before


def test_every_difference_is_told() -> None:
    with pytest.raises(StorageError) as caught:
        restored(Line(), Line(name="other", features={"clip": 3.0}, evaluation={"half_life": 5.0}))
    for part in ("name was", "clip was", "half_life was"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "tables",
    [
        {"stream": {"label": "y", "features": ["a", "b"]}},
        {"stream": {"label": "y", "infer_from": 3, "ignore": ["z"]}},
        {"loop": {"poll_records": 1}, "web": {"port": 0}, "log": {"level": "debug"}},
        {"checkpoint": {"keep": 9}, "sink": {"type": "stdout"}},
    ],
)
def test_what_does_not_shape_the_state_may_change(tables: dict[str, Any]) -> None:
    line = Line()
    line.process(record(0))
    assert restored(line, Line(**tables)).pipeline.positions == {0: 1}


def test_arrays_that_do_not_fit_are_refused() -> None:
    line = Line()
    arrays = state_tree.flatten(line.pipeline.engine.state)
    arrays["model.weights"] = np.zeros((99, 1))
    with pytest.raises(
        StorageError, match=r"does not fit this version of streamlr: model\.weights"
    ):
        Line().pipeline.restore(line.pipeline.header({}), arrays)
