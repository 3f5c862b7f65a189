"""The grid of fixed rates, and how it grows."""

import pytest

from benchmarks.contest import fixed_rates
from benchmarks.contest.scores import Outcome


def at(exponent: float, peak: float) -> Outcome:
    """An accuracy that is highest at the peak, and a log-loss that is lowest at 0."""
    metrics = {
        "accuracy": 1 - abs(exponent - peak) / 100,
        "kappa_temporal": -abs(exponent - peak),
        "log_loss": abs(exponent),
    }
    return Outcome(metrics, samples=10, cpu_seconds=1.0)


def test_rates_are_powers_of_two() -> None:
    assert fixed_rates.grid("binary") == [float(exponent) for exponent in range(-12, 4)]
    numbers = fixed_rates.grid("regression")
    assert (numbers[0], numbers[-1], len(numbers)) == (-14.0, 2.0, 16)


@pytest.mark.parametrize(
    ("peak", "low", "high"), [(1.0, -2, 2), (2.0, -2, 3), (5.0, -2, 6), (-4.0, -5, 2)]
)
def test_the_grid_grows_until_the_best_lies_within(peak: float, low: int, high: int) -> None:
    grid = [-2.0, -1.0, 0.0, 1.0, 2.0]
    criteria = ["accuracy", "log_loss"]
    found = fixed_rates.measured(lambda exponent: at(exponent, peak), grid, criteria)
    assert sorted(found) == list(range(low, high + 1))
    assert fixed_rates.best(found, "accuracy") == peak
    assert fixed_rates.best(found, "log_loss") == 0.0


def test_where_faster_is_always_better_growing_ends() -> None:
    found = fixed_rates.measured(lambda exponent: at(exponent, 1e3), [0.0, 1.0, 2.0], ["accuracy"])
    assert sorted(found) == list(range(19))


def test_where_all_are_equal_nothing_grows() -> None:
    found = fixed_rates.measured(lambda _: at(0, 0), [-1.0, 0.0, 1.0], ["accuracy"])
    assert sorted(found) == [-1.0, 0.0, 1.0]


def test_each_metric_is_that_of_its_best_rate() -> None:
    found = {exponent: at(exponent, 2.0) for exponent in (-1.0, 0.0, 1.0, 2.0, 3.0)}
    best = fixed_rates.in_hindsight(found, "binary")
    assert best.metrics == {"accuracy": 1.0, "kappa_temporal": 0.0, "log_loss": 0.0}
    assert best.note == "2^2 by accuracy, 2^0 by log_loss of 5"
