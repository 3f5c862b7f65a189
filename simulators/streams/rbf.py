"""Classes as clouds around random centres, which jump at change points, or move all the time."""

from typing import Annotated, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from simulators.concepts import unit
from simulators.draws import Purpose, generator
from simulators.motion import reflect
from simulators.options import Options
from simulators.stream import BLOCK_ROWS, MAXIMUM_ROWS, Floats, Integers, Stream, row_numbers


class Config(Options):
    """How many clouds, and whether they jump (``drift_every``), move (``speed``), or both."""

    features: Annotated[int, Field(ge=2, le=4096, description="number of columns")] = 10
    classes: Annotated[int, Field(ge=2, le=1000, description="number of classes")] = 4
    centroids: Annotated[
        int, Field(ge=2, le=10_000, description="number of clouds; at least one a class")
    ] = 20
    spread: Annotated[
        float, Field(ge=0, le=1, description="typical distance of a row from its centre")
    ] = 0.3
    drift_every: Annotated[
        int, Field(ge=0, le=MAXIMUM_ROWS, description="rows until all centres jump; 0 is never")
    ] = 10_000
    speed: Annotated[
        float, Field(ge=0, le=1, description="distance a centre moves per row; the cube is 1 wide")
    ] = 0.0

    @model_validator(mode="after")
    def _every_class_has_a_centroid(self) -> Self:
        if self.centroids < self.classes:
            raise ValueError(
                f"centroids={self.centroids} must be an integer from {self.classes}, the number of "
                "classes, to 10000"
            )
        return self


class _Clouds(NamedTuple):
    """The clouds of one concept; centroid k is of class k modulo the number of classes.

    Attributes
    ----------
    centre : float64 [centroids, features]
        Place at row 0 of the stream, before reflection.
    velocity : float64 [centroids, features]
        Per row.
    deviation : float64 [centroids]
        Standard deviation of a row's distance from its centre.
    share : float64 [centroids]
        Probability that a row is of this cloud or of one before it; the last is 1.
    """

    centre: Floats
    velocity: Floats
    deviation: Floats
    share: Floats


class Simulator(Stream):
    """Rows scattered around centres in the unit cube, each centre of one class.

    A row takes a centre at random, by the centres' own shares, and lies at a normally distributed
    distance from it in a direction drawn uniformly. Each concept has new centres, shares and
    deviations; a moving centre keeps its direction and bounces off the walls of the cube.

    References
    ----------
    Bifet, Holmes, Pfahringer, Kirkby & Gavaldà (2009), "New ensemble methods for evolving data
    streams", and MOA's RandomRBFGeneratorDrift. There a centre's class is random, so
    that some class may have none.
    """

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(
            seed,
            features=config.features,
            task="binary" if config.classes == 2 else "multiclass",
            classes=config.classes,
            drift_every=config.drift_every,
        )
        self._config = config

    def block(self, number: int) -> tuple[Floats, Integers]:
        """Draw choices of centre, then directions, then distances."""
        random = generator(self.seed, Purpose.ROWS, number)
        rows = row_numbers(number)
        choices = random.random(BLOCK_ROWS)
        offsets = unit(random.standard_normal((BLOCK_ROWS, len(self.feature_names))))
        offsets *= random.standard_normal((BLOCK_ROWS, 1))
        features = np.empty_like(offsets)
        labels = np.empty_like(rows)
        concepts = rows // self.drift_every if self.drift_every else np.zeros_like(rows)
        for concept in np.unique(concepts):
            own = concepts == concept
            clouds = self._clouds(int(concept))
            chosen = np.searchsorted(clouds.share, choices[own], side="right")
            path = clouds.velocity[chosen] * rows[own, np.newaxis]
            centres = reflect(clouds.centre[chosen] + path)
            features[own] = centres + offsets[own] * clouds.deviation[chosen, np.newaxis]
            labels[own] = chosen % self.classes
        return features, labels

    def _clouds(self, concept: int) -> _Clouds:
        config = self._config
        random = generator(self.seed, Purpose.CONCEPT, concept)
        centre = random.random((config.centroids, config.features))
        direction = unit(random.standard_normal((config.centroids, config.features)))
        deviation = config.spread * random.uniform(0.5, 1.5, config.centroids)
        share = np.cumsum(random.uniform(0.5, 1.5, config.centroids))
        return _Clouds(centre, config.speed * direction, deviation, share / share[-1])
