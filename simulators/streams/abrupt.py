"""Linear labels whose weights are all new at each change point."""

from typing import Annotated

from pydantic import Field

from simulators.concepts import concept_weights
from simulators.linear import LinearConfig, LinearStream
from simulators.stream import MAXIMUM_ROWS, Floats, row_numbers


class Config(LinearConfig):
    """Options of a linear stream, and how often it drifts."""

    drift_every: Annotated[
        int, Field(ge=1, le=MAXIMUM_ROWS, description="rows that follow one concept")
    ] = 10_000


class Simulator(LinearStream):
    """Concept 0, then 1, then 2, …: none comes back."""

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(config, seed, drift_every=config.drift_every)

    def weights(self, number: int) -> Floats:
        """Return the weights of each row's concept."""
        concepts = row_numbers(number) // self.drift_every
        return concept_weights(self.seed, concepts, len(self.feature_names))
