"""The base of every stream: blocks of rows, each computed from its number alone."""

from abc import ABC, abstractmethod
from operator import index
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Labels = Floats | Integers
Task = Literal["binary", "multiclass", "regression"]

BLOCK_ROWS = 1024
"""Rows that are drawn together. Part of every stream's bits: never change it."""

MAXIMUM_ROWS = 2**53
"""Rows of a stream: as far as a row's number is exact in float64."""


class Stream(ABC):
    """An endless table of labelled rows, with its drift where the options say.

    Attributes
    ----------
    seed : int
        0 to 2**64 - 1.
    feature_names : tuple of str
        ``x0``, ``x1``, …: one for each column.
    task : "binary", "multiclass" or "regression"
    classes : int
        Labels are 0 to ``classes`` - 1; 0 for a regression.
    drift_every : int
        Rows from one change point to the next; 0 when the stream has none.

    Notes
    -----
    Memory: one block, kept so that small reads in sequence draw it once. Reading rows ``start`` to
    ``stop`` draws the blocks they lie in and no other: a far start costs what a near one does.
    """

    def __init__(
        self,
        seed: int,
        *,
        features: int,
        task: Task = "binary",
        classes: int = 2,
        drift_every: int = 0,
    ) -> None:
        self.seed = seed
        self.feature_names = tuple(f"x{column}" for column in range(features))
        self.task = task
        self.classes = classes
        self.drift_every = drift_every
        self._latest: tuple[int, tuple[Floats, Labels]] | None = None

    @property
    def name(self) -> str:
        """The stream's name: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def block(self, number: int) -> tuple[Floats, Labels]:
        """Draw one block, a pure function of the seed, the options and the block's number.

        Parameters
        ----------
        number : int, 0 or more
            The block holds rows ``number * BLOCK_ROWS`` and on.

        Returns
        -------
        features : float64 [BLOCK_ROWS, features]
        labels : int64, or float64 for a regression, [BLOCK_ROWS]
        """

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields of a record as it is written, but for the label's."""
        return self.feature_names

    def written(self, row: list[float]) -> list[float] | list[str]:
        """The values of these fields; a stream of texts writes them in place of its numbers."""
        return row

    def change_points(self, stop: int) -> list[int]:
        """Return the known drift positions below ``stop``: the first row of each new concept.

        Empty for a stream that is stationary, or that drifts all the time.
        """
        return list(range(self.drift_every, stop, self.drift_every)) if self.drift_every else []

    def rows(self, start: int, stop: int) -> tuple[Floats, Labels]:
        """Return rows ``start`` to ``stop`` - 1; however the stream is cut, the bits are the same.

        Parameters
        ----------
        start, stop : int
            0 ≤ start ≤ stop ≤ ``MAXIMUM_ROWS``.

        Returns
        -------
        features : float64 [stop - start, features], C-contiguous
        labels : int64, or float64 for a regression, [stop - start]
            Both are the caller's own, to change at will.

        Raises
        ------
        ValueError
            If the row numbers are out of range or out of order.
        """
        start, stop = index(start), index(stop)
        if not 0 <= start <= stop <= MAXIMUM_ROWS:
            raise ValueError(f"rows {start} to {stop}: need 0 <= start <= stop <= {MAXIMUM_ROWS}")
        rows = stop - start
        features = np.empty((rows, len(self.feature_names)))
        labels: Labels = np.empty(rows, np.int64) if self.classes else np.empty(rows)
        at = start
        while at < stop:
            number, offset = divmod(at, BLOCK_ROWS)
            block_features, block_labels = self._remembered_block(number)
            taken = min(BLOCK_ROWS - offset, stop - at)
            features[at - start : at - start + taken] = block_features[offset : offset + taken]
            labels[at - start : at - start + taken] = block_labels[offset : offset + taken]
            at += taken
        return features, labels

    def _remembered_block(self, number: int) -> tuple[Floats, Labels]:
        if self._latest is None or self._latest[0] != number:
            self._latest = number, self.block(number)
        return self._latest[1]


def row_numbers(block: int) -> Integers:
    """Return the numbers of a block's rows: int64 [BLOCK_ROWS]."""
    return np.arange(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS)
