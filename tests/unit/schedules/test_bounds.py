"""Bounds: tables are checked against them, and only large moves of a rate are told."""

import numpy as np

from streamlr.schedules.bounds import moved, within


def test_a_rate_is_kept_within() -> None:
    assert [within(rate, 0.1, 2.0) for rate in (-1.0, 0.1, 0.5, 2.0, 1e300)] == [
        *(0.1, 0.1, 0.5, 2.0, 2.0)
    ]


def test_a_move_is_told_against_the_last_one_told() -> None:
    change = np.array([1.0, 1.0, 0.0])
    told = [rate for rate in (1.5, 1.9, 2.1, 3.9, 4.3, 2.2, 2.1) if moved(change, rate, rate * 10)]
    assert told == [2.1, 4.3, 2.1]
    assert change.tolist() == [4.3, 2.1, 21.0]


def test_neither_creeping_nor_swinging_within_a_factor_of_two_is_told() -> None:
    change = np.array([1.0, 1.0, 0.0])
    assert not any(moved(change, rate, 0.0) for rate in np.linspace(0.51, 1.99, 100).tolist())
    assert change.tolist() == [1.0, 1.0, 0.0]
