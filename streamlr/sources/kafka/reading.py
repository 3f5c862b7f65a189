"""How far each partition is read: what is given out, what is passed over, where it ends."""

from collections.abc import Iterable, Iterator

import numpy as np

from streamlr.records import Positions


class Reading:
    """Positions of one run.

    Parameters
    ----------
    positions
        Where reading begins.
    ends
        Where it stops, partition by partition; empty: never.

    Attributes
    ----------
    positions
        Offset to read next: after the last record, or after the transaction markers behind it.

    Notes
    -----
    Clients hand a record out again when a group's rebalance crosses a poll, and go past the end
    that was fixed at start. Both are left out here, so the contract (each record once, in order)
    does not rest on a client's habits.
    """

    def __init__(self, positions: Positions, ends: Positions) -> None:
        self.positions = dict(positions)
        self._records = dict(positions)  # after the last record given out
        self._ends = ends
        self._stirred = False

    @property
    def finished(self) -> bool:
        """Whether every partition was read to its end."""
        return bool(self._ends) and not self.unfinished()

    def unfinished(self) -> set[int]:
        """Partitions that are not read to their end; none when there is no end."""
        return {p for p, end in self._ends.items() if self.positions[p] < end}

    @property
    def sole(self) -> int | None:
        """The partition that all records at hand are of, as far as that is plain."""
        one = len(self.positions) == 1 and not self._stirred
        return next(iter(self.positions)) if one else None

    def stand(self, positions: Positions) -> None:
        """Read these too, from there."""
        self.positions.update(positions)
        self._records.update(positions)
        self._stirred = True

    def drop(self, partitions: Iterable[int]) -> None:
        """Read these no more: what is at hand of them is passed over."""
        for partition in partitions:
            self.positions.pop(partition, None)
            self._records.pop(partition, None)
        self._stirred = True

    def add(self, partitions: Iterable[int]) -> None:
        """Read partitions that came to be just now, from their beginning."""
        for partition in partitions:
            self.positions.setdefault(partition, 0)
            self._records.setdefault(partition, 0)

    def take(self, partition: np.ndarray, offset: np.ndarray) -> np.ndarray | None:
        """Move past records that came in order.

        Returns
        -------
        bool [records] or None
            Which of them to give out; None: all.
        """
        kept = np.ones(len(offset), np.bool_)
        for number, mine in self._shares(partition):
            kept[mine] = self._take_of(number, offset[mine])
        self._stirred = False
        return None if kept.all() else kept

    def _shares(self, partition: np.ndarray) -> Iterator[tuple[int, slice | np.ndarray]]:
        """The partitions there are, and the places of their records."""
        if not len(partition):
            return
        if self.sole is not None:  # no need to look at each record
            yield self.sole, slice(None)
            return
        for number in np.unique(partition).tolist():
            yield number, partition == number

    def _take_of(self, number: int, offset: np.ndarray) -> np.ndarray:
        if number not in self.positions:
            return np.zeros(len(offset), np.bool_)
        end = self._ends.get(number, np.iinfo(np.int64).max)
        kept: np.ndarray = (offset >= self.positions[number]) & (offset < end)
        if self._stirred:  # reading may have begun again amid the poll
            kept &= offset > np.maximum.accumulate(np.insert(offset, 0, -1)[:-1])
        if kept.any():
            self._records[number] = int(offset[kept][-1]) + 1
        self.positions[number] = max(self.positions[number], int(offset[-1]) + 1)
        return kept

    def skip_to(self, partition: int, offset: int) -> None:
        """Move past what is no record: markers of transactions, and what they took back."""
        if partition in self.positions:
            self.positions[partition] = max(self.positions[partition], offset)

    def committable(self, positions: Positions) -> Positions:
        """What to commit when everything before ``positions`` is safe.

        Where that is the last record given out, the markers behind it are safe too: without them
        whoever watches the group sees a lag that never goes away.
        """
        return {
            partition: self.positions[partition] if offset == self._records[partition] else offset
            for partition, offset in positions.items()
            if partition in self.positions
        }
