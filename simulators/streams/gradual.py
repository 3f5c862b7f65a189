"""Linear labels where the new concept replaces the old row by row, over a width."""

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from simulators.concepts import concept_weights
from simulators.draws import Purpose, generator
from simulators.linear import LinearConfig, LinearStream
from simulators.stream import MAXIMUM_ROWS, Floats, row_numbers


class Config(LinearConfig):
    """Options of a linear stream, and how it changes from one concept to the next."""

    drift_every: Annotated[
        int, Field(ge=2, le=MAXIMUM_ROWS, description="rows from one change to the next")
    ] = 10_000
    width: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_ROWS, description="rows of the change; at most drift_every / 2"),
    ] = 2_000

    @model_validator(mode="after")
    def _changes_do_not_overlap(self) -> Self:
        if self.width > self.drift_every // 2:
            allowed = f"an integer from 1 to {self.drift_every // 2}, half of drift_every"
            raise ValueError(f"width={self.width} must be {allowed}")
        return self


class Simulator(LinearStream):
    """Concept 0, then 1, then 2, …, each row of a change following the old or the new one.

    At row t, near a change point c, a row follows the new concept with probability
    1 / (1 + exp(-4 (t - c) / width)): 2 % at c - width, one half at c, 98 % at c + width.

    Notes
    -----
    The change point is the middle of the change, as in MOA and River.

    References
    ----------
    Bifet, Holmes, Pfahringer, Kirkby & Gavaldà (2009), "New ensemble methods for evolving data
    streams": its sigmoid, W being ``width``.
    """

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(config, seed, drift_every=config.drift_every)
        self._width = config.width

    def weights(self, number: int) -> Floats:
        """Return the weights of the concept that each row falls to."""
        rows = row_numbers(number)
        change = (rows + self.drift_every // 2) // self.drift_every  # the nearest; 0 is no change
        distance = rows - change * self.drift_every
        probability = 0.5 + 0.5 * np.tanh(2.0 / self._width * distance)  # a sigmoid
        draws = generator(self.seed, Purpose.CHOICE, number).random(len(rows))
        concepts = np.maximum(change - 1 + (draws < probability), 0)
        return concept_weights(self.seed, concepts, len(self.feature_names))
