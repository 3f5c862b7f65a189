"""The race as operators see it; its arithmetic is held against plain NumPy in `tests/reference`."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import simulators
from streamlr import config
from streamlr.components import NO_CLASS, Shape
from streamlr.engine import Engine
from streamlr.kernel import LEARN, PREDICT
from streamlr.schedules import race
from tests.contract.engines import CATEGORIES, drifting, engine, give_slots, new
from tests.reference.plain import Floats

DEFAULT = race.Config()


def rows(name: str, count: int, **options: float) -> tuple[Floats, np.ndarray]:
    values, labels = simulators.make(name, seed=11, features=4, **options).rows(0, count)
    return values, labels.astype(np.int64)


def test_the_default_grid() -> None:
    assert race.lanes(DEFAULT) == 20
    state = race.init(DEFAULT, Shape(4, 2, 20))
    assert state.rates == pytest.approx(2.0 ** np.arange(-12, 4))
    assert race.rate(state) == pytest.approx(np.exp(state.standing.log_rate.mean()))


def test_lanes_can_be_chosen() -> None:
    chosen = race.Config(slowest=0.01, fastest=1.0, rates=3, autostep=((0.1, 0.5),))
    state = race.init(chosen, Shape(4, 2, race.lanes(chosen)))
    assert state.rates == pytest.approx([0.01, 0.1, 1.0])
    assert state.autostep.rate.shape == (5, 1)
    assert race.rate(state) == pytest.approx((0.01 * 0.1 * 1.0 * 0.5) ** (1 / 4))


@pytest.mark.parametrize("table", [{"rates": 1}, {"autostep": ()}, {"rates": 5, "autostep": ()}])
def test_any_number_of_lanes_runs(table: dict[str, Any]) -> None:
    subject = engine({"type": "race", **table}, "adwin")
    values, labels = rows("stationary", 1500)
    subject.run(values, labels)
    assert subject.metrics()["windowed"]["accuracy"] > 0.75


def test_a_lane_in_doubt_said_class_one() -> None:
    """At first all say one half: where the label is 0 all are wrong, where it is 1 none."""
    for label in (0, 1):
        subject = engine("race", "adwin")
        subject.run(np.ones((1, 4)), np.array([label]))
        assert np.all(subject.state.schedule.ballot.lane_loss == 1.0 - label)


def test_a_lane_far_behind_restarts_from_the_leader() -> None:
    """Labels that turn over leave the slow lanes wrong for long."""
    values, labels = rows("stationary", 3000, noise=0.0)
    subject = engine("race", "adwin")
    subject.run(values[:2000], labels[:2000])
    state = subject.state.schedule
    before = state.standing.restarts[0]
    for start in range(2000, 3000, 50):
        piece = slice(start, start + 50)
        subject.run(values[piece], 1 - labels[piece])
        if state.standing.restarts[0] > before:
            break
    faded = state.standing.faded
    leader = np.argmin(faded)
    weights = subject.state.model.weights
    copies = [lane for lane in range(16) if np.array_equal(weights[:, lane], weights[:, leader])]
    assert len(copies) > 1
    assert np.all(faded[:16] <= 1.3 * faded.min() * (1 + 1e-12))
    assert np.all(faded[copies] == faded[leader])


def test_another_leader_is_told_with_its_rates() -> None:
    values, labels = rows("abrupt", 6000, drift_every=2000)
    subject = engine("race", "adwin")
    told = [entry for entry in subject.run(values, labels).journal if entry.event == "rate"]
    assert told
    for earlier, later in pairwise(told):
        assert later.old == earlier.new
    first = race.init(DEFAULT, Shape(4, 2, 20))
    assert told[0].old == race.rate(first)
    assert all(entry.sample % 32 == 0 for entry in told)
    assert {entry.reason for entry in told} == {"another lane leads"}


@pytest.fixture(scope="module")
def between_two_concepts() -> Engine:
    """Fresh from the second return of a concept that was known."""
    values, labels = rows("recurring", 6600, drift_every=2200, noise=0.0)
    subject = engine("race", "adwin")
    subject.run(values[:4400], labels[:4400])
    for start in range(4400, 6600, 10):
        told = subject.run(values[start : start + 10], labels[start : start + 10]).journal
        if "a past concept came back" in {entry.reason for entry in told}:
            return subject
    raise AssertionError("it was never noticed")


def test_a_concept_that_comes_back_is_noticed_soon(between_two_concepts: Engine) -> None:
    assert 4400 < between_two_concepts.state.counters.learned[0] <= 4450


def test_the_grid_then_goes_on_from_what_was_known(between_two_concepts: Engine) -> None:
    """From within ten samples of it, so that even the fast lanes are not far."""
    state = between_two_concepts.state
    memory = state.schedule.memory
    assert memory.recalls[0] == 1
    recalled = memory.weights[:, np.argmax(memory.used)]
    slow = state.model.weights[:, 0]
    assert np.abs(slow - recalled).max() < 0.01 * np.abs(recalled).max()


def test_a_recall_is_told_with_its_evidence() -> None:
    values, labels = rows("recurring", 6600, drift_every=2200, noise=0.0)
    told = engine("race", "adwin").run(values, labels).journal
    recalls = [entry for entry in told if entry.reason == "a past concept came back"]
    assert [4400 < entry.sample <= 4450 for entry in recalls] == [True]
    assert recalls[0].evidence > 7.0


def test_nothing_is_recalled_where_nothing_recurs() -> None:
    values, labels = rows("abrupt", 12_000, drift_every=3000, noise=0.05)
    subject = engine("race", "adwin")
    subject.run(values, labels)
    memory = subject.state.schedule.memory
    assert memory.used.min() > 0
    assert memory.recalls[0] == 0


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_it_can_do_without_a_memory(task: str) -> None:
    values, labels = drifting(2500, 1, task, CATEGORIES)
    subject = new({"type": "race", "memory": 0}, "adwin", task, CATEGORIES)
    other = new({"type": "race", "memory": 4}, "adwin", task, CATEGORIES)
    said = subject.run(values, labels).said
    assert subject.state.schedule.memory.weights.size == 0
    assert other.run(values, labels).said[:1000].tolist() == said[:1000].tolist()
    assert other.state.schedule.memory.used.max() > 0


def test_the_rate_rises_after_a_drift_and_falls_as_things_settle() -> None:
    """The one thing that the race is shown for."""
    values, labels = rows("abrupt", 12_000, drift_every=6000, noise=0.05)
    subject = engine("race", "adwin")
    subject.run(values[:6000], labels[:6000])
    settled = subject.learning_rate
    rates = []
    for start in range(6000, 12_000, 100):
        subject.run(values[start : start + 100], labels[start : start + 100])
        rates.append(subject.learning_rate)
    assert max(rates[:10]) > 3 * settled
    assert rates[-1] < max(rates) / 3


def test_late_labels_judge_what_the_lanes_said_then() -> None:
    """The candidates' votes are cast again on it, for they are not kept."""
    subject = engine("race", "adwin")
    values, labels = rows("stationary", 500)
    subject.run(values, labels)
    give_slots(subject, 2)
    events = [(PREDICT, 0), (PREDICT, 1), (LEARN, 0)]
    kinds, slots = (np.array(column) for column in zip(*events, strict=True))
    said = values[-3:] * [[1.0], [-1.0], [1.0]]
    subject.run_events(kinds, said, np.array([NO_CLASS, NO_CLASS, 1]), slots)
    heard = subject.state.schedule.ballot.heard
    assert heard.tolist() == subject.state.pending.prediction[0].tolist()
    assert heard.tolist() != subject.state.pending.prediction[1].tolist()


def test_it_beats_the_best_single_rate_where_labels_drift() -> None:
    values, labels = rows("abrupt", 8000, drift_every=1000, noise=0.05)
    accuracies = []
    for rate in 2.0 ** np.arange(-8, 4):
        fixed = engine({"type": "constant", "rate": float(rate)})
        fixed.run(values, labels)
        accuracies.append(fixed.metrics()["cumulative"]["accuracy"])
    subject = engine("race", "adwin")
    subject.run(values, labels)
    assert subject.metrics()["cumulative"]["accuracy"] > max(accuracies)


@pytest.mark.parametrize(
    "table",
    [{"slowest": 0.0}, {"rates": 0}, {"rates": 257}, {"memory": 65}, {"autostep": ((0.1, 0.0),)}],
)
def test_impossible_lanes_are_refused(table: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(table))):
        race.Config(**table)


def test_many_features() -> None:
    """Enough for every loop to run its main body and its rest."""
    stream = simulators.make("stationary", seed=2, features=67, noise=0.0)
    values, labels = stream.rows(0, 3000)
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    subject = Engine(config.build(tables), 67)
    subject.run(values, labels.astype(np.int64))
    assert subject.metrics()["windowed"]["accuracy"] > 0.85
