"""River's detectors through the kernel: the same alarms as River alone on the same values."""

import inspect
from typing import Any, NamedTuple

import numpy as np
import pytest
from river import drift
from river.base import BinaryDriftDetector, DriftDetector

from streamlr import config, state_tree
from streamlr.components import DRIFT, NO_SIGNAL, WARNING
from streamlr.engine import Engine
from streamlr.records import Journal

ROWS = 3000
NAMES = ("x", "y", "signal")
FOUND = sorted(
    name
    for module in (drift, drift.binary)
    for name, class_ in inspect.getmembers(module, inspect.isclass)
    if issubclass(class_, DriftDetector | BinaryDriftDetector)
)
SETTINGS: dict[str, dict[str, Any]] = {
    "KSWIN": {"alpha": 0.001, "seed": 3},
    "PageHinkley": {"threshold": 10.0},
    "DummyDriftDetector": {"trigger_method": "random", "t_0": 300, "w": 20, "seed": 1},
}


class Rows(NamedTuple):
    values: np.ndarray
    truth: np.ndarray


def stream() -> Rows:
    """Labels that turn over every 500 rows, and a field that jumps every 400."""
    random = np.random.default_rng(5)
    values = random.normal(size=(ROWS, 3))
    row = np.arange(ROWS)
    truth = ((values[:, 0] + values[:, 1] > 0) ^ (row // 500 % 2 == 1)).astype(np.float64)
    values[:, 2] += 4 * (row // 400 % 2)
    values[random.random(ROWS) < 0.1, 2] = np.nan
    truth[random.random(ROWS) < 0.1] = np.nan
    return Rows(values, truth)


def make(detector: dict[str, Any]) -> Engine:
    tables = {
        "source": {"type": "simulator"},
        "stream": {"label": "target"},
        "schedule": {"type": "constant"},
        "detector": detector,
    }
    return Engine(config.build(tables), len(NAMES), names=NAMES)


def told_by(journal: list[Journal]) -> dict[int, int]:
    signals = {"drift": DRIFT, "warning": WARNING}
    return {entry.sample: signals[entry.event] for entry in journal if entry.event != "rate"}


def said_by_river(detector: Any, values: list[float]) -> list[int]:  # noqa: ANN401 - untyped
    signals = []
    for value in values:
        detector.update(value)
        warned = getattr(detector, "warning_detected", False)
        signals.append(DRIFT if detector.drift_detected else WARNING if warned else NO_SIGNAL)
    return signals


def by_blocks(signals: list[int]) -> dict[int, int]:
    """Strongest signal of each 32 values → the sample after them."""
    ends = range(32, len(signals), 32)
    strongest = {end + 1: max(signals[end - 32 : end]) for end in ends}
    return {sample: signal for sample, signal in strongest.items() if signal != NO_SIGNAL}


def class_of(name: str) -> type[Any]:
    found: type[Any] = getattr(drift, name, None) or getattr(drift.binary, name)
    return found


def test_there_are_as_many_as_river_has() -> None:
    assert {"ADWIN", "KSWIN", "PageHinkley", "DDM", "EDDM", "FHDDM", "HDDMA", "HDDMW"} <= {*FOUND}


@pytest.mark.parametrize("name", FOUND)
def test_alarms_over_errors_are_rivers(name: str) -> None:
    parameters = SETTINGS.get(name, {})
    rows = stream()
    engine = make({"type": "river", "detector": name, "parameters": parameters})
    answers = engine.run(rows.values, rows.truth)
    labelled = ~np.isnan(rows.truth)
    errors = (answers.said != rows.truth)[labelled].astype(float).tolist()
    expected = by_blocks(said_by_river(class_of(name)(**parameters), errors))
    assert told_by(answers.journal) == expected
    assert (DRIFT in expected.values()) == (name != "NoDrift")


@pytest.mark.parametrize("name", ["ADWIN", "KSWIN", "PageHinkley"])
def test_alarms_over_a_field_are_rivers(name: str) -> None:
    """Where it is missing, the sample counts but the detector does not see it."""
    rows = stream()
    parameters = SETTINGS.get(name, {})
    table = {"type": "river", "detector": name, "parameters": parameters, "watch": "feature:signal"}
    answers = make(table).run(rows.values, rows.truth)
    labelled = ~np.isnan(rows.truth)
    field = rows.values[labelled, 2]
    seen = ~np.isnan(field)
    expected = by_blocks(said_by_river(class_of(name)(**parameters), field[seen].tolist()))
    sample_of = dict(enumerate((np.flatnonzero(seen) + 1).tolist(), start=1))
    assert told_by(answers.journal) == {sample_of[at]: signal for at, signal in expected.items()}
    assert list(expected.values()).count(DRIFT) >= 5


def test_a_native_detector_and_rivers_agree_but_for_the_block() -> None:
    rows = stream()
    native = make({"type": "adwin"}).run(rows.values, rows.truth)
    river = make({"type": "river", "detector": "ADWIN"}).run(rows.values, rows.truth)
    after = {
        (sample + 31) // 32 * 32 + 1: signal for sample, signal in told_by(native.journal).items()
    }
    assert told_by(river.journal) == after
    assert after


DETECTORS: list[dict[str, Any]] = [
    {"type": "river", "detector": "HDDMW"},
    {"type": "river", "detector": "PageHinkley", "watch": "feature:signal"},
    {
        "type": "vote",
        "members": [{"type": "adwin"}, {"type": "hddm-w"}, {"type": "river", "detector": "EDDM"}],
        "window": 300,
    },
]


@pytest.mark.parametrize("table", DETECTORS, ids=["errors", "field", "vote"])
@pytest.mark.parametrize("step", [1, 7, 32, 500])
def test_any_cut_gives_the_same_bits(table: dict[str, Any], step: int) -> None:
    rows = stream()
    whole, cut = make(table), make(table)
    journal = whole.run(rows.values, rows.truth).journal
    pieces = [
        cut.run(rows.values[at : at + step], rows.truth[at : at + step]).journal
        for at in range(0, ROWS, step)
    ]
    assert [entry for piece in pieces for entry in piece] == journal
    assert state_tree.digest(cut.state) == state_tree.digest(whole.state)
    assert "drift" in {entry.event for entry in journal}


@pytest.mark.parametrize("table", DETECTORS, ids=["errors", "field", "vote"])
def test_a_restored_engine_goes_on_as_if_nothing_had_happened(table: dict[str, Any]) -> None:
    rows, stop = stream(), 1234
    whole, before, after = make(table), make(table), make(table)
    journal = whole.run(rows.values, rows.truth).journal
    first = before.run(rows.values[:stop], rows.truth[:stop]).journal
    after.fill({name: array.copy() for name, array in before.arrays().items()})
    then = after.run(rows.values[stop:], rows.truth[stop:]).journal
    assert first + then == journal
    assert state_tree.digest(after.state) == state_tree.digest(whole.state)


def test_a_vote_alarms_when_enough_members_have_lately() -> None:
    """Counted by hand from what each member says alone."""
    members = ["eddm", "hddm_w", "ddm"]
    rows, window, needed = stream(), 200, 2
    answers = make({"type": "none"}).run(rows.values, rows.truth)
    labelled = ~np.isnan(rows.truth)
    errors = (answers.said != rows.truth)[labelled].astype(float).tolist()
    rivers = (drift.binary.EDDM(), drift.binary.HDDMW(), drift.binary.DDM())
    said = [said_by_river(river, errors) for river in rivers]
    signals, latest, warned = [], [-window] * 3, [-window] * 3
    for at, told in enumerate(zip(*said, strict=True)):
        latest = [at if one == DRIFT else last for one, last in zip(told, latest, strict=True)]
        warned = [at if one else last for one, last in zip(told, warned, strict=True)]
        if sum(at - last < window for last in latest) >= needed:
            signals.append(DRIFT)
            latest, warned = [-window] * 3, [-window] * 3
        else:
            enough = sum(at - last < window for last in warned) >= needed
            signals.append(WARNING if enough else NO_SIGNAL)
    table = {"type": "vote", "members": [{"type": name} for name in members], "window": window}
    answers = make(table).run(rows.values, rows.truth)
    assert told_by(answers.journal) == by_blocks(signals)
    assert {DRIFT, WARNING} <= {*told_by(answers.journal).values()}


def test_severity_says_how_far_the_level_rose() -> None:
    rows = stream()
    table = {"type": "river", "detector": "ADWIN", "watch": "feature:signal"}
    journal = make(table).run(rows.values, rows.truth).journal
    assert {entry.evidence > 0 for entry in journal} == {True, False}
    assert journal[0].evidence == pytest.approx(4.0, abs=2.5)
