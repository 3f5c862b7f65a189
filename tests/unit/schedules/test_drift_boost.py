"""Drift-boost: what it answers, by how much, and for how long."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape
from streamlr.schedules import drift_boost
from tests.contract.engines import NO_INPUTS

BASE, BOOST, MILD, FULL, CAP, HALF_LIFE, COOLDOWN = 0.05, 16.0, 2.0, 0.2, 8.0, 100.0, 50
SETTINGS: dict[str, Any] = {
    "rate": BASE,
    "boost": BOOST,
    "mild_boost": MILD,
    "full_severity": FULL,
    "cap": CAP,
    "half_life": HALF_LIFE,
    "cooldown": COOLDOWN,
}


class Subject:
    """A schedule that is told what the detector says."""

    def __init__(self, **settings: float) -> None:
        self.state = drift_boost.init(drift_boost.Config(**(SETTINGS | settings)), Shape(2, 2, 1))
        self.told: list[str] = []

    def hears(self, signal: int, severity: float = FULL) -> float:
        """Return the rate for the sample at which the detector said this."""
        reason = drift_boost.update(
            self.state, np.array([0.5]), 1.0, 0.7, signal, severity, NO_INPUTS
        )
        if reason:
            self.told.append(drift_boost.REASONS[reason])
        return self.rate

    def waits(self, samples: int) -> float:
        for _ in range(samples):
            self.hears(NO_SIGNAL, 0.0)
        return self.rate

    @property
    def rate(self) -> float:
        return float(self.state.rates[0])


def test_without_alarms_the_rate_is_the_base_rate() -> None:
    subject = Subject()
    assert subject.rate == BASE
    assert subject.waits(1000) == BASE
    assert subject.told == []


@pytest.mark.parametrize(
    ("severity", "factor"), [(1e-9, MILD), (FULL / 2, 9.0), (FULL, BOOST), (1.0, BOOST)]
)
def test_the_boost_grows_with_severity(severity: float, factor: float) -> None:
    assert Subject().hears(DRIFT, severity) == pytest.approx(BASE * factor)


@pytest.mark.parametrize("severity", [0.05, FULL])
def test_a_warning_boosts_by_the_square_root(severity: float) -> None:
    alarmed, warned = Subject().hears(DRIFT, severity), Subject().hears(WARNING, severity)
    assert warned / BASE == pytest.approx(np.sqrt(alarmed / BASE))


@pytest.mark.parametrize("signal", [DRIFT, WARNING])
@pytest.mark.parametrize("severity", [0.0, -0.3])
def test_an_error_that_fell_changes_nothing(signal: int, severity: float) -> None:
    subject = Subject()
    assert subject.hears(signal, severity) == BASE
    assert subject.told == []
    assert subject.hears(DRIFT) > BASE  # nor does it start the cooldown


def test_the_rate_is_capped() -> None:
    subject = Subject(cap=0.2)
    assert subject.hears(DRIFT) == 0.2


def test_a_cap_below_the_base_rate_does_not_lower_it() -> None:
    assert Subject(cap=0.01).hears(DRIFT) == BASE


def test_boosts_add_up_to_the_cap() -> None:
    subject = Subject(half_life=1e6)
    rates = [subject.hears(DRIFT)]
    for _ in range(3):
        subject.waits(COOLDOWN)
        rates.append(subject.hears(DRIFT))
    assert rates == [pytest.approx(BASE * BOOST), *[pytest.approx(CAP, rel=1e-3)] * 3]


def test_alarms_within_the_cooldown_are_not_answered() -> None:
    subject = Subject()
    boosted = subject.hears(DRIFT)
    for _ in range(COOLDOWN):
        assert subject.hears(DRIFT, 1.0) < boosted
    assert subject.told == ["drift alarm"]
    assert subject.hears(DRIFT, 1.0) > boosted
    assert subject.told == ["drift alarm"] * 2


def test_the_first_alarm_need_not_wait() -> None:
    assert Subject().hears(DRIFT) > BASE


def test_the_excess_halves_every_half_life() -> None:
    subject = Subject()
    excess = subject.hears(DRIFT) - BASE
    for halvings in range(1, 6):
        assert subject.waits(int(HALF_LIFE)) - BASE == pytest.approx(excess / 2**halvings)


def test_it_tells_why_and_from_what_to_what() -> None:
    subject = Subject()
    subject.waits(10)
    boosted = subject.hears(DRIFT, 0.15)
    assert subject.state.change.tolist() == [BASE, boosted, 0.15]
    subject.waits(COOLDOWN)
    before = subject.rate
    decayed = BASE + (before - BASE) * 0.5 ** (1 / HALF_LIFE)
    after = subject.hears(WARNING, 0.1)
    assert subject.state.change.tolist() == [pytest.approx(decayed), after, 0.1]
    assert subject.told == ["drift alarm", "drift warning"]


def test_settling_is_told_once_and_near_the_base_rate() -> None:
    subject = Subject()
    subject.hears(DRIFT)
    while "settled" not in subject.told:
        assert subject.rate > BASE * 1.01
        subject.waits(1)
    assert BASE < subject.rate <= BASE * 1.01
    assert subject.state.change[0] > subject.state.change[1] == subject.rate
    subject.waits(2000)
    assert subject.told == ["drift alarm", "settled"]


@given(
    st.lists(
        st.tuples(st.sampled_from([NO_SIGNAL, WARNING, DRIFT]), st.floats(-1, 1)), max_size=60
    ),
    st.floats(0.001, 20),
)
def test_the_rate_stays_between_base_and_cap(said: list[tuple[int, float]], cap: float) -> None:
    subject = Subject(cap=cap, cooldown=3, half_life=5.0)
    for signal, severity in said:
        assert BASE * (1 - 1e-12) <= subject.hears(signal, severity) <= max(BASE, cap)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("boost", 0.5), ("mild_boost", 0.9), ("half_life", 0.0), ("cooldown", -1), ("rate", 0.0)],
)
def test_impossible_settings_are_refused(setting: str, value: float) -> None:
    with pytest.raises(ValidationError, match=setting):
        drift_boost.Config.model_validate({setting: value})
