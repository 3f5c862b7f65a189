"""Medians, extremes, and ratios pair by pair."""

import pytest

from benchmarks.harness.spread import Spread, ratios


def test_the_middle_and_the_extremes() -> None:
    assert Spread.of(5.0, 1.0, 3.0) == Spread(median=3.0, least=1.0, most=5.0, count=3)
    assert Spread.of(1.0, 2.0, 3.0, 10.0).median == 2.5


def test_a_count_stays_a_whole_number() -> None:
    assert isinstance(Spread.of(20).median, int)


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="median"):
        Spread.of()


def test_ratios_are_of_pairs_not_of_medians() -> None:
    # The machine was three times slower during the second pair.
    assert ratios([30, 10, 32], [3, 1, 4]) == Spread(median=10, least=8, most=10, count=3)


def test_every_run_has_its_opponent() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])
