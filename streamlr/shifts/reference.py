"""A sample of past blocks of records, and whether a later block is like them.

The test is a chi-square of the block's and the reference's shares. Records of a stream are seldom
independent: blocks differ from each other without any drift, by the hour or the load. How much
they do is estimated from the reference's own blocks, and widens what counts as alike.

References
----------
Rao & Scott (1981), "The analysis of categorical data from complex sample surveys", for dividing a
chi-square by its design effect, here 1 + (n - 1)·rho for a block of n records; Wilson & Hilferty
(1931), "The distribution of chi-square", for its quantiles.
"""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from streamlr.shifts import histograms

BLOCK = 1000
"""Records that are compared at a time."""

_LOOKS = 10
_LEAST_LOOKS = 5  # with fewer, how much blocks differ is not known
_ROWS = 100  # kept of each: 8 KB a signal in all
_KEPT = np.sort(np.arange(_ROWS) * 617 % BLOCK)
"""Which ones: evenly spread, and over every remainder, should the stream have a rhythm."""

_RARE = 0.005  # a bin with less of all records is too thin for a chi-square


class Comparison(NamedTuple):
    """A block beside the reference, signal by signal.

    Attributes
    ----------
    distance : float64 [signals]
        Hellinger distance.
    unlikely : bool [signals]
        Whether chance alone hardly ever brings the two so far apart.
    """

    distance: np.ndarray
    unlikely: np.ndarray


class _Spread(NamedTuple):
    edges: np.ndarray
    of_looks: np.ndarray  # shares [looks, signals, BINS]


class Reference:
    """Of some signals, the latest blocks that were taken.

    Parameters
    ----------
    coded : bool [signals]
        Which are categories' codes, not numbers.
    """

    def __init__(self, coded: np.ndarray) -> None:
        self._coded = coded
        self._sample = np.zeros((_LOOKS, _ROWS, len(coded)))
        self._looks = 0
        self._spread: _Spread | None = None

    @property
    def ready(self) -> bool:
        """Whether it holds enough to compare with."""
        return self._looks >= _LEAST_LOOKS

    @property
    def full(self) -> bool:
        """Whether the next block taken displaces one."""
        return self._looks >= _LOOKS

    def take(self, block: np.ndarray) -> None:
        """Keep a sample of a block: float64 [BLOCK, signals]."""
        self._sample[self._looks % _LOOKS] = block[_KEPT]
        self._looks += 1
        self._spread = None

    def forget(self) -> None:
        """Begin anew."""
        self._looks = 0
        self._spread = None

    def compare(self, block: np.ndarray, chance: float) -> Comparison:
        """Look at a block: float64 [BLOCK, signals].

        Parameters
        ----------
        chance
            That a signal is called unlikely though nothing changed.
        """
        edges, of_looks = self._spread = self._spread or self._spread_now()
        now = histograms.counts(block, edges, self._coded) / BLOCK
        looks, kept = len(of_looks), len(of_looks) * _ROWS
        both = (of_looks.sum(axis=0) * _ROWS + now * BLOCK) / (kept + BLOCK)
        lone = (both < _RARE) & ~self._coded[:, None]
        now, of_looks, both = (
            histograms.with_lone_values(shares, lone) for shares in (now, of_looks, both)
        )
        before = of_looks.mean(axis=0)
        distance = histograms.hellinger(now, before)
        rare = both < _RARE
        now, of_looks, both, before = (
            histograms.with_rest(shares, rare) for shares in (now, of_looks, both, before)
        )
        freedom = np.maximum(np.count_nonzero(both, axis=-1) - 1, 1)
        among = _chi_square(of_looks, before, both).sum(axis=0) * _ROWS / ((looks - 1) * freedom)
        rho = np.maximum(among - 1.0, 0.0) / (_ROWS - 1)
        variance = (1.0 + (BLOCK - 1) * rho) / BLOCK + (1.0 + (_ROWS - 1) * rho) / kept
        statistic = _chi_square(now, before, both) / variance
        return Comparison(distance, statistic > _quantile(freedom, chance))

    def _spread_now(self) -> _Spread:
        sample = self._sample[: self._looks]
        edges = histograms.deciles(np.concatenate(sample))
        found = [histograms.counts(look, edges, self._coded) for look in sample]
        return _Spread(edges, np.stack(found) / _ROWS)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything it remembers."""
        return {"sample": self._sample[: self._looks], "looks": np.array([self._looks])}

    def fill(self, sample: np.ndarray, looks: int) -> None:
        """Be what ``arrays`` gave.

        Raises
        ------
        ValueError
            It is of other signals.
        """
        self.forget()
        self._sample[: min(looks, _LOOKS)] = sample
        self._looks = looks


def _chi_square(one: np.ndarray, other: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Of shares, for one record each: [..., signals]."""
    squares = (one - other) ** 2
    found: np.ndarray = np.divide(squares, both, out=np.zeros(one.shape), where=both > 0)
    return found.sum(axis=-1)  # type: ignore[no-any-return]


def _quantile(freedom: np.ndarray, chance: float) -> np.ndarray:
    """What a chi-square of so many degrees of freedom exceeds with that chance."""
    spread = 2.0 / (9.0 * freedom)
    found: np.ndarray = (
        freedom * (1.0 - spread + NormalDist().inv_cdf(1.0 - chance) * np.sqrt(spread)) ** 3
    )
    return found
