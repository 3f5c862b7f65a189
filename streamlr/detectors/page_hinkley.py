"""Page-Hinkley: how far the value, summed over its running mean, has come from its lowest point.

With m the mean of the values so far, two sums are kept, U ← fading_factor · U + (x - m - tolerance)
and D ← fading_factor · D + (x - m + tolerance). While nothing changes U sinks and D climbs; the
alarm comes when U stands more than ``threshold`` above its minimum (the mean rose) or D as much
below its maximum (it fell). Any real, finite value will do, not only errors; thresholds are in its
unit. There are no warnings.

Notes
-----
Constant memory, constant time. One NaN would stay in the mean until the state is made anew.

References
----------
Page (1954), "Continuous inspection schemes"; Gama, Sebastião & Rodrigues (2013), "On evaluating
stream learning algorithms", with fading. Their δ is ``tolerance``, λ ``threshold``, α
``fading_factor``. River's ``drift.PageHinkley`` is the reference: same alarms on the same values.
As there, the sums fade and the mean does not.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import DRIFT, NO_SIGNAL, Shape, never_due
from streamlr.detectors.watch import DetectorConfig

_RISE, _FALL = 0, 1


class Config(DetectorConfig):
    """Page-Hinkley's test on the error of the predictions."""

    type: Literal["page_hinkley"] = "page_hinkley"
    direction: Literal["up", "down", "both"] = Field("both", description="changes that alarm")
    threshold: Annotated[float, Field(gt=0, description="rise of the sum that alarms")] = 50.0
    tolerance: Annotated[float, Field(ge=0, description="change of the mean let pass")] = 0.005
    fading_factor: Annotated[float, Field(gt=0, le=1, description="of the sums, a value")] = 0.9999
    min_values: Annotated[int, Field(ge=1, le=10**15)] = Field(
        30, description="fewest values for an alarm"
    )


class State(NamedTuple):
    """The sums and their extremes; [2] is for a rise and for a fall.

    Attributes
    ----------
    seen : int64 [1]
        Values since the start or the latest alarm.
    mean : float64 [1]
        Of these values.
    sums : float64 [2]
    extremes : float64 [2]
        Least of the first sum, greatest of the second.
    middle : float64 [2]
        Distance from the extreme when it was last within half of the threshold.
    middle_at : int64 [2]
        Value of ``seen`` then: the change is under way since.
    severity : float64 [1]
        At the latest alarm: by how much the values since the middle were above the running mean,
        on average; below 0 for a fall.
    settings : float64 [3]
        threshold, tolerance, fading_factor.
    min_values : int64 [1]
    watched : int64 [2]
        Whether a rise, and a fall, alarms.
    """

    seen: np.ndarray
    mean: np.ndarray
    sums: np.ndarray
    extremes: np.ndarray
    middle: np.ndarray
    middle_at: np.ndarray
    severity: np.ndarray
    settings: np.ndarray
    min_values: np.ndarray
    watched: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every detector
    """Nothing seen."""
    return State(
        seen=np.zeros(1, np.int64),
        mean=np.zeros(1),
        sums=np.zeros(2),
        extremes=np.zeros(2),
        middle=np.zeros(2),
        middle_at=np.zeros(2, np.int64),
        severity=np.zeros(1),
        settings=np.array([config.threshold, config.tolerance, config.fading_factor]),
        min_values=np.array([config.min_values]),
        watched=np.array([config.direction != "down", config.direction != "up"], np.int64),
    )


is_due = never_due


@hot
def update(state: State, value: float) -> int:
    """Take in one value; DRIFT when a sum has come too far from its extreme."""
    threshold, tolerance, fading = state.settings
    sums, extremes, middle, middle_at = state.sums, state.extremes, state.middle, state.middle_at

    # the mean, and the sums over it
    state.seen[0] += 1
    seen = state.seen[0]
    state.mean[0] += 1.0 / seen * (value - state.mean[0])
    deviation = value - state.mean[0]
    sums[_RISE] = fading * sums[_RISE] + deviation - tolerance
    sums[_FALL] = fading * sums[_FALL] + deviation + tolerance
    if seen == 1 or sums[_RISE] < extremes[_RISE]:
        extremes[_RISE] = sums[_RISE]
    if seen == 1 or sums[_FALL] > extremes[_FALL]:
        extremes[_FALL] = sums[_FALL]

    # how far they are from their extremes
    rise = sums[_RISE] - extremes[_RISE]
    fall = extremes[_FALL] - sums[_FALL]
    if rise <= 0.5 * threshold:
        middle[_RISE] = rise
        middle_at[_RISE] = seen
    if fall <= 0.5 * threshold:
        middle[_FALL] = fall
        middle_at[_FALL] = seen

    # the test
    if seen < state.min_values[0]:
        return NO_SIGNAL
    if state.watched[_RISE] and rise > threshold:
        state.severity[0] = (rise - middle[_RISE]) / (seen - middle_at[_RISE]) + tolerance
    elif state.watched[_FALL] and fall > threshold:
        state.severity[0] = (middle[_FALL] - fall) / (seen - middle_at[_FALL]) - tolerance
    else:
        return NO_SIGNAL
    state.seen[0] = 0
    state.mean[0] = 0.0
    sums[_RISE] = 0.0
    sums[_FALL] = 0.0
    return DRIFT
