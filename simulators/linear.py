"""The base of the streams whose label is linear in Gaussian features, up to logistic noise."""

from abc import abstractmethod
from typing import Annotated

import numpy as np
from pydantic import Field

from simulators.concepts import weighted_sum
from simulators.draws import Purpose, generator
from simulators.options import Options
from simulators.stream import BLOCK_ROWS, Floats, Integers, Stream


class LinearConfig(Options):
    """Options of every linear stream."""

    features: Annotated[int, Field(ge=2, le=4096, description="number of columns")] = 20
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="scale of the label noise; margins have deviation 1"),
    ] = 0.1


class LinearStream(Stream):
    """Two classes, P(label = 1) = sigmoid(weights · features / noise).

    Features are independent standard normals and weights have length 1, so the margin is standard
    normal under every concept: drift changes the labels, never the features nor the class balance.

    Notes
    -----
    With the default noise of 0.1 a model that knows the weights is right for 94.5 % of the rows
    (about 1 - 0.55 · noise while noise is small); with 0 labels are a function of the features.
    """

    def __init__(self, config: LinearConfig, seed: int, *, drift_every: int = 0) -> None:
        super().__init__(seed, features=config.features, drift_every=drift_every)
        self._noise = config.noise

    @abstractmethod
    def weights(self, number: int) -> Floats:
        """Return the weights that label each row of a block.

        Parameters
        ----------
        number : int, 0 or more
            The block's.

        Returns
        -------
        float64 [BLOCK_ROWS, features]
            Each row of length 1; not to be written to.
        """

    def block(self, number: int) -> tuple[Floats, Integers]:
        """Draw features, then noise."""
        random = generator(self.seed, Purpose.ROWS, number)
        features = random.standard_normal((BLOCK_ROWS, len(self.feature_names)))
        noise = self._noise * random.logistic(size=BLOCK_ROWS)
        margin = weighted_sum(features, self.weights(number))
        return features, (margin + noise > 0).astype(np.int64)
