"""Class noise: labels flipped whatever the features are."""

import numpy as np

from simulators.stream import Integers


def flipped(labels: Integers, probability: float, random: np.random.Generator) -> Integers:
    """Swap 0 and 1 in each label with the given probability: int64 [rows] to int64 [rows]."""
    return labels ^ (random.random(len(labels)) < probability)
