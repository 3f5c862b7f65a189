"""What Prometheus reads: names and series as its conventions want them, values of one snapshot."""

import dataclasses
import math
from collections import Counter
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from streamlr.labels import Figures
from streamlr.labels.joining import DELAYS
from streamlr.schedules.racing.standing import Lane
from streamlr.telemetry.events import Events
from streamlr.telemetry.metrics import SnapshotCollector
from streamlr.telemetry.snapshot import Snapshot, UnitView

VIEW = {"accuracy": 0.9, "kappa": 0.8, "kappa_temporal": 0.7, "log_loss": 0.3}
LANE = Lane(3, "grid", leads=True, weight=0.75, learning_rate=0.5, faded_loss=0.25)
NOW = Snapshot(
    records=100,
    learned=90,
    updates=80,
    alarms={"warning": 0, "drift": 2},
    rate_changes={"drift alarm": 1, "settled": 0},
    learning_rate=0.125,
    updates_per_sample=0.5,
    metrics={"cumulative": VIEW, "faded": VIEW, "windowed": {**VIEW, "kappa": math.nan}},
    lag_records={"0": 5, "3": 0},
    positions={"0": 7, "3": 9},
    event_time=0.0,
    guesses=40,
    shift_alarms=3,
    shifts={"feature:amount": 0.41, "confidence": 0.25},
    views=(UnitView(("0", "3"), 90, 0.125, (LANE,), (), {"grid": 0.75, "pseudo": 0.25}),),
    labels=Figures(
        labels={"joined": 5, "late": 1},
        predictions={"expired": 2},
        delays=(3, 0, 1, *[0] * (len(DELAYS) - 3), 1),
        delay_seconds=77.5,
        waiting=4,
        early=6,
        at_label_time={"windowed": {"accuracy": 0.75}},
    ),
)


def families(snapshot: Snapshot | None) -> dict[str, Metric]:
    """Return what Prometheus would read of a whole daemon."""
    registry = CollectorRegistry()
    events = Events(registry, 'p"\\')  # a name that has to be escaped
    events.know_reasons(["drift alarm"])
    registry.register(SnapshotCollector('p"\\', lambda: snapshot, "1.2"))
    text = generate_latest(registry).decode()
    read = text_string_to_metric_families(text)
    return {family.name: family for family in read if not family.name.endswith("_created")}


def values(name: str, snapshot: Snapshot = NOW) -> dict[tuple[str, ...], float]:
    """Return label values but the pipeline's → value, of the family's own samples."""
    return {
        tuple(value for label, value in sample.labels.items() if label != "pipeline"): sample.value
        for sample in families(snapshot)[name].samples
    }


def test_no_series_is_there_twice() -> None:
    samples = [sample for family in families(NOW).values() for sample in family.samples]
    counts = Counter((sample.name, frozenset(sample.labels.items())) for sample in samples)
    assert set(counts.values()) == {1}


def test_names_follow_the_conventions() -> None:
    for name, family in families(NOW).items():
        assert name.startswith("streamlr_")
        assert name == name.lower()
        assert not name.endswith(("_ms", "_milliseconds", "_minutes", "_percent", "_kilobytes"))
        assert (family.type == "counter") == any(
            sample.name == f"{name}_total" for sample in family.samples
        )
        assert family.documentation.endswith(".")
        if "timestamp" in name or "duration" in name:
            assert name.endswith("_seconds")


def test_series_are_told_apart_by_pipeline() -> None:
    for name, family in families(NOW).items():
        for sample in family.samples:
            assert name == "streamlr_build_info" or sample.labels["pipeline"] == 'p"\\'


def test_no_label_is_unbounded() -> None:
    bounded = {"pipeline", "version", "kind", "reason", "view", "partition", "place", "le"} | {
        "outcome",
        "signal",  # a field's name, of the 20 furthest away
    }
    for family in families(NOW).values():
        for sample in family.samples:
            assert set(sample.labels) <= bounded


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("streamlr_build_info", {("1.2",): 1}),
        ("streamlr_records", {(): 100}),
        ("streamlr_samples_learned", {(): 90}),
        ("streamlr_updates", {(): 80}),
        ("streamlr_pseudo_labels", {(): 40}),
        ("streamlr_drift_alarms", {("warning",): 0, ("drift",): 2}),
        ("streamlr_learning_rate_changes", {("drift alarm",): 1, ("settled",): 0}),
        ("streamlr_learning_rate", {(): 0.125}),
        ("streamlr_updates_per_sample", {(): 0.5}),
        ("streamlr_accuracy", {("cumulative",): 0.9, ("faded",): 0.9, ("windowed",): 0.9}),
        ("streamlr_log_loss", {("cumulative",): 0.3, ("faded",): 0.3, ("windowed",): 0.3}),
        ("streamlr_kappa_temporal", {("cumulative",): 0.7, ("faded",): 0.7, ("windowed",): 0.7}),
        ("streamlr_lag_records", {("0",): 5, ("3",): 0}),
        ("streamlr_offset", {("0",): 7, ("3",): 9}),
        ("streamlr_lag_seconds", {(): 0}),
    ],
)
def test_values_are_those_of_the_snapshot(
    name: str, expected: dict[tuple[str, ...], float]
) -> None:
    assert values(name) == expected


def test_what_is_not_defined_is_nan() -> None:
    assert math.isnan(values("streamlr_kappa")["windowed",])


def test_every_field_of_the_snapshot_is_shown() -> None:
    changed = {"event_time": 1.0}  # shows in the lag in seconds, with the clock
    for field in dataclasses.fields(Snapshot):
        value: Any = changed.get(field.name) or _other(field.name)
        other = dataclasses.replace(NOW, **{field.name: value})
        assert _shown(other) != _shown(NOW), field.name


def _other(name: str) -> Any:  # noqa: ANN401 - a snapshot's field
    value = getattr(NOW, name)
    if name == "views":
        return ()
    if name == "labels":
        return None
    if name == "metrics":
        return {**value, "cumulative": dict.fromkeys(VIEW, 0.1)}
    return dict.fromkeys(value, 77) if isinstance(value, dict) else 77


def _shown(snapshot: Snapshot) -> set[str]:
    return {
        repr(sample)
        for name, family in families(snapshot).items()
        for sample in family.samples
        if name != "streamlr_checkpoint_duration_seconds"
    }


def test_of_labels_that_come_apart_all_is_told() -> None:
    assert values("streamlr_labels") == {("joined",): 5, ("late",): 1}
    assert values("streamlr_predictions_unlabelled") == {("expired",): 2}
    assert values("streamlr_labels_pending") == {(): 4}
    assert values("streamlr_labels_early") == {(): 6}
    assert values("streamlr_accuracy_at_label_time") == {("windowed",): 0.75}


def test_the_delay_of_labels_is_a_histogram() -> None:
    samples = families(NOW)["streamlr_label_delay_seconds"].samples
    found = {(one.name[28:], one.labels.get("le", "")): one.value for one in samples}
    assert found["_bucket", "0.1"] == found["_bucket", "1.0"] == 3
    assert found["_bucket", "10.0"] == found["_bucket", "2592000.0"] == 4
    assert found["_bucket", "+Inf"] == found["_count", ""] == 5
    assert found["_sum", ""] == 77.5


def test_shifts_are_shown_signal_by_signal() -> None:
    found = values("streamlr_shift")
    assert found == {("feature:amount",): 0.41, ("confidence",): 0.25}
    assert values("streamlr_label_free_alarms") == {(): 3}


def test_of_labels_that_come_inline_there_is_nothing_to_tell() -> None:
    inline = families(dataclasses.replace(NOW, labels=None))
    of_all = {
        "streamlr_labels_last_timestamp_seconds",
        "streamlr_records_since_last_label",
        "streamlr_label_free_alarms",
        "streamlr_pseudo_labels",
    }
    assert {name for name in inline if "label" in name} <= of_all


def test_the_leading_lanes_are_shown_by_place() -> None:
    assert values("streamlr_lane_weight") == {("1",): 0.75}
    assert values("streamlr_lane_learning_rate") == {("1",): 0.5}
    assert values("streamlr_lane_faded_loss") == {("1",): 0.25}
    assert values("streamlr_lanes_weight") == {("grid",): 0.75, ("pseudo",): 0.25}


def test_of_several_models_there_is_no_one_race() -> None:
    several = dataclasses.replace(NOW, views=NOW.views * 2)
    assert "streamlr_lane_weight" in families(NOW)
    assert "streamlr_lane_weight" not in families(several)


def test_ready_is_told() -> None:
    assert values("streamlr_ready") == {(): 1.0}
    assert [sample.value for sample in families(None)["streamlr_ready"].samples] == [0.0]


def test_before_the_first_snapshot_there_is_only_the_version() -> None:
    """A counter at 0 that jumps back to where it stood would look like a flood of records."""
    shown = {name for name, family in families(None).items() if family.samples}
    assert "streamlr_build_info" in shown
    assert shown.isdisjoint(
        {
            "streamlr_records",
            "streamlr_samples_learned",
            "streamlr_updates",
            "streamlr_learning_rate",
        }
    )


@pytest.mark.parametrize(
    ("event_time", "lag", "seconds"),
    [
        (940.0, {"0": 0, "1": 1}, 60.0),  # one partition is behind
        (940.0, {"0": 0}, 0.0),  # all is read: the stream is quiet
        (940.0, {}, 0.0),  # not known
        (0.0, {"0": 1}, 0.0),  # a source without a clock
        (1060.0, {"0": 1}, 0.0),  # a producer's clock ahead of ours
    ],
)
def test_lag_in_seconds_is_the_age_of_what_is_read_while_behind(
    monkeypatch: pytest.MonkeyPatch, event_time: float, lag: dict[str, int], seconds: float
) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    snapshot = dataclasses.replace(NOW, event_time=event_time, lag_records=lag)
    assert values("streamlr_lag_seconds", snapshot) == {(): seconds}
