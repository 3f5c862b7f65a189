"""Random cosine features: a Gaussian kernel's, drawn once.

z = c · cos(A·x + b), c² = 20/D, of D features, A from N(0, 4/columns), b uniform over a turn: a
learner on them is nearly one on the kernel e^(-2·‖x - x'‖²/columns).

References
----------
Rahimi & Recht (2007), "Random features for large-scale kernel machines", algorithm 1.
"""

import numpy as np

from streamlr.arithmetic import cosine_of_turns
from streamlr.compiling import cold
from streamlr.components import Inputs, Shape
from streamlr.models.mapping import projection
from streamlr.models.mapping.blocks import Mapped
from streamlr.models.mapping.projection import State, room

__all__ = ["State", "fill", "init", "room"]

_SPREAD = 2.0
_NORM = 10.0  # of the features' squares, about: as of ten standardised inputs


def init(random: np.random.Generator, shape: Shape, features: int) -> State:
    """Draw frequencies and phases; the projection is in turns, not in radians."""
    state = projection.init(random, shape, features, _SPREAD / (2.0 * np.pi))
    state.matrix[shape.features] = random.uniform(0.0, 1.0, features)
    return state


@cold
def fill(state: State, inputs: Inputs, mapped: Mapped) -> None:
    """Fill ``mapped`` with the waves' heights, and the inputs as they are."""
    projection.project(state, inputs, mapped)
    features = state.matrix.shape[1]
    scale = np.sqrt(2.0 * _NORM / features)
    for feature in range(features):
        mapped.value[feature] = scale * cosine_of_turns(mapped.value[feature])
