"""Poll a source until something holds; what it gave, as plain tuples."""

import time
from collections.abc import Callable

from streamlr.records import RawBatch
from streamlr.sources import Source

# Several times what the slowest needs on a loaded machine.
_PATIENCE = 30.0

Record = tuple[int, int, bytes | None]
"""Partition, offset, value."""


def records_of(batch: RawBatch) -> list[Record]:
    """A batch's records."""
    columns = (batch.partition.tolist(), batch.offset.tolist(), batch.payload)
    return list(zip(*columns, strict=True))


def poll_until(
    source: Source, done: Callable[[list[Record]], bool], records: int = 500
) -> list[Record]:
    """Poll until ``done`` says so of all that came."""
    deadline = time.monotonic() + _PATIENCE
    found: list[Record] = []
    while not done(found):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(found)} records in {_PATIENCE:g} s: {found[-3:]}")
        batch = source.poll(records, 0.1)
        if batch is not None:
            assert 0 < len(batch) <= records
            found += records_of(batch)
    return found


def poll_count(source: Source, count: int) -> list[Record]:
    """Poll until so many records came."""
    return poll_until(source, lambda found: len(found) >= count)


def poll_to_end(source: Source, records: int = 500) -> list[Record]:
    """Poll until the source is finished."""
    return poll_until(source, lambda _found: source.finished, records)


def numbered(start: int, stop: int, partition: int = 0) -> list[Record]:
    """Records whose values are their offsets."""
    return [(partition, offset, b"%d" % offset) for offset in range(start, stop)]


def values(start: int, stop: int) -> list[bytes]:
    """The values of ``numbered``."""
    return [b"%d" % offset for offset in range(start, stop)]
