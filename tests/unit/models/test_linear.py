"""Exact implicit steps of least squares, in any number of lanes at any rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import Shape
from streamlr.models import linear
from streamlr.models.logistic import State
from streamlr.tasks.regression import CLIP
from tests.contract.engines import dense

RATES = np.array([1e-3, 0.1, 1.0, 1e6])


def state(inputs: int, lanes: int = 4) -> State:
    """Weights of ``inputs`` inputs, the bias among them."""
    return linear.init(linear.Config(), Shape(inputs - 1, 0, lanes))


def learned(made: State, x: list[float], target: float) -> State:
    linear.predict(made, dense(x), 1)
    linear.learn(made, dense(x), target, RATES, 1)
    linear.predict(made, dense(x), 1)
    return made


def test_at_first_every_lane_says_the_mean() -> None:
    made = state(3)
    linear.predict(made, dense([5.0, -1e6, 1.0]), 1)
    assert made.prediction.tolist() == [0.0] * 4


@given(st.floats(-6, 6), st.floats(-CLIP, CLIP))
def test_a_step_goes_to_the_label_by_its_share_and_not_beyond(size: float, target: float) -> None:
    """The implicit step's own equation: w' = w + rate · (y - w'·x) · x."""
    made = learned(state(2), [size, 1.0], target)
    norm = size * size + 1.0
    expected = target * RATES * norm / (1.0 + RATES * norm)
    np.testing.assert_allclose(made.prediction, expected, rtol=1e-9, atol=1e-12)
    steps = RATES * (target - made.prediction)
    np.testing.assert_allclose(made.weights[0], steps * size, rtol=1e-6, atol=1e-8)


def test_predictions_are_clipped_as_labels_are() -> None:
    made = state(1, lanes=2)
    made.weights[0] = [1e300, -1e300]
    linear.predict(made, dense([1.0]), 1)
    assert made.prediction.tolist() == [CLIP, -CLIP]


def test_lanes_without_a_rate_stay() -> None:
    made = learned(state(2, lanes=6), [2.0, 1.0], 1.0)
    assert np.all(made.weights[:, :4] > 0)
    assert np.all(made.weights[:, 4:] == 0)


@pytest.mark.parametrize("x", [[6.0, -6.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
def test_no_rate_diverges_when_labels_turn_over(x: list[float]) -> None:
    made = state(3)
    for turn in range(1000):
        learned(made, x, CLIP if turn % 2 else -CLIP)
    assert np.all(np.isfinite(made.weights))
    assert np.all(np.abs(made.prediction) <= CLIP)
