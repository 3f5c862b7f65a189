"""Logistic lanes: what they predict, and how far a step may go."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import Shape
from streamlr.models import logistic
from tests.contract.engines import dense
from tests.reference.plain import Floats, Lanes

RATES = np.array([1e-3, 0.1, 1.0, 1e6])
NO_AUTOSTEP = np.empty((0, 2))


def state(inputs: int, lanes: int = len(RATES)) -> logistic.State:
    return logistic.init(logistic.Config(), Shape(inputs - 1, 2, lanes))


def sure(inputs: int, target: float, rates: Floats, x: Floats) -> logistic.State:
    """Lanes that learned the one sample until they are sure of it."""
    made = state(inputs, len(rates))
    for _ in range(100):
        logistic.predict(made, dense(x), 1)
        logistic.learn(made, dense(x), target, rates, 1)
    logistic.predict(made, dense(x), 1)
    return made


def test_at_first_every_lane_is_undecided() -> None:
    made = state(4)
    assert np.all(made.prediction == 0.5)
    logistic.predict(made, dense(np.array([5.0, -1.0, 1e6, 1.0])), 1)
    assert np.all(made.prediction == 0.5)


@pytest.mark.parametrize("inputs", range(1, 11))
def test_any_number_of_inputs_is_summed(inputs: int) -> None:
    """Rows are taken by fours, and those left over one by one."""
    made = state(inputs)
    random = np.random.default_rng(inputs)
    made.weights[:] = random.standard_normal(made.weights.shape)
    x = random.standard_normal(inputs)
    logistic.predict(made, dense(x), 1)
    np.testing.assert_allclose(made.prediction, 1 / (1 + np.exp(-x @ made.weights)), rtol=1e-14)


def test_steps_are_the_docstrings() -> None:
    rates = np.array([1e-3, 0.1, 1.0, 8.0])
    made, plain = state(3), Lanes(3, rates, NO_AUTOSTEP)
    random = np.random.default_rng(1)
    for _ in range(200):
        x, target = random.standard_normal(3), float(random.integers(0, 2))
        logistic.predict(made, dense(x), 1)
        logistic.learn(made, dense(x), target, rates, 1)
        plain.learn(x, target)
    np.testing.assert_allclose(made.weights.T, plain.weights, rtol=1e-9)


def test_lanes_without_a_rate_stay() -> None:
    made = state(2, lanes=6)
    x = np.array([2.0, 1.0])
    logistic.learn(made, dense(x), 1.0, RATES, 1)
    assert np.all(made.weights[:, :4] > 0)
    assert np.all(made.weights[:, 4:] == 0)


@given(size=st.floats(1e-3, 6.0), target=st.sampled_from([0.0, 1.0]), rate=st.floats(1e-12, 1e6))
def test_a_step_goes_towards_the_label_and_not_beyond_twice_the_error(
    size: float, target: float, rate: float
) -> None:
    """From one half the curvature is a quarter: the logit moves by less than 2, its Newton step."""
    made, x = state(2, lanes=1), np.array([size, 1.0])
    logistic.learn(made, dense(x), target, np.array([rate]), 1)
    logit = float(x @ made.weights[:, 0])
    assert 0 < logit * (2 * target - 1) <= 2.0


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_no_rate_diverges_when_labels_turn_over(target: float) -> None:
    x = np.array([6.0, -6.0, 1.0])
    made = sure(3, target, RATES, x)
    for turn in range(1000):
        logistic.learn(made, dense(x), float(turn % 2), RATES, 1)
        logistic.predict(made, dense(x), 1)
    assert np.all(np.isfinite(made.weights))
    assert np.all((made.prediction >= 0) & (made.prediction <= 1))
