"""EDDM: the distances between errors, written out over all values at once."""

import numpy as np
import pytest

from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape
from streamlr.config import build
from streamlr.detectors import eddm as subject
from streamlr.errors import ConfigurationError
from tests.reference.plain import recent_rate

SHAPE = Shape(features=1, classes=2, lanes=1)
RATES = np.repeat([0.1, 0.4], 1000)
ERRORS = np.where(np.random.default_rng(4).random(2000) < RATES, 1.0, 0.0)


def signals(values: np.ndarray, **settings: object) -> tuple[list[int], subject.State]:
    state = subject.init(subject.Config.model_validate(settings), SHAPE)
    return [subject.update(state, value) for value in values.tolist()], state


def at_distances(*distances: int) -> np.ndarray:
    """Return errors, each so many values after the one before."""
    return np.concatenate([[0.0] * (distance - 1) + [1.0] for distance in distances])


def _length(values: np.ndarray) -> float:
    """Return mean + 2 standard deviations of the distances between errors."""
    distances = np.diff(np.flatnonzero(values) + 1, prepend=0)
    deviation = np.std(distances, ddof=1) if len(distances) > 1 else 0.0
    return float(distances.mean() + 2 * deviation)


def expected(values: np.ndarray, grace_period: int, warning: float, drift: float) -> list[int]:
    """Return the signals by the paper's formulas, after an alarm from the beginning again."""
    told, longest, signal = [], 0.0, NO_SIGNAL
    for index, value in enumerate(values):
        if value == 1.0:
            length = _length(values[: index + 1])
            if index + 1 > grace_period:
                if values[: index + 1].sum() > grace_period and length <= longest:
                    signal = WARNING if length < warning * longest else NO_SIGNAL
                    signal = DRIFT if length < drift * longest else signal
                longest = max(longest, length)
        told.append(signal)
        if signal == DRIFT:
            return told + expected(values[index + 1 :], grace_period, warning, drift)
    return told


@pytest.mark.parametrize(
    ("grace_period", "warning", "drift"), [(30, 0.95, 0.9), (10, 0.9, 0.7), (60, 0.97, 0.8)]
)
def test_signals_are_the_papers(grace_period: int, warning: float, drift: float) -> None:
    wanted = expected(ERRORS, grace_period, warning, drift)
    assert {WARNING, DRIFT} < set(wanted)
    settings = {"grace_period": grace_period, "warning_ratio": warning, "drift_ratio": drift}
    assert signals(ERRORS, **settings)[0] == wanted


def test_a_warning_lasts_from_error_to_error() -> None:
    told, _ = signals(ERRORS)
    between = [index for index in range(1, len(told)) if ERRORS[index] == 0.0]
    assert any(told[index] == WARNING for index in between)
    for index in between:
        assert told[index] == (told[index - 1] if told[index - 1] != DRIFT else NO_SIGNAL)


def test_severity_is_how_far_the_recent_rate_is_above_that_up_to_the_longest() -> None:
    """Distances of 9 and 11 until the longest is reached, then of 1: until the alarm."""
    values = at_distances(*[11, 9] * 30, *[1] * 200)
    told, state = signals(values, grace_period=20)
    alarm = told.index(DRIFT)
    lengths = [_length(values[: index + 1]) for index in np.flatnonzero(values[: alarm + 1])]
    longest = int(np.flatnonzero(values)[int(np.argmax(lengths))])
    severity = recent_rate(values[: alarm + 1]) - values[: longest + 1].mean()
    assert told.count(DRIFT) == 1
    assert WARNING not in told[alarm:]
    assert state.severity[0] == pytest.approx(severity, rel=1e-12)
    assert severity > 0.3


def test_only_an_error_counts() -> None:
    assert set(signals(0.99 * ERRORS)[0]) == {NO_SIGNAL}


def test_errors_have_to_be_many_enough() -> None:
    few, many = (
        int(ERRORS[: signals(ERRORS, grace_period=errors)[0].index(DRIFT) + 1].sum())
        for errors in (5, 200)
    )
    assert 5 < few < 100
    assert many > 200


def test_distances_that_grow_regular_are_no_rise() -> None:
    values = at_distances(*[1, 39] * 50, *[20] * 100)
    told, state = signals(values)
    assert DRIFT in told
    assert abs(state.severity[0]) < 0.05


def test_ratios_in_the_wrong_order_are_told() -> None:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    with pytest.raises(ConfigurationError) as caught:
        build({**tables, "detector": {"type": "eddm", "warning_ratio": 0.8}})
    assert caught.value.faults == (
        "[detector] drift_ratio = 0.9: it may not be above warning_ratio, 0.8",
    )
