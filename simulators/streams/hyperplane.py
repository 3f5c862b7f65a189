"""A hyperplane through the middle of the unit cube that rotates all the time."""

from typing import Annotated

import numpy as np
from pydantic import Field

from simulators.concepts import weighted_sum
from simulators.draws import Purpose, generator
from simulators.label_noise import flipped
from simulators.motion import reflect
from simulators.options import Options
from simulators.stream import BLOCK_ROWS, Floats, Integers, Stream, row_numbers


class Config(Options):
    """How wide, how noisy and how fast it turns."""

    features: Annotated[int, Field(ge=2, le=4096, description="number of columns")] = 10
    speed: Annotated[
        float,
        Field(ge=0, le=1, description="mean change of a weight per row; weights are 0 to 1"),
    ] = 5e-5
    noise: Annotated[
        float, Field(ge=0, le=0.5, description="probability that a label is flipped")
    ] = 0.05


class Simulator(Stream):
    """Label 1 where Σ wᵢ xᵢ > ½ Σ wᵢ, features uniform on [0, 1].

    Each weight moves to and fro between 0 and 1, from a place of its own and at a pace of its own,
    0.5 to 1.5 times ``speed``. There is no change point.

    Notes
    -----
    In the papers a weight turns round at random and may leave [0, 1]; here it turns at the bounds,
    so that any row can be computed without those before it. The paces have no common period: the
    concepts do not come back.

    References
    ----------
    Hulten, Spencer & Domingos (2001), "Mining time-changing data streams": the rotating
    hyperplane, with 5 % class noise. Wang, Fan, Yu & Han (2003), "Mining concept-drifting data
    streams using ensemble classifiers": weights that move a little at every row.
    """

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(seed, features=config.features)
        self._noise = config.noise
        random = generator(seed, Purpose.CONCEPT, 0)
        self._origin = random.uniform(0.0, 2.0, config.features)
        self._speed = config.speed * random.uniform(0.5, 1.5, config.features)

    def block(self, number: int) -> tuple[Floats, Integers]:
        """Draw features, then which labels flip."""
        random = generator(self.seed, Purpose.ROWS, number)
        features = random.random((BLOCK_ROWS, len(self.feature_names)))
        weights = reflect(self._origin + np.multiply.outer(row_numbers(number), self._speed))
        labels = (weighted_sum(features - 0.5, weights) > 0).astype(np.int64)
        return features, flipped(labels, self._noise, random)
