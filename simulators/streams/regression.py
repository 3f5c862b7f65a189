"""A linear target with Gaussian noise, whose weights are all new at each change point."""

from typing import Annotated

from pydantic import Field

from simulators.concepts import concept_weights, weighted_sum
from simulators.draws import Purpose, generator
from simulators.options import Options
from simulators.stream import BLOCK_ROWS, MAXIMUM_ROWS, Floats, Stream, row_numbers


class Config(Options):
    """How wide, how noisy and how often it drifts."""

    features: Annotated[int, Field(ge=2, le=4096, description="number of columns")] = 20
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="deviation of the noise; the signal's is 1"),
    ] = 0.1
    drift_every: Annotated[
        int, Field(ge=1, le=MAXIMUM_ROWS, description="rows that follow one concept")
    ] = 10_000


class Simulator(Stream):
    """Target = weights · features + noise; a new concept at each change point.

    Features are independent standard normals and weights have length 1. The mean absolute error of
    a model that knows the weights is 0.80 · noise; always saying 0 costs 0.80 · √(1 + noise²).
    """

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(
            seed,
            features=config.features,
            task="regression",
            classes=0,
            drift_every=config.drift_every,
        )
        self._noise = config.noise

    def block(self, number: int) -> tuple[Floats, Floats]:
        """Draw features, then noise."""
        random = generator(self.seed, Purpose.ROWS, number)
        columns = len(self.feature_names)
        features = random.standard_normal((BLOCK_ROWS, columns))
        noise = self._noise * random.standard_normal(BLOCK_ROWS)
        concepts = row_numbers(number) // self.drift_every
        weights = concept_weights(self.seed, concepts, columns)
        return features, weighted_sum(features, weights) + noise
