"""Events one by one: what is said, what is counted, what is told."""

import numpy as np
import pytest

from streamlr import state_tree
from streamlr.components import DRIFT, NO_CLASS
from streamlr.engine import Answers, Engine
from streamlr.kernel import BOTH, LEARN, PREDICT
from tests.contract.engines import FEATURES, drifting, engine, give_slots

ROW = np.arange(float(FEATURES))


def events(subject: Engine, *described: tuple[int, int, int]) -> Answers:
    """Run (event, label, slot) after another; values differ from row to row."""
    kinds, labels, slots = (np.array(column) for column in zip(*described, strict=True))
    values = ROW + np.arange(len(kinds)).reshape(-1, 1)
    return subject.run_events(kinds, values, labels, slots)


def counters(subject: Engine) -> tuple[int, int, int]:
    counted = subject.state.counters
    return int(counted.predicted[0]), int(counted.learned[0]), int(counted.updates[0])


@pytest.fixture
def subject() -> Engine:
    made = engine()
    give_slots(made, 3)
    return made


def test_before_any_label_no_class_is_said(subject: Engine) -> None:
    answers = events(subject, (PREDICT, NO_CLASS, -1), (BOTH, 0, -1))
    assert answers.said.tolist() == [NO_CLASS, NO_CLASS]
    assert answers.answers[:, 0][0] == 0.5


@pytest.mark.parametrize("only", [0, 1])
def test_a_class_never_seen_is_not_said(subject: Engine, only: int) -> None:
    answers = events(subject, *[(BOTH, only, -1)] * 5)
    assert answers.said.tolist() == [NO_CLASS, *[only] * 4]


def test_a_class_never_seen_costs_the_most(subject: Engine) -> None:
    events(subject, (BOTH, 0, -1))
    assert subject.state.evaluator.last_loss[0] == pytest.approx(-np.log(1e-6))
    events(subject, (BOTH, 0, -1))
    assert subject.state.evaluator.last_loss[0] < 1.0
    events(subject, (BOTH, 1, -1))
    assert subject.state.evaluator.last_loss[0] == pytest.approx(-np.log(1e-6))


def test_events_are_counted(subject: Engine) -> None:
    events(subject, (BOTH, 1, -1), (PREDICT, NO_CLASS, 0), (PREDICT, NO_CLASS, -1))
    assert counters(subject) == (3, 1, 1)
    events(subject, (LEARN, 0, 0))
    assert counters(subject) == (3, 2, 2)
    assert subject.state.task.seen.tolist() == [1, 1]


def test_learning_says_what_would_be_said_now(subject: Engine) -> None:
    events(subject, (BOTH, 0, -1), (BOTH, 1, -1))
    told = events(subject, (PREDICT, NO_CLASS, 1), (PREDICT, NO_CLASS, -1), (LEARN, 1, 1))
    assert told.said[2] == told.said[0]  # nothing was learned since
    assert np.isnan(told.answers[:, 0][2])
    assert subject.state.counters.predicted[0] == 4


def test_what_is_scored_is_what_was_said(subject: Engine) -> None:
    """Not what would be said when the label comes."""
    events(subject, (BOTH, 0, -1), (BOTH, 1, -1))
    said = events(subject, (PREDICT, NO_CLASS, 2))
    events(subject, *[(BOTH, label, -1) for label in (0, 1, 0, 1, 1, 1)])
    events(subject, (LEARN, 1, 2))
    loss = -np.log(np.clip(said.answers[:, 0][0], 1e-6, 1))
    assert subject.state.evaluator.last_loss[0] == pytest.approx(loss, rel=1e-12)


def test_labels_may_come_in_another_order(subject: Engine) -> None:
    events(subject, (BOTH, 0, -1), (BOTH, 1, -1))
    said = events(subject, *[(PREDICT, NO_CLASS, slot) for slot in range(3)])
    for slot in (2, 0, 1):
        events(subject, (LEARN, 1, slot))
        loss = -np.log(np.clip(said.answers[:, 0][slot], 1e-6, 1))
        assert subject.state.evaluator.last_loss[0] == pytest.approx(loss, rel=1e-12)


def test_a_prediction_without_a_slot_is_kept_nowhere(subject: Engine) -> None:
    before = state_tree.digest(subject.state.pending)
    events(subject, (PREDICT, NO_CLASS, -1))
    assert state_tree.digest(subject.state.pending) == before


def test_the_journal_tells_of_learned_samples_in_order() -> None:
    subject = engine("drift_boost", "adwin")
    stream = drifting(3000)
    journal = subject.run(*stream).journal
    samples = [entry.sample for entry in journal]
    assert {entry.event for entry in journal} == {"drift", "rate"}
    assert samples == sorted(samples)
    assert samples[-1] <= subject.state.counters.learned[0] < len(stream.labels)
    drifts = [entry for entry in journal if entry.event == "drift"]
    assert subject.state.counters.alarms[DRIFT] == len(drifts)
    changes = [entry for entry in journal if entry.event == "rate"]
    assert sum(subject.state.counters.rate_changes) == len(changes)
    boosted = [change for change in changes if change.reason == "drift alarm"]
    assert all(change.new > change.old for change in boosted)
    alarmed = {(alarm.sample, alarm.evidence) for alarm in drifts}
    assert all((change.sample, change.evidence) in alarmed for change in boosted)
