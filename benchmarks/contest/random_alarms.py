"""The control for a drift detector: as many alarms, at random moments.

A detector that tells nothing still raises rates now and then, which helps on some streams. One is
worth something only where it beats this.
"""

import numpy as np
from river.base import DriftDetector


class RandomAlarms(DriftDetector):
    """Sound an alarm at random values, so many in all; what the values are does not matter.

    Parameters
    ----------
    alarms
        How many.
    samples
        Among so many values.
    seed
        Of the draw.
    """

    def __init__(self, alarms: int, samples: int, seed: int) -> None:
        super().__init__()
        self.alarms = alarms
        self.samples = samples
        self.seed = seed
        drawn = np.random.default_rng(seed).choice(samples, alarms, replace=False)
        self._moments = frozenset(drawn.tolist())
        self._heard = 0

    def update(self, x: float) -> None:  # noqa: ARG002 - that is the point
        """Take one value."""
        self._drift_detected = self._heard in self._moments
        self._heard += 1
