"""SEA: two of three features against a threshold that jumps at each change point."""

from typing import Annotated

import numpy as np
from pydantic import Field

from simulators.draws import Purpose, generator
from simulators.label_noise import flipped
from simulators.options import Options
from simulators.stream import BLOCK_ROWS, MAXIMUM_ROWS, Floats, Integers, Stream, row_numbers

_FEATURES = 3
_RANGE = 10.0
_THRESHOLDS = np.array([8.0, 9.0, 7.0, 9.5])


class Config(Options):
    """How noisy and how often it drifts."""

    drift_every: Annotated[
        int, Field(ge=1, le=MAXIMUM_ROWS, description="rows that follow one threshold")
    ] = 12_500
    noise: Annotated[
        float, Field(ge=0, le=0.5, description="probability that a label is flipped")
    ] = 0.1


class Simulator(Stream):
    """Label 1 where x0 + x1 ≤ threshold; x2 says nothing.

    Features are uniform on [0, 10]. The threshold is 8, 9, 7, 9.5, then 8 again, and on.

    References
    ----------
    Street & Kim (2001), "A streaming ensemble algorithm (SEA) for large-scale classification":
    50,000 rows, one threshold for each quarter, 10 % class noise.
    """

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(seed, features=_FEATURES, drift_every=config.drift_every)
        self._noise = config.noise

    def block(self, number: int) -> tuple[Floats, Integers]:
        """Draw features, then which labels flip."""
        random = generator(self.seed, Purpose.ROWS, number)
        features = random.uniform(0.0, _RANGE, (BLOCK_ROWS, _FEATURES))
        thresholds = _THRESHOLDS[row_numbers(number) // self.drift_every % len(_THRESHOLDS)]
        labels = (features[:, 0] + features[:, 1] <= thresholds).astype(np.int64)
        return features, flipped(labels, self._noise, random)
