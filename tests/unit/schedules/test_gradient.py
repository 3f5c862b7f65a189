"""Gradients: errors and curvatures are derivatives of the losses, products those of matrices."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from streamlr.components import Inputs
from streamlr.schedules import gradient

Floats = npt.NDArray[np.float64]

SUMS = np.array([0.3, -1.2, 0.9, 0.1])
STEP = 1e-4


def slope(loss: Callable[[Floats], float], sums: Floats, output: int) -> tuple[float, float]:
    """Return first and second derivative by one weighted sum, from differences."""
    aside = STEP * np.eye(len(sums))[output]
    below, here, above = loss(sums - aside), loss(sums), loss(sums + aside)
    return (above - below) / (2 * STEP), (above - 2 * here + below) / STEP**2


def softmax(sums: Floats) -> Floats:
    shares: Floats = np.exp(sums) / np.exp(sums).sum()
    return shares


@pytest.mark.parametrize("label", range(4))
def test_those_of_many_classes_are_of_the_log_loss(label: int) -> None:
    error = np.empty(4)
    assert gradient.errors(softmax(SUMS), float(label), error) == 4
    for output in range(4):
        first, second = slope(lambda sums: float(-np.log(softmax(sums)[label])), SUMS, output)
        assert -error[output] == pytest.approx(first, rel=1e-6)
        assert gradient.curvature(error[output], 0) == pytest.approx(second, rel=1e-5)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_those_of_two_classes_are_of_the_log_loss(label: float) -> None:
    def loss(sums: Floats) -> float:
        p = 1 / (1 + np.exp(-sums[0]))
        return float(-np.log(p if label else 1 - p))

    error = np.empty(1)
    assert gradient.errors(1 / (1 + np.exp(-SUMS[:1])), label, error) == 1
    first, second = slope(loss, SUMS[:1], 0)
    assert -error[0] == pytest.approx(first, rel=1e-6)
    assert gradient.curvature(error[0], 0) == pytest.approx(second, rel=1e-5)


def test_those_of_a_number_are_of_half_the_squared_error() -> None:
    error = np.empty(1)
    assert gradient.errors(SUMS[:1], -0.8, error) == 1
    first, second = slope(lambda sums: float(0.5 * (sums[0] + 0.8) ** 2), SUMS[:1], 0)
    assert -error[0] == pytest.approx(first, rel=1e-6)
    assert gradient.curvature(error[0], 1) == pytest.approx(second, rel=1e-5)


@pytest.mark.parametrize("known", [0, 2])
def test_a_class_met_for_the_first_time_was_given_nothing(known: int) -> None:
    error = np.full(4, 9.0)
    assert gradient.errors(np.full(known, 0.5), float(known), error) == known + 1
    assert error.tolist() == [-0.5] * known + [1.0] + [0.0] * (3 - known)


def test_the_overlap_of_sparse_inputs_is_that_of_the_whole_vectors() -> None:
    inputs = Inputs(np.array([2.0, 1.0, 1.0, 1.0]), np.array([2, 5]), np.array([6]))
    value, rows = np.empty(4), np.empty(2, np.int64)
    gradient.keep(inputs, value, rows)
    assert gradient.overlap(inputs, value, rows) == 7.0
    other = Inputs(np.array([-3.0, 1.0, 1.0, 1.0]), np.array([3, 5]), np.array([6]))
    assert gradient.overlap(other, value, rows) == -6.0 + 1.0 + 1.0
    missing = Inputs(np.array([-3.0, 1.0, 1.0, 0.0]), np.array([3, 5]), np.array([6]))
    assert gradient.overlap(missing, value, rows) == -5.0
    assert [gradient.row(inputs, place) for place in range(4)] == [0, 1, 2, 5]
