"""Learning rates by weight: the one that stands for them all."""

import numpy as np

from streamlr.arithmetic import exp, log
from streamlr.compiling import hot

SHOW_EVERY = 32
"""Samples from one look at all weights to the next."""


@hot
def mean_rate(rates: np.ndarray, used: int, known: int) -> float:
    """Geometric mean of ``rates`` [rows, outputs] over the first ``used`` rows, ``known`` outputs.

    Examples
    --------
    >>> mean_rate(np.array([[0.01, 5.0], [1.0, 5.0], [7.0, 5.0]]), 2, 1)
    0.1
    """
    total = 0.0
    for row in range(used):
        for output in range(known):
            total += log(rates[row, output])
    return exp(total / (used * known))
