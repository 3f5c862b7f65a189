"""No drift detector: never a signal."""

from typing import Literal, NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import NO_SIGNAL, Shape, never_due
from streamlr.detectors.watch import DetectorConfig


class Config(DetectorConfig):
    """Watch nothing."""

    type: Literal["none"] = "none"


class State(NamedTuple):
    """Nothing but the fields that every detector has.

    Attributes
    ----------
    severity : float64 [1]
    """

    severity: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every detector
    """Nothing to remember."""
    return State(np.zeros(1))


is_due = never_due


@hot
def update(state: State, value: float) -> int:  # noqa: ARG001 - one signature for every detector
    """Never a signal."""
    return NO_SIGNAL
