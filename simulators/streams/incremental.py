"""Linear labels whose weights turn steadily from one concept to the next, all the time."""

from typing import Annotated

import numpy as np
from pydantic import Field

from simulators.concepts import concept_weights, unit
from simulators.linear import LinearConfig, LinearStream
from simulators.stream import MAXIMUM_ROWS, Floats, row_numbers


class Config(LinearConfig):
    """Options of a linear stream, and how fast its weights turn."""

    drift_every: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_ROWS, description="rows to get from one concept to the next"),
    ] = 10_000


class Simulator(LinearStream):
    """Weights move on the straight line from concept to concept, scaled to length 1.

    There is no change point: no row's concept is new.
    """

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(config, seed)
        self._turn_rows = config.drift_every

    def weights(self, number: int) -> Floats:
        """Return the weights at each row, on the way from its concept to the next."""
        concepts, along = np.divmod(row_numbers(number), self._turn_rows)
        share = (along / self._turn_rows)[:, np.newaxis]
        old = concept_weights(self.seed, concepts, len(self.feature_names))
        new = concept_weights(self.seed, concepts + 1, len(self.feature_names))
        return unit((1.0 - share) * old + share * new)
