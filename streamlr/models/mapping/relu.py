"""Random rectified linear units: a hidden layer whose weights are drawn and never learnt.

z = c · max(0, A·x + b), c² = 20/D, of D features, A from N(0, 1/columns), b from N(0, 1).

References
----------
Huang, Zhu & Siew (2006), "Extreme learning machine: theory and applications"; Cho & Saul (2009),
"Kernel methods for deep learning", section 2, for the kernel that such features approximate.
"""

import numpy as np

from streamlr.compiling import cold
from streamlr.components import Inputs, Shape
from streamlr.models.mapping import projection
from streamlr.models.mapping.blocks import Mapped
from streamlr.models.mapping.projection import State, room

__all__ = ["State", "fill", "init", "room"]

_SPREAD = 1.0
_NORM = 20.0  # of the features' squares, about: as of twenty standardised inputs


def init(random: np.random.Generator, shape: Shape, features: int) -> State:
    """Draw the units; scaled already, since a rectifier commutes with it."""
    state = projection.init(random, shape, features, _SPREAD)
    state.matrix[shape.features] = random.standard_normal(features)
    scale = np.sqrt(2.0 * _NORM / (max(features, 1) * (1.0 + _SPREAD**2)))
    return State(state.matrix * scale)


@cold
def fill(state: State, inputs: Inputs, mapped: Mapped) -> None:
    """Fill ``mapped`` with the units' outputs, and the inputs as they are."""
    projection.project(state, inputs, mapped)
    for feature in range(state.matrix.shape[1]):
        mapped.value[feature] = max(mapped.value[feature], 0.0)
