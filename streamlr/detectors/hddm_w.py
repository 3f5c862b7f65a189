"""HDDM-W: an exponentially weighted mean of the latest values against the one before them.

A weighted mean of everything since the latest alarm is kept; where it plus its McDiarmid bound is
at its lowest so far, it is set aside, and another weighted mean starts over the values since. When
the latter is higher by more than chance allows at ``warning_confidence`` there is a warning, at
``drift_confidence`` drift. With ``two_sided`` a fall alarms as well. The value is an error, 0 or 1,
or anything else that stays within [0, 1], which is all the bound assumes.

Notes
-----
Constant memory, constant time. Weighting makes it see gradual changes sooner than HDDM-A.

References
----------
Frías-Blanco et al. (2015), "Online and non-parametric drift detection methods based on Hoeffding's
bounds", the W-test: with v the weights in a mean, its bound is √(Σv² · ln(1/α)/2), α the
confidence; the paper's λ is ``smoothing_factor``. River's ``drift.binary.HDDMW`` is the reference:
same warnings and alarms on the same values. As there, and unlike in the paper and in MOA, Σv²
starts from 1 *before* the first value, which makes young means look surer than they are.
"""

from math import log
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import cold, hot
from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape, never_due
from streamlr.detectors.watch import DetectorConfig, Range

_ALL = 0
_UP_TO_LOW, _SINCE_LOW = 1, 2
_UP_TO_HIGH, _SINCE_HIGH = 3, 4

Chance = Annotated[float, Field(ge=1e-100, lt=1, validate_default=True)]


class Config(DetectorConfig):
    """McDiarmid's bound on weighted means of the errors."""

    type: Literal["hddm_w"] = "hddm_w"
    drift_confidence: Chance = Field(0.001, description="chance of a false alarm")
    warning_confidence: Chance = Field(0.005, description="chance of a false warning")
    smoothing_factor: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.05, description="weight of the latest value in a mean"
    )
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
    """Five weighted means: of all, up to and since the lowest point, up to and since the highest.

    Attributes
    ----------
    seen : int64 [5]
        Values in each, since the start or the latest alarm.
    mean : float64 [5]
    squares : float64 [5]
        Sum of the squared weights in each.
    extremes : float64 [2]
        Mean plus bound at the lowest point, mean minus bound at the highest.
    severity : float64 [1]
        At the latest signal: mean since the point - mean up to it.
    weights : float64 [3]
        smoothing_factor; it squared; (1 - smoothing_factor) squared.
    logarithms : float64 [2]
        ln(1 / confidence) of a warning and of an alarm.
    two_sided : int64 [1]
    """

    seen: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    extremes: np.ndarray
    severity: np.ndarray
    weights: np.ndarray
    logarithms: np.ndarray
    two_sided: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every detector
    """Nothing seen."""
    weight = config.smoothing_factor
    drift, warning = config.drift_confidence, config.warning_confidence
    return State(
        seen=np.zeros(5, np.int64),
        mean=np.zeros(5),
        squares=np.ones(5),
        extremes=np.zeros(2),
        severity=np.zeros(1),
        weights=np.array([weight, weight * weight, (1.0 - weight) ** 2]),
        logarithms=np.array([log(1.0 / warning), log(1.0 / drift)]),
        two_sided=np.array([config.two_sided], np.int64),
    )


is_due = never_due


@hot
def update(state: State, value: float) -> int:
    """Take in one value; WARNING for as long as the mean is high, DRIFT when it is too high."""
    mean, extremes = state.mean, state.extremes
    _take_in(state, _ALL, value)
    bound = np.sqrt(state.squares[_ALL] * state.logarithms[1] / 2.0)
    first = state.seen[_ALL] == 1
    if first or mean[_ALL] + bound < extremes[0]:
        extremes[0] = mean[_ALL] + bound
        _set_aside(state, _UP_TO_LOW)
    else:
        _take_in(state, _SINCE_LOW, value)
    signal = _compare(state, _UP_TO_LOW, mean[_SINCE_LOW] - mean[_UP_TO_LOW])
    if state.two_sided[0]:
        if first or mean[_ALL] - bound > extremes[1]:
            extremes[1] = mean[_ALL] - bound
            _set_aside(state, _UP_TO_HIGH)
        else:
            _take_in(state, _SINCE_HIGH, value)
        if signal != DRIFT:
            fall = mean[_UP_TO_HIGH] - mean[_SINCE_HIGH]
            signal = max(signal, _compare(state, _UP_TO_HIGH, fall))
    if signal == DRIFT:
        _forget(state)
    return signal


@cold
def _forget(state: State) -> None:
    """As if nothing had been seen."""
    state.seen[:] = 0
    state.squares[:] = 1.0


@hot
def _take_in(state: State, row: int, value: float) -> None:
    """Put one value in a mean; the first value is the mean."""
    weight, square, rest_square = state.weights
    old = state.mean[row]
    state.mean[row] = value if state.seen[row] == 0 else weight * value + (1.0 - weight) * old
    state.squares[row] = square + rest_square * state.squares[row]
    state.seen[row] += 1


@hot
def _set_aside(state: State, row: int) -> None:
    """Keep the mean of all as the one up to here; start the one since here, the next row, anew."""
    state.seen[row] = state.seen[_ALL]
    state.mean[row] = state.mean[_ALL]
    state.squares[row] = state.squares[_ALL]
    state.seen[row + 1] = 0
    state.mean[row + 1] = 0.0
    state.squares[row + 1] = 1.0


@hot
def _compare(state: State, row: int, gap: float) -> int:
    """What the gap between the mean up to a point and the one since is worth."""
    if state.seen[row + 1] == 0:
        return NO_SIGNAL
    squares = state.squares[row] + state.squares[row + 1]
    if not gap > np.sqrt(squares * state.logarithms[0] / 2.0):
        return NO_SIGNAL
    state.severity[0] = state.mean[row + 1] - state.mean[row]
    return DRIFT if gap > np.sqrt(squares * state.logarithms[1] / 2.0) else WARNING
