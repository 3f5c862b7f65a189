"""Repeated measurements of one thing, in three numbers."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of some measurements, and how far they went.

    Attributes
    ----------
    median, least, most
        In the unit of what was measured.
    count
        How many there were.
    """

    median: float
    least: float
    most: float
    count: int

    @classmethod
    def of(cls, *values: float) -> Self:
        """Summarise one value or more.

        Raises
        ------
        statistics.StatisticsError
            There is none.

        Examples
        --------
        >>> Spread.of(3, 1, 2)
        Spread(median=2, least=1, most=3, count=3)
        """
        return cls(statistics.median(values), min(values), max(values), len(values))


def ratios(ours: Iterable[float], theirs: Iterable[float]) -> Spread:
    """Summarise ours to theirs, pair by pair: what slows the machine slows both of a pair.

    Raises
    ------
    ValueError
        There are not as many of one as of the other.

    Examples
    --------
    >>> ratios([20, 30], [2, 2])
    Spread(median=12.5, least=10.0, most=15.0, count=2)
    """
    return Spread.of(*(a / b for a, b in zip(ours, theirs, strict=True)))
