"""A raw batch knows how many records it holds."""

import numpy as np

from streamlr.records import RawBatch


def test_a_batch_is_as_long_as_its_offsets() -> None:
    zeros = np.zeros(3, np.int64)
    assert len(RawBatch([b"a", b"b", b"c"], zeros, np.arange(3), 0, None, {0: 3})) == 3


def several() -> RawBatch:
    return RawBatch(
        payload=[b"a0", b"b7", b"a1", b"b8", b"b9"],
        partition=np.array([4, 1, 4, 1, 1]),
        offset=np.array([0, 7, 1, 8, 9]),
        timestamp=5,
        keys=lambda: [b"1", None, b"2", b"3", None],
        positions={1: 10, 4: 2, 6: 3},
        topics=("t", "u"),
    )


def test_each_partition_s_records_stay_in_order() -> None:
    (one, first), (other, second) = several().by_partition()
    assert (one, first.payload, first.offset.tolist()) == (1, [b"b7", b"b8", b"b9"], [7, 8, 9])
    assert (other, second.payload, second.offset.tolist()) == (4, [b"a0", b"a1"], [0, 1])
    assert (first.partition.tolist(), second.partition.tolist()) == ([1, 1, 1], [4, 4])
    assert (first.positions, second.positions) == ({1: 10}, {4: 2})
    assert first.keys is not None
    assert second.keys is not None
    assert (first.keys(), second.keys()) == ([None, b"3", None], [b"1", b"2"])
    assert (first.timestamp, first.topics) == (5, ("t", "u"))


def test_a_batch_of_one_partition_is_not_copied() -> None:
    zeros = np.zeros(3, np.int64)
    whole = RawBatch([b"a", b"b", b"c"], zeros, np.arange(3), 0, None, {0: 3})
    ((number, same),) = whole.by_partition()
    assert (number, same is whole) == (0, True)


def test_who_has_no_keys_has_none_after_the_split() -> None:
    batch = several()
    parts = RawBatch(batch.payload, batch.partition, batch.offset, 0, None, batch.positions)
    assert [part.keys for _, part in parts.by_partition()] == [None, None]
