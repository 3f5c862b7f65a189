"""Numbers in, numbers out; and no entry of the journal is ever lost."""

import numpy as np
import pytest

from streamlr import engine as subject
from streamlr import state_tree
from streamlr.engine import Engine
from streamlr.evaluation import prequential
from tests.contract.engines import FEATURES, configuration, drifting, engine, run


def jumpy() -> Engine:
    """Return an engine that has much to tell."""
    schedule = {"type": "drift_boost", "half_life": 20.0, "cooldown": 0}
    return engine(schedule, {"type": "adwin", "delta": 0.2})


def test_warming_up_changes_nothing() -> None:
    warmed = engine()
    before = state_tree.digest(warmed.state)
    warmed.warm_up()
    assert state_tree.digest(warmed.state) == before


def test_no_row_is_no_answer() -> None:
    answers = engine().run(np.empty((0, FEATURES)), np.empty(0))
    assert (len(answers.said), len(answers.answers[:, 0]), answers.journal) == (0, 0, [])


def test_rows_without_a_label_are_predicted_and_not_learned() -> None:
    made = engine()
    answers = made.run(np.ones((3, FEATURES)), np.array([0, np.nan, 1]))
    assert len(answers.said) == 3
    assert made.state.counters.predicted[0] == 3
    assert made.state.counters.learned[0] == 2


@pytest.mark.parametrize("entries", [2, 3, 5])
def test_a_journal_that_fills_up_is_drained(monkeypatch: pytest.MonkeyPatch, entries: int) -> None:
    stream = drifting(3000)
    roomy = jumpy()
    expected = run(roomy, stream)
    assert len(expected.journal) > 2 * entries
    monkeypatch.setattr(subject, "_JOURNAL_ENTRIES", entries)
    cramped = jumpy()
    assert run(cramped, stream) == expected
    assert state_tree.digest(cramped.state) == state_tree.digest(roomy.state)


def test_columns_may_be_laid_out_otherwise() -> None:
    """As a transposed or sliced array is; its numbers are what counts."""
    values, labels = drifting(50)
    expected = engine()
    expected.run(values, labels)
    for layout in (np.asfortranarray(values), np.repeat(values, 2, axis=0)[::2]):
        other = engine()
        other.run(layout, labels)
        assert state_tree.digest(other.state) == state_tree.digest(expected.state)


def test_what_it_is_given_stays_as_it_is() -> None:
    values, labels = drifting(50)
    before = values.tobytes(), labels.tobytes()
    engine().run(values, labels)
    assert (values.tobytes(), labels.tobytes()) == before


def test_reasons_are_the_schedules() -> None:
    assert engine("drift_boost").reasons == ("unchanged", "drift alarm", "drift warning", "settled")


@pytest.mark.parametrize("schedule", ["constant", "drift_boost"])
def test_the_rate_is_the_schedules(schedule: str) -> None:
    assert engine({"type": schedule, "rate": 0.25}).learning_rate == 0.25


def test_it_learns() -> None:
    """Else everything else here could hold of an engine that does nothing."""
    made = engine()
    run(made, drifting(300))
    assert made.metrics()["cumulative"]["accuracy"] > 0.75


def test_every_view_has_every_metric() -> None:
    for view in engine().metrics().values():
        assert set(view) - {"roc_auc"} == {*prequential.METRICS}
        assert all(np.isnan(value) for value in view.values())


def test_engines_share_no_state() -> None:
    config = configuration()
    one, other = Engine(config, FEATURES), Engine(config, FEATURES)
    before = state_tree.digest(other.state)
    run(one, drifting(50))
    assert state_tree.digest(other.state) == before != state_tree.digest(one.state)


def test_the_lanes_of_a_race_are_shown() -> None:
    lanes = Engine(configuration(schedule="race"), FEATURES).lanes(3)
    assert len(lanes) == 3
    assert {lane.weight for lane in lanes} == {1 / 20}  # of 16 rates and 4 Autostep lanes


def test_a_schedule_without_a_race_has_no_lanes_to_show() -> None:
    assert Engine(configuration(schedule="constant"), FEATURES).lanes(3) == ()
