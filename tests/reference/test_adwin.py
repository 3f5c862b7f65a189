"""ADWIN against River's: the same alarms, and the same width at every value."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from river import drift

from streamlr.components import DRIFT, Shape
from streamlr.detectors import adwin
from tests.reference.plain import Floats

LENGTH = 6_000


class Settings(NamedTuple):
    delta: float = 0.002
    clock: int = 32
    min_window_length: int = 5
    grace_period: int = 10


def steps(seed: int) -> Floats:
    """Mean of each value: it jumps, now a little and now a lot."""
    return np.repeat(np.random.default_rng(seed).uniform(0, 1, 12) ** 2, LENGTH // 12)


def errors(seed: int) -> Floats:
    return (np.random.default_rng(seed).random(LENGTH) < steps(seed)).astype(np.float64)


def reals(seed: int) -> Floats:
    return np.random.default_rng(seed).normal(1e3 * steps(seed), 0.3 + 100 * steps(seed))


def constant(seed: int) -> Floats:
    return np.full(LENGTH, float(seed))


@pytest.mark.parametrize("make", [errors, reals, constant])
@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(delta=0.05, clock=1),
        Settings(delta=0.3, clock=7, min_window_length=1, grace_period=1),
        Settings(min_window_length=40, grace_period=300),
    ],
)
def test_the_same_alarms_and_width(make: Callable[[int], Floats], settings: Settings) -> None:
    values = make(7)
    reference = drift.ADWIN(**settings._asdict())
    state = adwin.init(adwin.Config(**settings._asdict()), Shape(1, 2, 1))
    expected, actual = [], []
    for value in values.tolist():
        reference.update(value)
        expected.append((bool(reference.drift_detected), reference.width))
        signal = adwin.update(state, value)
        actual.append((signal == DRIFT, float(state.window[0])))
    assert actual == expected
    alarms = sum(alarm for alarm, _ in actual)
    assert (alarms == 0) if make is constant else (alarms > 2)
