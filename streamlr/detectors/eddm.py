"""EDDM: the distance between errors against the longest it has been.

A model that learns makes its errors further and further apart. With m the mean of the distances
between errors and s their standard deviation, m + 2s is compared with its maximum: a warning while
it is under ``warning_ratio`` of it, drift under ``drift_ratio``. Slow changes show here before they
show in the error rate. The value is an error, 0 or 1. Only a rise of the errors is watched for.

Notes
-----
Constant memory, constant time. Nothing is tried between errors: a warning lasts until an error says
otherwise. Distances that only become more regular also lower m + 2s: then ``severity``, a
difference of error rates, is about 0, and there is little for a schedule to answer.

References
----------
Baena-García et al. (2006), "Early drift detection method"; its α is ``warning_ratio``, its β
``drift_ratio``. River's ``drift.binary.EDDM`` is the reference: same warnings and alarms on the
same values. As there, s is the sample's deviation, the first distance is counted from the
beginning, the maximum is not kept before ``grace_period`` values have come, and a new maximum
leaves a warning as it is.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import cold, hot
from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape, never_due
from streamlr.detectors.watch import DetectorConfig, Range

_RECENT = 1.0 / 32.0  # weight of the latest value in the recent error rate

Ratio = Annotated[float, Field(gt=0, lt=1, validate_default=True)]


class Config(DetectorConfig):
    """Early Drift Detection Method: the distance between errors against its longest."""

    type: Literal["eddm"] = "eddm"
    grace_period: Annotated[int, Field(ge=1, le=10**15)] = Field(
        30, description="errors before the first test"
    )
    warning_ratio: Ratio = Field(0.95, description="share of the maximum under which it warns")
    drift_ratio: Ratio = Field(0.9, description="share of the maximum under which it alarms")

    @field_validator("drift_ratio")
    @classmethod
    def _not_above_warning(cls, drift: float, others: ValidationInfo) -> float:
        warning = others.data.get("warning_ratio", drift)
        if drift > warning:
            message = "it may not be above warning_ratio, {warning}"
            raise PydanticCustomError("order", message, {"warning": warning})
        return drift

    @property
    def takes(self) -> Range:
        """Right or wrong."""
        return "0 or 1"


class State(NamedTuple):
    """Distances between errors, and where they were longest.

    Attributes
    ----------
    seen, errors : int64 [1]
        Values, and errors among them, since the start or the latest alarm.
    latest : int64 [1]
        Value of ``seen`` at the latest error.
    distance : float64 [2]
        Mean of the distances, and sum of squared deviations from it.
    longest : float64 [1]
        Maximum of mean + 2 standard deviations.
    lowest : float64 [1]
        Error rate up to where it was reached.
    warned : int64 [1]
        Whether the latest error left a warning behind.
    recent : float64 [1]
        Error rate of about the latest 32 values.
    severity : float64 [1]
        At the latest error that left a signal: recent error rate - error rate up to the longest.
    ratios : float64 [2]
        Of a warning, of an alarm.
    grace_period : int64 [1]
    """

    seen: np.ndarray
    errors: np.ndarray
    latest: np.ndarray
    distance: np.ndarray
    longest: np.ndarray
    lowest: np.ndarray
    warned: np.ndarray
    recent: np.ndarray
    severity: np.ndarray
    ratios: np.ndarray
    grace_period: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every detector
    """Nothing seen."""
    return State(
        seen=np.zeros(1, np.int64),
        errors=np.zeros(1, np.int64),
        latest=np.zeros(1, np.int64),
        distance=np.zeros(2),
        longest=np.zeros(1),
        lowest=np.zeros(1),
        warned=np.zeros(1, np.int64),
        recent=np.zeros(1),
        severity=np.zeros(1),
        ratios=np.array([config.warning_ratio, config.drift_ratio]),
        grace_period=np.array([config.grace_period]),
    )


is_due = never_due


@hot
def update(state: State, value: float) -> int:
    """Take in one error or success; a signal changes at errors only."""
    state.seen[0] += 1
    error = 1.0 if value == 1.0 else 0.0
    state.recent[0] += max(1.0 / state.seen[0], _RECENT) * (error - state.recent[0])
    if error == 1.0 and _distances_shrank(state):
        _forget(state)
        return DRIFT
    return WARNING if state.warned[0] else NO_SIGNAL


@hot
def _distances_shrank(state: State) -> bool:
    """Take in an error; whether it alarms. Sets or lifts the warning."""
    # the distance to the error before
    state.errors[0] += 1
    seen, errors = state.seen[0], state.errors[0]
    gap = float(seen - state.latest[0])
    state.latest[0] = seen
    before = state.distance[0]
    state.distance[0] += 1.0 / errors * (gap - before)
    state.distance[1] += (gap - before) * (gap - state.distance[0])

    # against the longest
    if seen <= state.grace_period[0]:
        return False
    deviation = np.sqrt(state.distance[1] / (errors - 1)) if errors > 1 else 0.0
    length = state.distance[0] + 2.0 * deviation
    if length > state.longest[0]:
        state.longest[0] = length
        state.lowest[0] = errors / seen
        return False
    if errors <= state.grace_period[0]:
        return False
    ratio = length / state.longest[0]
    state.warned[0] = 1 if ratio < state.ratios[0] else 0
    if ratio < state.ratios[0]:
        state.severity[0] = state.recent[0] - state.lowest[0]
    return ratio < state.ratios[1]  # type: ignore[no-any-return]


@cold
def _forget(state: State) -> None:
    """As if nothing had been seen."""
    state.seen[0] = 0
    state.errors[0] = 0
    state.latest[0] = 0
    state.distance[:] = 0.0
    state.longest[0] = 0.0
    state.warned[0] = 0
