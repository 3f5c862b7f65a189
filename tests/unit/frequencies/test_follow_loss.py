"""Fewer updates while the loss is low, more after a drift, and never more than the budget."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape, room
from streamlr.frequencies import follow_loss
from tests.contract.engines import dense

SHAPE = Shape(features=2, classes=2, lanes=1, categories=1, buckets=3)


def fresh(**settings: float) -> follow_loss.State:
    return follow_loss.init(follow_loss.Config.model_validate(settings), SHAPE)


def updates(
    state: follow_loss.State, losses: list[float], signals: list[int] | None = None
) -> list[int]:
    made = []
    for loss, signal in zip(losses, signals or [NO_SIGNAL] * len(losses), strict=True):
        made.append(follow_loss.due(state, loss, signal))
        follow_loss.keep(state, room(SHAPE), 0.0)
    return made


def test_a_falling_loss_is_calm_and_a_rising_one_is_not() -> None:
    state = fresh(half_life=10, calm=0.25)
    falling = updates(state, np.linspace(2.0, 0.5, 400).tolist())
    assert sum(falling[-100:]) == 25
    rising = updates(state, np.linspace(3.0, 5.0, 400).tolist())
    assert sum(rising[-100:]) == 100


@pytest.mark.parametrize("signal", [WARNING, DRIFT])
def test_a_signal_ends_the_calm_for_a_while(signal: int) -> None:
    state = fresh(half_life=10, calm=0.0, drifting=1)
    updates(state, np.linspace(2.0, 0.5, 100).tolist())
    after = updates(state, [0.4] * 20, [signal] + [NO_SIGNAL] * 19)
    assert after == [1] * 11 + [0] * 9


def test_what_a_drift_adds_is_halved_every_half_life() -> None:
    state = fresh(half_life=100, drifting=5, budget=5)
    made = updates(state, [1.0] * 400, [DRIFT] + [NO_SIGNAL] * 399)
    assert made[1:4] == [2, 3, 4]  # of one sample kept, one can be replayed
    extra = [sum(made[start : start + 100]) - 100 for start in (0, 100, 200, 300)]
    whole = sum(4 * 0.5 ** (age / 100) for age in range(400))
    assert sum(extra) == pytest.approx(whole, abs=10)
    assert extra[1] == pytest.approx(extra[0] / 2, abs=6)
    assert extra[2] == pytest.approx(extra[1] / 2, abs=3)


def test_a_burst_is_paid_by_what_was_saved() -> None:
    thrifty, spent = (fresh(half_life=50, calm=0.0, drifting=4, budget=1) for _ in range(2))
    updates(thrifty, np.linspace(2.0, 0.5, 500).tolist())
    updates(spent, np.linspace(0.5, 2.0, 500).tolist())
    after = [updates(state, [3.0] * 100, [DRIFT] + [NO_SIGNAL] * 99) for state in (thrifty, spent)]
    assert sum(after[0]) > 200
    assert sum(after[1]) == 100


@given(
    budget=st.floats(0.01, 8),
    calm=st.floats(0, 1),
    drifting=st.floats(1, 64),
    stream=st.lists(
        st.tuples(st.floats(0, 1e300), st.sampled_from([NO_SIGNAL, WARNING, DRIFT])), max_size=300
    ),
)
def test_the_mean_never_exceeds_the_budget(
    budget: float, calm: float, drifting: float, stream: list[tuple[float, int]]
) -> None:
    state = fresh(budget=budget, calm=calm, drifting=drifting)
    made = updates(state, [loss for loss, _ in stream], [signal for _, signal in stream])
    paid = np.cumsum(made)
    assert np.all(paid <= budget * np.arange(1, len(made) + 1) + 1e-9)
    assert all(0 <= count <= drifting + 1 for count in made)


def test_samples_come_back_most_recent_first() -> None:
    state = fresh(drifting=3)
    for number in range(10):
        inputs = dense(np.array([float(number), -1.0, 1.0, 1.0]))._replace(row=np.array([number]))
        follow_loss.keep(state, inputs, number * 10.0)
    back = room(SHAPE)
    for age in range(3):
        assert follow_loss.recall(state, age, back) == (9 - age) * 10.0
        assert (back.value[0], back.row[0]) == (9 - age, 9 - age)


@pytest.mark.parametrize(
    ("key", "value"), [("calm", 1.1), ("drifting", 0.5), ("half_life", 0.0), ("budget", 0.0)]
)
def test_impossible_settings_are_refused(key: str, value: float) -> None:
    with pytest.raises(ValidationError, match=key):
        follow_loss.Config.model_validate({key: value})
