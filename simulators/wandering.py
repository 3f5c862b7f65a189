"""A stationary Gaussian random walk that can be read anywhere without the steps before.

Adding up steps from the start would make the cost of a seek grow with the row. Here the walk is
laid down from coarse to fine instead: its two far ends first, then the knot half way between them
given both, then the quarters, … A knot is reached in at most ``_LEVELS`` halvings, with the same
bits by whatever route.

References
----------
Lévy's construction of Brownian motion by midpoints, for the Ornstein–Uhlenbeck process: Uhlenbeck &
Ornstein (1930), "On the theory of the Brownian motion". In adaptive filtering it is the first-order
Markov model of a non-stationary environment: Haykin, "Adaptive Filter Theory", chapter on tracking.
"""

import math
from functools import lru_cache

from simulators.draws import Purpose, generator
from simulators.stream import BLOCK_ROWS, MAXIMUM_ROWS, Floats

_LEVELS = (MAXIMUM_ROWS // BLOCK_ROWS).bit_length()
_LAST_KNOT = 2**_LEVELS


@lru_cache(maxsize=4 * _LEVELS)
def knot(seed: int, size: int, pace: float, number: int) -> Floats:
    """Return the walk at one knot.

    Parameters
    ----------
    seed : int
    size : int
        Independent coordinates.
    pace : float, above 0
        Correlation between two knots d apart is exp(-pace · d).
    number : int, 0 to 2**_LEVELS

    Returns
    -------
    float64 [size], read-only
        Each coordinate has mean 0 and variance 1 at every knot, however far.

    Notes
    -----
    At most ``_LEVELS`` + 2 draws of ``size`` for a knot on its own; two, on average, for each knot
    of a sequence, since neighbours share most of their halvings and the latest are remembered.
    """
    fresh = generator(seed, Purpose.KNOT, number).standard_normal(size)
    if 0 < number < _LAST_KNOT:
        gap = number & -number  # the knot is half way between two that are 2 * gap apart
        ends = knot(seed, size, pace, number - gap) + knot(seed, size, pace, number + gap)
        correlation = math.exp(-pace * gap)
        fresh *= math.sqrt(math.tanh(pace * gap))
        fresh += ends * (correlation / (1.0 + correlation * correlation))
    fresh.flags.writeable = False
    return fresh
