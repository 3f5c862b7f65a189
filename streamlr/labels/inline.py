"""The label is a field of the record that it belongs to.

A record without one is predicted only; or learned as well, as what the model takes it for
(:mod:`streamlr.models.self_training`).
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from streamlr.components import ComponentConfig
from streamlr.kernel import BOTH, PREDICT
from streamlr.labels import Events, Figures
from streamlr.records import Decoded, RawBatch, Schema


class Config(ComponentConfig):
    """Each record brings its own label, or none."""

    type: Literal["inline"] = "inline"
    unlabelled: Literal["ignore", "pseudo"] = Field(
        default="ignore",
        description="records without a label: predicted only, or also learned, in lanes of a race "
        "of their own",
    )
    confidence: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.6,
        description="least probability of a class that is learned in a missing label's place",
    )


def build(config: Config, task: str) -> "Inline":  # noqa: ARG001 - one signature for all
    """Nothing to prepare."""
    return Inline()


class Inline:
    """Every record is an event of its own; see :class:`streamlr.labels.Join`."""

    figures: Figures | None = None

    def columns(self, schema: Schema) -> Schema:
        """The schema's own."""
        return schema

    def events(self, decoded: Decoded, truth: np.ndarray, raw: RawBatch) -> Events:  # noqa: ARG002
        """Predict each record, and learn it where it has a label."""
        event = np.where(np.isnan(truth), PREDICT, BOTH)
        return Events(decoded, event, truth, np.full(len(truth), -1))

    def score(self, events: Events, said: np.ndarray) -> None:
        """The kernel did."""

    def arrays(self) -> dict[str, np.ndarray]:
        """It remembers nothing."""
        return {}

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """There is nothing to be."""
        if arrays:
            message = f"it holds labels that wait to be joined: {', '.join(sorted(arrays))}"
            raise ValueError(message)
