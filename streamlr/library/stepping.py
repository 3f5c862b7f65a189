"""One step of a schedule and a drift detector, without a model: a loss goes in, a rate comes out.

:func:`advance` is a template, as :func:`streamlr.kernel.process` is; what it is bound to are the
daemon's own schedules, detectors and frequencies.
"""

from typing import Any, NamedTuple

import numpy as np

from streamlr.components import NO_SIGNAL, Inputs, Shape, room
from streamlr.detectors import none as detector
from streamlr.frequencies import every_sample as frequency
from streamlr.schedules import constant as schedule

NO_PREDICTION = np.zeros(1)
"""A model's output that is one too low: its error is 1, so that the gradient is the inputs."""

NO_SAMPLE = room(Shape(0, 0, 1))
"""In place of those that a frequency keeps: it is whoever learns that has them."""

_TARGET = 1.0


class State(NamedTuple):
    """Everything a scheduler remembers.

    Attributes
    ----------
    steps : int64 [1]
        Steps taken; those skipped are not among them.
    skipped : int64 [1]
        Steps whose loss or gradient was not finite.
    detector, schedule, frequency
        Their own states.
    """

    steps: np.ndarray
    skipped: np.ndarray
    detector: Any
    schedule: Any
    frequency: Any


def advance(  # noqa: PLR0913, PLR0917 - the parts' own arguments
    state: State,
    prediction: np.ndarray,
    inputs: Inputs,
    sample: Inputs,
    loss: float,
    value: float,
) -> tuple[int, int, int]:
    """Detect, schedule, count the updates, as the kernel does; return signal, reason and updates.

    Parameters
    ----------
    state
        Moved on by one step.
    prediction, inputs
        ``NO_PREDICTION``, and the gradient where the schedule goes by it.
    sample
        ``NO_SAMPLE``.
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
    updates = frequency.due(state.frequency, loss, signal)
    frequency.keep(state.frequency, sample, _TARGET)
    return signal, reason, updates
