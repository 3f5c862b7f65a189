"""Linear labels whose weights take a random walk, at the same pace for ever."""

from typing import Annotated

import numpy as np
from pydantic import Field

from simulators.concepts import unit
from simulators.linear import LinearConfig, LinearStream
from simulators.stream import BLOCK_ROWS, MAXIMUM_ROWS, Floats
from simulators.wandering import knot


class Config(LinearConfig):
    """Options of a linear stream, and how fast its weights wander."""

    memory: Annotated[
        int,
        Field(
            ge=BLOCK_ROWS,
            le=MAXIMUM_ROWS,
            description="rows until the correlation with the weights of now is 1/e",
        ),
    ] = 50_000


class Simulator(LinearStream):
    """Weights are the direction of a stationary random walk, straight between its knots.

    The walk is drawn back to the origin as much as its steps push it away. A sum of steps alone
    would grow for ever: as its length grows, the same step turns its direction ever less.

    Notes
    -----
    A knot is at the start of each block. A seek draws fewer than 50 knots, wherever the row is: see
    :mod:`simulators.wandering`.
    """

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(config, seed)
        self._pace = BLOCK_ROWS / config.memory

    def weights(self, number: int) -> Floats:
        """Return the weights at each row, on the way from the block's knot to the next."""
        size = len(self.feature_names)
        here = knot(self.seed, size, self._pace, number)
        there = knot(self.seed, size, self._pace, number + 1)
        share = (np.arange(BLOCK_ROWS) / BLOCK_ROWS)[:, np.newaxis]
        return unit((1.0 - share) * here + share * there)
