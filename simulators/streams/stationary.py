"""Linear labels that never drift: a control, on which an alarm is a false one."""

import numpy as np

from simulators.concepts import concept_weights
from simulators.linear import LinearConfig, LinearStream
from simulators.stream import BLOCK_ROWS, Floats


class Config(LinearConfig):
    """Options of a linear stream."""


class Simulator(LinearStream):
    """Labels follow concept 0 for ever."""

    def weights(self, number: int) -> Floats:  # noqa: ARG002
        """Return concept 0 for each row."""
        return concept_weights(self.seed, np.zeros(BLOCK_ROWS, np.int64), len(self.feature_names))
