"""Linear labels whose few concepts take turns, so that a memory of past concepts pays."""

from typing import Annotated

from pydantic import Field

from simulators.concepts import concept_weights
from simulators.linear import LinearConfig, LinearStream
from simulators.stream import MAXIMUM_ROWS, Floats, row_numbers


class Config(LinearConfig):
    """Options of a linear stream, and how its concepts alternate."""

    drift_every: Annotated[
        int, Field(ge=1, le=MAXIMUM_ROWS, description="rows that follow one concept")
    ] = 5_000
    concepts: Annotated[
        int, Field(ge=2, le=1000, description="concepts that take turns, in order")
    ] = 2


class Simulator(LinearStream):
    """Concepts 0, 1, …, ``concepts`` - 1, then 0 again."""

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(config, seed, drift_every=config.drift_every)
        self._concepts = config.concepts

    def weights(self, number: int) -> Floats:
        """Return the weights of each row's concept."""
        turns = row_numbers(number) // self.drift_every
        return concept_weights(self.seed, turns % self._concepts, len(self.feature_names))
