"""The random walk that is laid down from coarse to fine."""

import numpy as np
import pytest

from simulators.wandering import _LAST_KNOT, knot

SIZE = 4_096


@pytest.mark.parametrize("number", [0, 1, 1_000, 1_001, 2**30 + 3, _LAST_KNOT])
def test_a_knot_has_mean_0_and_variance_1(number: int) -> None:
    walk = knot(1, SIZE, 0.02, number)
    assert walk.mean() == pytest.approx(0, abs=0.07)
    assert walk.var() == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize("start", [0, 1, 999, 2**30])
@pytest.mark.parametrize("distance", [1, 2, 7, 64, 4_000])
def test_correlation_falls_exponentially_with_distance(start: int, distance: int) -> None:
    here, there = knot(1, SIZE, 0.02, start), knot(1, SIZE, 0.02, start + distance)
    assert np.mean(here * there) == pytest.approx(np.exp(-0.02 * distance), abs=0.09)


def test_steps_are_as_small_as_the_pace_says_at_every_alignment() -> None:
    for number in (0, 1, 2, 3, 4, 7, 8, 1_023, 2**20 - 1):
        step = knot(1, SIZE, 0.02, number + 1) - knot(1, SIZE, 0.02, number)
        assert step.var() == pytest.approx(2 - 2 * np.exp(-0.02), rel=0.12)


def test_the_route_does_not_matter() -> None:
    knot.cache_clear()
    onwards = [knot(5, 8, 0.1, number).tobytes() for number in range(200)]
    knot.cache_clear()
    backwards = [knot(5, 8, 0.1, number).tobytes() for number in reversed(range(200))]
    assert backwards[::-1] == onwards


def test_a_knot_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        knot(5, 8, 0.1, 3)[0] = 1


def test_a_pace_that_forgets_at_once_makes_knots_independent() -> None:
    here, there = knot(1, SIZE, 1_000.0, 5), knot(1, SIZE, 1_000.0, 6)
    assert np.mean(here * there) == pytest.approx(0, abs=0.07)
    assert here.var() == pytest.approx(1, abs=0.1)
