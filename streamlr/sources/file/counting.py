"""What every file has in common as a stream: one partition, records counted from 0."""

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np

from streamlr.errors import DataError
from streamlr.records import Positions, RawBatch, Topics
from streamlr.sources import Lag


class CountedFile(ABC):
    """Where reading stands in a file.

    Parameters
    ----------
    path
        The file.
    key
        That named it, for messages.
    """

    topics: Topics = ()

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key
        self._at = 0
        self.finished = False

    def _batch(self, payload: object, count: int) -> RawBatch:
        start, self._at = self._at, self._at + count
        zeros = np.zeros(count, np.int64)
        return RawBatch(payload, zeros, np.arange(start, self._at), 0, None, {0: self._at})

    def _gone(self, records: int, position: int) -> DataError:
        return DataError(
            f"{self._key}: {self._path} has {records} records, but {position} of it were read "
            "before the checkpoint: it was cut or replaced"
        )

    @abstractmethod
    def count(self) -> int:
        """Records of the whole file, for a progress bar; may read it once more."""

    def commit(self, positions: Positions) -> None:  # noqa: B027 - complete as it is
        """Nobody to tell."""

    def lag(self) -> Lag:
        """Not known without reading the file to its end."""
        return Lag({0: 0} if self.finished else {})
