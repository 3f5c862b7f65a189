"""HDDM-A: the mean of all values against the mean up to the point that set it apart best.

Kept is the point where the mean plus its Hoeffding bound was lowest. The mean of everything since
the latest alarm is compared with the mean up to there: when it is higher by more than chance allows
at ``warning_confidence`` there is a warning, at ``drift_confidence`` drift. With ``two_sided`` a
fall alarms as well, from the point where the mean minus its bound was highest. The value is an
error, 0 or 1, or anything else that stays within [0, 1], which is all the bound assumes.

Notes
-----
Constant memory, constant time. Abrupt changes are what it is for; HDDM-W sees gradual ones sooner.

References
----------
Frías-Blanco et al. (2015), "Online and non-parametric drift detection methods based on Hoeffding's
bounds", the A-test: a mean of n values has the bound √(ln(1/α) / 2n), α the confidence; a change
is one of at least √((1/k - 1/n)/2 · ln(2/α)), k the values up to the point, n those in all.
River's ``drift.binary.HDDMA`` is the reference: same warnings and alarms on the same values.
"""

from math import log
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import cold, hot
from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape, never_due
from streamlr.detectors.watch import DetectorConfig, Range

_ALL, _LOW, _HIGH = 0, 1, 2

Chance = Annotated[float, Field(ge=1e-100, lt=1, validate_default=True)]


class Config(DetectorConfig):
    """Hoeffding's bound on the mean of the errors."""

    type: Literal["hddm_a"] = "hddm_a"
    drift_confidence: Chance = Field(0.001, description="chance of a false alarm")
    warning_confidence: Chance = Field(0.005, description="chance of a false warning")
    two_sided: bool = Field(default=False, description="whether a fall alarms as well")

    @field_validator("warning_confidence")
    @classmethod
    def _not_below_drift(cls, warning: float, others: ValidationInfo) -> float:
        drift = others.data.get("drift_confidence", warning)
        if warning < drift:
            message = "it may not be below drift_confidence, {drift}"
            raise PydanticCustomError("order", message, {"drift": drift})
        return warning

    @property
    def takes(self) -> Range:
        """An error, or a loss that stays as small."""
        return "0 to 1"


class State(NamedTuple):
    """Three means: of all values, and up to the lowest and the highest point.

    Attributes
    ----------
    seen : int64 [3]
        Values in each mean, since the start or the latest alarm.
    mean : float64 [3]
    severity : float64 [1]
        At the latest signal: mean since the point - mean up to it.
    logarithms : float64 [3]
        ln(1 / drift_confidence) for the points; ln(2 / confidence) of a warning and of an alarm.
    two_sided : int64 [1]
    """

    seen: np.ndarray
    mean: np.ndarray
    severity: np.ndarray
    logarithms: np.ndarray
    two_sided: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every detector
    """Nothing seen."""
    drift, warning = config.drift_confidence, config.warning_confidence
    return State(
        seen=np.zeros(3, np.int64),
        mean=np.zeros(3),
        severity=np.zeros(1),
        logarithms=np.array([log(1.0 / drift), log(2.0 / warning), log(2.0 / drift)]),
        two_sided=np.array([config.two_sided], np.int64),
    )


is_due = never_due


@hot
def update(state: State, value: float) -> int:
    """Take in one value; WARNING for as long as the mean is high, DRIFT when it is too high."""
    seen, mean = state.seen, state.mean
    seen[_ALL] += 1
    mean[_ALL] += 1.0 / seen[_ALL] * (value - mean[_ALL])
    now = _bound(state, _ALL)
    if seen[_LOW] == 0 or mean[_LOW] + _bound(state, _LOW) >= mean[_ALL] + now:
        seen[_LOW] = seen[_ALL]
        mean[_LOW] = mean[_ALL]
    signal = _compare(state, _LOW, mean[_ALL] - mean[_LOW])
    if state.two_sided[0]:
        if seen[_HIGH] == 0 or mean[_HIGH] - _bound(state, _HIGH) <= mean[_ALL] - now:
            seen[_HIGH] = seen[_ALL]
            mean[_HIGH] = mean[_ALL]
        if signal != DRIFT:
            signal = max(signal, _compare(state, _HIGH, mean[_HIGH] - mean[_ALL]))
    if signal == DRIFT:
        _forget(state)
    return signal


@cold
def _forget(state: State) -> None:
    """As if nothing had been seen."""
    state.seen[:] = 0
    state.mean[:] = 0.0


@hot
def _bound(state: State, row: int) -> float:
    """Hoeffding's bound of a mean."""
    return np.sqrt(1.0 / (2 * state.seen[row]) * state.logarithms[0])  # type: ignore[no-any-return]


@hot
def _compare(state: State, row: int, gap: float) -> int:
    """What the gap between the mean up to a point and the mean of all is worth."""
    whole, part = state.seen[_ALL], state.seen[row]
    if part == whole:
        return NO_SIGNAL
    size = (whole - part) / part * (1.0 / whole)
    if not gap >= np.sqrt(size / 2.0 * state.logarithms[1]):
        return NO_SIGNAL
    state.severity[0] = (state.mean[_ALL] - state.mean[row]) * whole / (whole - part)
    return DRIFT if gap >= np.sqrt(size / 2.0 * state.logarithms[2]) else WARNING
