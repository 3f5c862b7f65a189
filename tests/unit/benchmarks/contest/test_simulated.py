"""Recovery on series made by hand, alarms at random, and a seed of each simulator."""

import numpy as np
import pytest

from benchmarks.contest import simulated
from benchmarks.contest.random_alarms import RandomAlarms


def right(*stretches: tuple[int, float]) -> np.ndarray:
    """Rows, and every how many of them is wrong; 0: none."""
    rows = []
    for count, every in stretches:
        rows += [not (every and place % every == 0) for place in range(count)]
    return np.array(rows)


def recovered(series: np.ndarray, changes: list[int]) -> list[int]:
    return simulated.recovery(series, changes, simulated.levels(series, changes))


def test_the_window_forgets_the_worst_rows() -> None:
    # 100 wrong ones after the change: more than 5 of them are in the window from row 6 to row 594
    series = right((1000, 0), (100, 1), (900, 0))
    assert recovered(series, [1000]) == [595]


def test_a_flicker_on_the_way_down_is_no_recovery() -> None:
    # a point below at row 6, then old mistakes leave the window, and at row 20 the fall goes on
    before = right((510, 0), (6, 1), (484, 0))
    series = np.concatenate([before, right((6, 1), (14, 0), (100, 1), (880, 0))])
    assert recovered(series, [1000]) == [609]


def test_never_below_is_never_lost() -> None:
    assert recovered(right((1000, 0), (5, 1), (995, 0)), [1000]) == [0]


def test_not_back_before_the_next_change_takes_all_rows() -> None:
    series = right((1000, 0), (700, 2), (1300, 0))
    assert recovered(series, [1000, 1700]) == [700, 0]


def test_the_level_is_that_before_each_change() -> None:
    series = right((1000, 10), (1000, 5), (1000, 5))
    assert simulated.levels(series, [1000, 2000]) == [0.9, 0.8]
    assert recovered(series, [1000, 2000]) == [1000, 0]


def test_a_lower_level_is_reached_sooner() -> None:
    series = right((1000, 0), (100, 1), (900, 0))
    assert simulated.recovery(series, [1000], [0.9]) == [545]


def test_alarms_are_as_many_as_asked_for_at_moments_of_the_seed() -> None:
    def heard(seed: int) -> list[int]:
        detector = RandomAlarms(alarms=20, samples=1000, seed=seed)
        moments = []
        for moment in range(1000):
            detector.update(0.0)
            if detector.drift_detected:
                moments.append(moment)
        return moments

    assert len(heard(1)) == 20
    assert heard(1) == heard(1) != heard(2)


@pytest.mark.parametrize("name", simulated.DRIFTING)
def test_a_seed_of_a_simulator_that_drifts(name: str) -> None:
    seed = simulated.drifting(name, seed=1, samples=11_000)
    changes = 1 if name == "abrupt" else 2
    for rows in (seed.race_recovery, seed.fixed_recovery, seed.race_to_fixed):
        assert len(rows) == changes
        assert max(rows) <= 5_000
    assert 0.8 < seed.fixed < 0.95
    assert seed.boost != seed.control


def test_a_seed_of_the_one_that_does_not() -> None:
    seed = simulated.stationary(seed=1, samples=5_000)
    assert seed.samples == 5_000
    assert seed.rising <= seed.alarms <= 5
