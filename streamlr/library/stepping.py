"""One step of a schedule and its drift detector, without a model: a loss goes in, a rate comes out.

:func:`advance` is a template, as :func:`streamlr.kernel.process` is; what it is bound to are the
daemon's own schedules and detectors.
"""

from typing import Any, NamedTuple

import numpy as np

from streamlr.components import NO_SIGNAL, Inputs
from streamlr.detectors import none as detector
from streamlr.schedules import constant as schedule

NO_PREDICTION = np.zeros(1)
"""A model's output that is one too low: its error is 1, so that the gradient is the inputs."""

_TARGET = 1.0


class State(NamedTuple):
    """Everything a scheduler remembers.

    Attributes
    ----------
    steps : int64 [1]
        Steps taken; those skipped are not among them.
    skipped : int64 [1]
        Steps whose loss or gradient was not finite.
    detector, schedule
        Their own states.
    """

    steps: np.ndarray
    skipped: np.ndarray
    detector: Any
    schedule: Any


def advance(
    state: State, prediction: np.ndarray, inputs: Inputs, loss: float, value: float
) -> tuple[int, int]:
    """Detect, then schedule, as the kernel does; the signal and the reason are returned.

    Parameters
    ----------
    state
        Moved on by one step.
    prediction, inputs
        ``NO_PREDICTION``, and the gradient where the schedule goes by it.
    loss
        Finite.
    value
        What the detector is given; NaN for nothing.
    """
    signal = NO_SIGNAL
    if value == value:  # noqa: PLR0124 - NaN is missing
        signal = detector.update(state.detector, value)
    severity = state.detector.severity[0]
    state.steps[0] += 1
    reason = schedule.update(state.schedule, prediction, _TARGET, loss, signal, severity, inputs)
    return signal, reason
