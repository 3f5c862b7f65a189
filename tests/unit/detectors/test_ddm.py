"""DDM: the error rate and its deviation, written out over all values at once."""

import numpy as np
import pytest

from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape
from streamlr.config import build
from streamlr.detectors import ddm as subject
from streamlr.errors import ConfigurationError
from tests.reference.plain import recent_rate

SHAPE = Shape(features=1, classes=2, lanes=1)
RATES = np.repeat([0.1, 0.3], 1000)
ERRORS = np.where(np.random.default_rng(4).random(2000) < RATES, 1.0, 0.0)


def signals(values: np.ndarray, **settings: object) -> tuple[list[int], subject.State]:
    state = subject.init(subject.Config.model_validate(settings), SHAPE)
    return [subject.update(state, value) for value in values.tolist()], state


def expected(values: np.ndarray, grace_period: int, warning: float, drift: float) -> list[int]:
    """Return the signals up to the first alarm, by the paper's formulas."""
    counts = np.arange(1, len(values) + 1)
    rates = np.cumsum(values) / counts
    deviations = np.sqrt(rates * (1 - rates) / counts)
    told = [NO_SIGNAL] * grace_period
    for index in range(grace_period, len(values)):
        level = (rates + deviations)[grace_period : index + 1]
        least = grace_period + int(np.argmin(level))
        excess = (level[-1] - rates[least]) / deviations[least]
        told.append(DRIFT if excess > drift else WARNING if excess > warning else NO_SIGNAL)
        if told[-1] == DRIFT:
            break
    return told


@pytest.mark.parametrize(
    ("grace_period", "warning", "drift"), [(100, 2.0, 3.0), (400, 1.2, 6.5), (700, 2.0, 2.0)]
)
def test_signals_are_the_papers(grace_period: int, warning: float, drift: float) -> None:
    wanted = expected(ERRORS, grace_period, warning, drift)
    assert wanted[-1] == DRIFT
    told, _ = signals(
        ERRORS[: len(wanted)],
        grace_period=grace_period,
        warning_threshold=warning,
        drift_threshold=drift,
    )
    assert told == wanted


def test_severity_is_how_far_the_recent_rate_is_above_the_lowest() -> None:
    alarm = signals(ERRORS, grace_period=100)[0].index(DRIFT)
    _, before = signals(ERRORS[:alarm], grace_period=100)
    _, state = signals(ERRORS[: alarm + 1], grace_period=100)
    severity = recent_rate(ERRORS[: alarm + 1]) - before.lowest[0]
    assert state.severity[0] == pytest.approx(severity, rel=1e-12)
    assert 0.1 < severity < 0.4


def test_the_grace_period_is_without_signals() -> None:
    turn = np.repeat([0.0, 1.0], 50)
    assert signals(turn, grace_period=49)[0][50] == DRIFT  # after none at all, one is too many
    assert set(signals(turn, grace_period=100)[0]) == {NO_SIGNAL}


def test_a_loss_within_one_will_do() -> None:
    told, _ = signals(0.4 * ERRORS + 0.3 * RATES)
    assert DRIFT in told[1000:]


def test_thresholds_in_the_wrong_order_are_told() -> None:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    with pytest.raises(ConfigurationError) as caught:
        build({**tables, "detector": {"type": "ddm", "warning_threshold": 4.0}})
    assert caught.value.faults == (
        "[detector] drift_threshold = 3.0: it may not be below warning_threshold, 4.0",
    )
