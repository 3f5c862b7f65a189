"""A mean that follows the lanes whose errors were small of late."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.schedules.racing import hedge

LANES = 3
numbers = st.floats(-10, 10)


def test_at_first_it_is_the_mean() -> None:
    assert hedge.mean(hedge.init(LANES), np.array([1.0, 2.0, 6.0])) == pytest.approx(3.0)


def test_weights_are_the_docstrings() -> None:
    state, losses = hedge.init(LANES), np.zeros(LANES)
    random = np.random.default_rng(0)
    for _ in range(300):
        prediction, target = random.standard_normal(LANES), float(random.standard_normal())
        hedge.update(state, prediction, target)
        losses = (1 - 1 / 100) * losses + np.minimum((target - prediction) ** 2, 4)
    weights = np.exp(-losses / 2)
    np.testing.assert_allclose(state.weight, weights / weights.sum(), rtol=1e-9)
    assert hedge.mean(state, np.array([0.0, 1.0, 0.0])) == pytest.approx(state.weight[1])


def test_it_follows_the_best_lane_and_changes_over() -> None:
    state = hedge.init(LANES)
    for best in (0, 2):
        prediction = np.where(np.arange(LANES) == best, 0.0, 1.0)
        for _ in range(300):
            hedge.update(state, prediction, 0.0)
        assert state.weight[best] > 0.99


def test_one_absurd_error_is_capped() -> None:
    state = hedge.init(2)
    hedge.update(state, np.array([1e150, 2.0]), 0.0)
    assert state.weight == pytest.approx([0.5, 0.5])


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=30))
def test_what_it_says_lies_between_the_lanes(samples: list[tuple[float, ...]]) -> None:
    state = hedge.init(LANES)
    for *prediction, target in samples:
        said = hedge.mean(state, np.array(prediction))
        assert min(prediction) - 1e-9 <= said <= max(prediction) + 1e-9
        hedge.update(state, np.array(prediction), target)
        assert state.weight.sum() == pytest.approx(1.0)
