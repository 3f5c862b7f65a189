"""ADWIN: what it says beside the alarms, which `tests/reference` holds against River's."""

import numpy as np
import pytest
from pydantic import ValidationError

from streamlr.components import DRIFT, NO_SIGNAL, Shape
from streamlr.detectors import adwin
from tests.reference.plain import Floats


def fresh(**settings: float) -> adwin.State:
    return adwin.init(adwin.Config.model_validate(settings), Shape(1, 2, 1))


def errors(*stretches: tuple[int, float]) -> Floats:
    """Return errors, so many at such a rate."""
    random = np.random.default_rng(4)
    return np.concatenate([random.random(count) < rate for count, rate in stretches]) * 1.0


def alarms(state: adwin.State, values: Floats) -> list[tuple[int, float]]:
    """Place and severity of each alarm."""
    found = []
    for place, value in enumerate(values.tolist()):
        if adwin.update(state, value) == DRIFT:
            found.append((place, float(state.severity[0])))
    return found


def test_a_stationary_stream_keeps_the_whole_window() -> None:
    state = fresh()
    values = errors((10_000, 0.3))
    assert alarms(state, values) == []
    assert state.window[0] == 10_000
    assert state.window[1] == values.sum()
    assert state.window[2] == pytest.approx(values.var() * 10_000, rel=1e-9)


@pytest.mark.parametrize(("before", "after"), [(0.1, 0.6), (0.6, 0.1), (0.1, 0.3), (0.02, 0.5)])
def test_severity_is_the_signed_change(before: float, after: float) -> None:
    (place, severity), *_ = alarms(fresh(), errors((2000, before), (500, after)))
    assert 2000 <= place < 2300
    assert severity == pytest.approx(after - before, abs=0.15)


def test_a_larger_change_is_more_severe_and_noticed_sooner() -> None:
    small, large = (alarms(fresh(), errors((2000, 0.1), (1000, rate)))[0] for rate in (0.3, 0.9))
    assert large[0] < small[0]
    assert large[1] > small[1] > 0


def test_an_alarm_is_an_event_of_one_sample() -> None:
    state = fresh()
    values = errors((2000, 0.1), (200, 0.9))
    (place, severity), *_ = alarms(state, values[:2100])
    again = fresh()
    alarms(again, values[: place + 1])
    assert adwin.update(again, 1.0) == NO_SIGNAL
    assert again.window.tolist() == [1.0, 1.0, 0.0]
    assert again.severity[0] == severity


def test_memory_is_bounded_and_rows_follow_the_logarithm() -> None:
    state = fresh()
    alarms(state, np.zeros(20_000))
    assert state.rows[0] == 12
    sizes = state.buckets * 2.0 ** np.arange(len(state.buckets))
    assert sizes.sum() == 20_000
    assert state.buckets.max() <= 5


@pytest.mark.parametrize(
    "settings",
    [{"delta": 0.0}, {"delta": 1.0}, {"clock": 0}, {"grace_period": 0}, {"min_window_length": 0}],
)
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(settings))):
        adwin.Config.model_validate(settings)
