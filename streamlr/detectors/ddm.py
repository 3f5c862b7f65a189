"""DDM: the error rate against the lowest it has been, in standard deviations.

A model that learns lowers its error rate p, whose standard deviation after n predictions is
s = √(p(1-p)/n). Where p + s was lowest, p and s are kept; a warning while p + s exceeds that p by
``warning_threshold`` times that s, drift at ``drift_threshold`` times. The value is an error, 0 or
1, or a loss between them. Only a rise is noticed.

Notes
-----
Constant memory, constant time. The rate is a mean over all values since the latest alarm: the
longer things went well, the later a change is seen. A stream without any error in its grace period
has p = s = 0 at its lowest, and alarms at its first error: River does too.

References
----------
Gama, Medas, Castillo & Rodrigues (2004), "Learning with drift detection": a warning where
p + s ≥ p_min + 2 s_min, drift where p + s ≥ p_min + 3 s_min. River's ``drift.binary.DDM`` is the
reference: same warnings and alarms on the same values. Like it, and unlike the paper, the
comparisons are strict.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import hot
from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape, never_due
from streamlr.detectors.watch import DetectorConfig, Range

_RECENT = 1.0 / 32.0  # weight of the latest value in the recent error rate

Deviations = Annotated[float, Field(ge=1, le=1e6, validate_default=True)]


class Config(DetectorConfig):
    """Drift Detection Method: the error rate against its lowest."""

    type: Literal["ddm"] = "ddm"
    grace_period: Annotated[int, Field(ge=1, le=10**15)] = Field(
        30, description="values before the first test"
    )
    warning_threshold: Deviations = Field(2.0, description="standard deviations to a warning")
    drift_threshold: Deviations = Field(3.0, description="standard deviations to an alarm")

    @field_validator("drift_threshold")
    @classmethod
    def _not_below_warning(cls, drift: float, others: ValidationInfo) -> float:
        warning = others.data.get("warning_threshold", drift)
        if drift < warning:
            message = "it may not be below warning_threshold, {warning}"
            raise PydanticCustomError("order", message, {"warning": warning})
        return drift

    @property
    def takes(self) -> Range:
        """An error, or a loss that stays as small."""
        return "0 to 1"


class State(NamedTuple):
    """The error rate, and where it was lowest.

    Attributes
    ----------
    seen : int64 [1]
        Values since the start or the latest alarm.
    mean : float64 [1]
        Of these values: the error rate.
    lowest : float64 [2]
        Error rate and its standard deviation where their sum was lowest.
    tried : int64 [1]
        Whether there is a lowest yet.
    recent : float64 [1]
        Error rate of about the latest 32 values.
    severity : float64 [1]
        At the latest signal: recent error rate - lowest error rate.
    thresholds : float64 [2]
        Of a warning, of an alarm.
    grace_period : int64 [1]
    """

    seen: np.ndarray
    mean: np.ndarray
    lowest: np.ndarray
    tried: np.ndarray
    recent: np.ndarray
    severity: np.ndarray
    thresholds: np.ndarray
    grace_period: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every detector
    """Nothing seen."""
    return State(
        seen=np.zeros(1, np.int64),
        mean=np.zeros(1),
        lowest=np.zeros(2),
        tried=np.zeros(1, np.int64),
        recent=np.zeros(1),
        severity=np.zeros(1),
        thresholds=np.array([config.warning_threshold, config.drift_threshold]),
        grace_period=np.array([config.grace_period]),
    )


is_due = never_due


@hot
def update(state: State, value: float) -> int:
    """Take in one error; WARNING for as long as the rate is high, DRIFT when it is too high."""
    lowest, thresholds = state.lowest, state.thresholds
    state.seen[0] += 1
    seen = state.seen[0]
    state.mean[0] += 1.0 / seen * (value - state.mean[0])
    state.recent[0] += max(1.0 / seen, _RECENT) * (value - state.recent[0])
    if seen <= state.grace_period[0]:
        return NO_SIGNAL
    rate = state.mean[0]
    deviation = np.sqrt(rate * (1.0 - rate) / seen)
    if not state.tried[0] or rate + deviation <= lowest[0] + lowest[1]:
        lowest[0] = rate
        lowest[1] = deviation
        state.tried[0] = 1
    if not rate + deviation > lowest[0] + thresholds[0] * lowest[1]:
        return NO_SIGNAL
    state.severity[0] = state.recent[0] - lowest[0]
    if not rate + deviation > lowest[0] + thresholds[1] * lowest[1]:
        return WARNING
    state.seen[0] = 0
    state.mean[0] = 0.0
    state.tried[0] = 0
    return DRIFT
