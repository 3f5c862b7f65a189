"""Autostep's own bounds; its arithmetic is held against plain NumPy in `tests/reference`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from streamlr.components import Shape
from streamlr.schedules.racing import autostep
from tests.contract.engines import dense
from tests.reference.plain import Floats

SETTINGS = ((0.1, 0.05), (0.03, 0.005))
INPUTS, GRID = 3, 2


def moved(
    state: autostep.State, weights: Floats, inputs: Floats, chances: Floats, target: float
) -> None:
    state.error[:] = target - chances
    state.curvature[:] = chances * (1 - chances)
    autostep.move(state, weights, dense(inputs), GRID, 1)


def shape(inputs: int) -> Shape:
    return Shape(inputs - 1, 2, GRID + len(SETTINGS))


def weights() -> Floats:
    return np.zeros((INPUTS, GRID + len(SETTINGS)))


def test_each_lane_starts_at_its_rate() -> None:
    state = autostep.init(shape(INPUTS), SETTINGS)
    assert state.rate.tolist() == [[0.05, 0.005]] * INPUTS
    assert state.meta_rate.tolist() == [0.1, 0.03]


def test_there_may_be_no_lanes() -> None:
    state, none = autostep.init(shape(INPUTS), ()), np.zeros((INPUTS, GRID))
    moved(state, none, np.ones(INPUTS), np.empty(0), 1.0)
    assert np.all(none == 0)


def test_only_its_own_lanes_move() -> None:
    state, all_weights = autostep.init(shape(INPUTS), SETTINGS), weights()
    moved(state, all_weights, np.array([1.0, -2.0, 0.0]), np.array([0.5, 0.5]), 1.0)
    assert np.all(all_weights[:, :GRID] == 0)
    assert np.sign(all_weights[:, GRID:]).tolist() == [[1, 1], [-1, -1], [0, 0]]


def test_steady_gradients_raise_a_rate_and_alternating_ones_lower_it() -> None:
    state, all_weights = autostep.init(shape(2), SETTINGS), np.zeros((2, GRID + len(SETTINGS)))
    chances = np.array([0.5, 0.5])
    for sample in range(100):
        target = float(sample % 2)
        steady = 2 * target - 1  # follows the label
        moved(state, all_weights, np.array([steady * 0.1, 0.1]), chances, target)
    assert np.all(state.rate[0] > [0.05, 0.005])
    assert np.all(state.rate[1] < [0.05, 0.005])


@pytest.mark.parametrize("chance", [0.0, 1e-17, 0.5, 1.0])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_rate_stays_within_bounds_for_ever(chance: float, target: float) -> None:
    """Where the curvature vanishes nothing else holds it."""
    state, all_weights = autostep.init(shape(INPUTS), SETTINGS), weights()
    for sample in range(3000):
        inputs = np.array([6.0, -6.0 if sample % 2 else 6.0, 1.0])
        moved(state, all_weights, inputs, np.array([chance, chance]), target)
    assert state.rate.min() > 0
    assert state.rate.max() <= 1e6
    assert np.isfinite(all_weights).all()
    assert np.isfinite(state.trace).all()


@given(
    hnp.arrays(np.float64, (30, INPUTS), elements=st.floats(-6, 6)),
    hnp.arrays(np.float64, (30, 2), elements=st.floats(0, 1)),
    hnp.arrays(np.int64, 30, elements=st.integers(0, 1)),
)
def test_a_step_does_not_overshoot(inputs: Floats, chances: Floats, targets: Floats) -> None:
    """Over all weights, rate times curvature is at most 1."""
    state, all_weights = autostep.init(shape(INPUTS), SETTINGS), weights()
    for x, p, y in zip(inputs, chances, targets, strict=True):
        moved(state, all_weights, x, p, float(y))
        overshoot = (state.rate * (x**2)[:, None] * p * (1 - p)).sum(axis=0)
        assert np.all(overshoot <= 1 + 1e-12)
        assert np.isfinite(all_weights).all()
