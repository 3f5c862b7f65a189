"""Every event is one log line and one metric."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry

from streamlr.records import Journal, Reject, Schema
from streamlr.telemetry import events as subject
from streamlr.telemetry.events import REJECT_REASONS, Events


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 5000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(subject, "time", made)
    monkeypatch.setattr("prometheus_client.metrics.time", made)
    return made


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture
def events(registry: CollectorRegistry, clock: Clock, lines: list[Any]) -> Events:
    return Events(registry, "p")


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    found = registry.get_sample_value(name, {"pipeline": "p", **labels})
    assert found is not None
    return found


def rate_change(reason: str = "drift alarm") -> Journal:
    return Journal(sample=7, event="rate", reason=reason, old=0.1, new=0.8, evidence=0.3)


def alarm(kind: str = "drift") -> Journal:
    return Journal(sample=7, event=kind, reason="", old=0.0, new=0.0, evidence=0.25)


def test_everything_starts_at_zero(registry: CollectorRegistry, events: Events) -> None:
    events.know_reasons(["drift alarm", "settled"])
    for reason in REJECT_REASONS:
        assert value(registry, "streamlr_records_rejected_total", reason=reason) == 0
    for reason in ("drift alarm", "settled"):
        name = "streamlr_learning_rate_last_change_timestamp_seconds"
        assert value(registry, name, reason=reason) == 0
        name = "streamlr_learning_rate_after_last_change"
        assert math.isnan(value(registry, name, reason=reason))
    for kind in ("warning", "drift"):
        name = "streamlr_drift_last_alarm_timestamp_seconds"
        assert value(registry, name, kind=kind) == 0
    assert value(registry, "streamlr_checkpoint_failures_total") == 0
    assert value(registry, "streamlr_checkpoint_duration_seconds_count") == 0
    assert value(registry, "streamlr_checkpoint_timestamp_seconds") == 0


def test_the_first_event_adds_no_series(registry: CollectorRegistry, events: Events) -> None:
    """Whoever asks for a rate sees the step from 0."""

    def series() -> set[tuple[str, tuple[tuple[str, str], ...]]]:
        return {
            (sample.name, tuple(sample.labels.items()))
            for family in registry.collect()
            for sample in family.samples
        }

    events.know_reasons(["drift alarm"])
    before = series()
    events.rejected(
        [Reject(0, reason, "") for reason in REJECT_REASONS], range(len(REJECT_REASONS))
    )
    events.journal([rate_change(), alarm(), alarm("warning")])
    events.checkpoint_written("f", 0.1, 10)
    events.checkpoint_failed("why")
    assert series() == before


@pytest.mark.parametrize("reason", REJECT_REASONS)
def test_rejects_are_counted_by_reason(
    registry: CollectorRegistry, events: Events, lines: list[Any], reason: str
) -> None:
    events.rejected([Reject(3, reason, "what was wrong")], [42])
    assert value(registry, "streamlr_records_rejected_total", reason=reason) == 1
    assert events.rejected_count == 1
    (line,) = lines
    assert line == {
        "event": "record rejected",
        "log_level": "warning",
        "pipeline": "p",
        "reason": reason,
        "offset": 42,
        "detail": "what was wrong",
    }


def test_a_flood_of_rejects_is_counted_but_not_logged(
    registry: CollectorRegistry, events: Events, lines: list[Any], clock: Clock
) -> None:
    for _ in range(3):
        events.rejected([Reject(0, "malformed", "")] * 1000, range(1000))
    assert value(registry, "streamlr_records_rejected_total", reason="malformed") == 3000
    assert events.rejected_count == 3000
    assert len(lines) == 1
    clock.now += 1.0
    events.rejected([Reject(0, "malformed", "")], [0])
    assert [line.get("lines_held_back") for line in lines] == [None, 2999]
    clock.now += 1.0
    events.rejected([Reject(0, "malformed", "")], [0])
    assert "lines_held_back" not in lines[-1]


def test_a_flood_of_one_sort_does_not_hide_another(events: Events, lines: list[Any]) -> None:
    rejects = [Reject(0, reason, "") for reason in REJECT_REASONS * 2]
    events.rejected(rejects, range(len(rejects)))
    events.journal([rate_change(), alarm(), alarm("warning"), rate_change(), alarm()])
    assert len(lines) == len(REJECT_REASONS) + 3


def test_an_alarm_says_when_it_was(registry: CollectorRegistry, events: Events) -> None:
    events.journal([alarm()])
    name = "streamlr_drift_last_alarm_timestamp_seconds"
    assert value(registry, name, kind="drift") == 5000.0
    assert value(registry, name, kind="warning") == 0


def test_a_rate_change_is_told_with_its_reason(
    registry: CollectorRegistry, events: Events, lines: list[Any]
) -> None:
    events.journal([rate_change()])
    name = "streamlr_learning_rate_last_change_timestamp_seconds"
    assert value(registry, name, reason="drift alarm") == 5000.0
    name = "streamlr_learning_rate_after_last_change"
    assert value(registry, name, reason="drift alarm") == 0.8
    (line,) = lines
    assert line == {
        "event": "learning rate changed",
        "log_level": "info",
        "pipeline": "p",
        "sample": 7,
        "reason": "drift alarm",
        "old": 0.1,
        "new": 0.8,
        "evidence": 0.3,
    }


@pytest.mark.parametrize("kind", ["drift", "warning"])
def test_an_alarm_is_told_with_its_severity(events: Events, lines: list[Any], kind: str) -> None:
    events.journal([alarm(kind)])
    (line,) = lines
    assert (line["event"], line["sample"], line["rose_by"]) == (f"{kind} detected", 7, 0.25)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("shift", "drift without labels: amount 0.03 → 0.41"),
        ("labels back", "labels are back after drift without them: amount 0.03 → 0.41"),
    ],
)
def test_a_shift_is_told_in_words(
    registry: CollectorRegistry, events: Events, lines: list[Any], kind: str, told: str
) -> None:
    entry = Journal(7, kind, "amount 0.03 → 0.41", 0.0, 0.0, 0.41)
    events.journal([entry, entry])
    (line,) = lines
    assert (line["event"], line["sample"], line["log_level"]) == (told, 7, "warning")
    assert value(registry, "streamlr_drift_last_alarm_timestamp_seconds", kind="drift") == 0


def test_a_checkpoint_is_timed(
    registry: CollectorRegistry, events: Events, lines: list[Any]
) -> None:
    events.checkpoint_written("there", 0.25, 1000)
    assert value(registry, "streamlr_checkpoint_duration_seconds_count") == 1
    assert value(registry, "streamlr_checkpoint_duration_seconds_sum") == 0.25
    assert value(registry, "streamlr_checkpoint_timestamp_seconds") == 5000.0
    assert value(registry, "streamlr_checkpoint_failures_total") == 0
    (line,) = lines
    assert (line["path"], line["bytes"], line["log_level"]) == ("there", 1000, "debug")


def test_a_failed_checkpoint_is_an_error(
    registry: CollectorRegistry, events: Events, lines: list[Any]
) -> None:
    events.checkpoint_failed("no space")
    assert value(registry, "streamlr_checkpoint_failures_total") == 1
    assert value(registry, "streamlr_checkpoint_timestamp_seconds") == 0
    (line,) = lines
    assert (line["why"], line["log_level"]) == ("no space", "error")


def test_the_stations_of_a_life_are_told(events: Events, lines: list[Any]) -> None:
    events.started(version="1")
    events.schema_fixed(Schema(("a",), "y", ("c",)), {"t": "text"})
    events.restored(7, {0: 9}, ())
    events.ready(1.23456)
    events.stopped(records=3)
    assert [line.pop("event") for line in lines] == [
        "starting",
        "schema fixed",
        "resuming from the checkpoint",
        "ready",
        "stopped",
    ]
    assert all(line.pop("log_level") == "info" for line in lines)
    assert lines == [
        {"pipeline": "p", "version": "1"},
        {
            "pipeline": "p",
            "features": ["a"],
            "categories": ["c"],
            "texts": [],
            "numbers_in_text": [],
            "label": "y",
            "left_out": {"t": "text"},
        },
        {"pipeline": "p", "records": 7, "positions": {"0": 9}},
        {"pipeline": "p", "seconds": 1.235},
        {"pipeline": "p", "records": 3},
    ]
