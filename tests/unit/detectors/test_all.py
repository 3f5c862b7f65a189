"""What holds for every detector, those not yet written included."""

from typing import Any

import numpy as np
import pytest

from streamlr import registry, state_tree
from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape
from tests.contract.engines import DETECTORS

SHAPE = Shape(features=1, classes=2, lanes=1)
NAMES = [name for name in DETECTORS if name != "none"]

every_detector = pytest.mark.parametrize("name", NAMES)


def errors(*rates: float, stretch: int = 2000, seed: int = 1) -> list[float]:
    rate = np.repeat(rates, stretch)
    drawn = np.random.default_rng(seed).random(len(rate)) < rate
    return [1.0 if error else 0.0 for error in drawn]


def make(name: str) -> tuple[Any, Any]:
    module = registry.load("detectors", name)
    return module, module.init(module.Config(), SHAPE)


def signals(name: str, values: list[float]) -> list[int]:
    module, state = make(name)
    return [module.update(state, value) for value in values]


@every_detector
def test_a_rise_of_the_error_is_met_with_an_alarm(name: str) -> None:
    module, state = make(name)
    told = [(module.update(state, value), state.severity[0]) for value in errors(0.1, 0.6)]
    after = [severity for signal, severity in told[2000:2250] if signal == DRIFT]
    assert after
    assert 0.1 < after[0] <= 1.0


@every_detector
def test_a_fall_of_the_error_is_no_rise(name: str) -> None:
    module, state = make(name)
    told = [(module.update(state, value), state.severity[0]) for value in errors(0.9, 0.2)]
    assert all(severity < 0 for signal, severity in told[2000:2100] if signal == DRIFT)


@every_detector
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_new_is_no_signal(name: str, value: float) -> None:
    assert set(signals(name, [value] * 5000)) == {NO_SIGNAL}


@every_detector
def test_after_an_alarm_it_is_as_good_as_new(name: str) -> None:
    stream = errors(0.05, 0.5, 0.1, 0.9)
    told = signals(name, stream)
    alarms = [index for index, signal in enumerate(told) if signal == DRIFT]
    assert alarms
    for index in alarms[:2]:
        assert signals(name, stream[index + 1 :]) == told[index + 1 :]


@every_detector
def test_severity_stays_between_signals(name: str) -> None:
    module, state = make(name)
    severity = 0.0
    for value in errors(0.05, 0.5, 0.1, 0.9):
        if module.update(state, value) != NO_SIGNAL:
            severity = state.severity[0]
        assert state.severity[0] == severity


def test_no_two_states_look_alike_to_numba() -> None:
    """Those that do are told apart by a slow search, at every call from Python."""
    looks = {}
    for name in DETECTORS:
        module = registry.load("detectors", name)
        arrays = state_tree.flatten(module.init(module.Config(), SHAPE)).values()
        looks[name] = tuple((array.dtype.char, array.ndim) for array in arrays)
    assert len(set(looks.values())) == len(looks)


@every_detector
def test_what_it_remembers_is_finite_and_does_not_grow(name: str) -> None:
    module, state = make(name)
    sizes = {key: array.shape for key, array in state_tree.leaves(state)}
    for value in errors(0.0, 1.0, 0.5, 0.0, 0.01, stretch=400):
        assert module.update(state, value) in (NO_SIGNAL, WARNING, DRIFT)
        for key, array in state_tree.leaves(state):
            assert np.isfinite(array).all(), key
    assert {key: array.shape for key, array in state_tree.leaves(state)} == sizes
