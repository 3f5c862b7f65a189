"""A recording gives back what was put in, to the byte, however it is cut."""

from pathlib import Path

import numpy as np
import pytest

from streamlr.errors import DataError, UnavailableError
from streamlr.records import RawBatch, Topics
from streamlr.sources import recording

PAYLOADS = [b'{"a":1}', None, b"", b"two\nlines", b"\xff", b'{"a":2}', b"x", b"y"]
PARTITIONS = [0, 1, 0, 1_000_000, 0, 1, 1, 0]
OFFSETS = [5, 0, 6, 3, 9, 1, 2, 10]

KEYS = [None, b"a", b"", b"\xff", None, b"b", b"c", b"d"]
TIMESTAMPS = [0, 5, -1, 7, 1_700_000_000_000, 8, 9, 10]


def batch(first: int, stop: int) -> RawBatch:
    return RawBatch(
        payload=PAYLOADS[first:stop],
        partition=np.array(PARTITIONS[first:stop], np.int64),
        offset=np.array(OFFSETS[first:stop], np.int64),
        timestamp=1,
        keys=lambda: KEYS[first:stop],
        positions={},
        timestamps=lambda: np.array(TIMESTAMPS[first:stop], np.int64),
    )


def record(path: Path, *cuts: int, topics: Topics = ()) -> recording.Writer:
    """Write all records, cut there."""
    with recording.Writer(path, topics) as writer:
        for first, stop in zip((0, *cuts), (*cuts, len(PAYLOADS)), strict=True):
            writer.take(batch(first, stop))
    return writer


def opened(path: Path, positions: dict[int, int] | None = None) -> recording.RecordingSource:
    source = recording.build(recording.Config(path=path), "p")
    source.open(positions)
    return source


def read(source: recording.RecordingSource, records: int) -> list[tuple[bytes | None, int, int]]:
    """Return payload, partition and offset of all records, polled so many at a time."""
    found: list[tuple[bytes | None, int, int]] = []
    while (raw := source.poll(records, 0.0)) is not None:
        assert not source.finished
        assert 0 < len(raw) <= records
        found += zip(raw.payload, raw.partition.tolist(), raw.offset.tolist(), strict=True)
    assert source.finished
    source.close()
    return found


WHOLE = list(zip(PAYLOADS, PARTITIONS, OFFSETS, strict=True))


@pytest.mark.parametrize("cuts", [(), (3,), (1, 2, 7)])
@pytest.mark.parametrize("records", [1, 3, 100])
def test_what_was_written_is_read(tmp_path: Path, cuts: tuple[int, ...], records: int) -> None:
    path = tmp_path / "r"
    assert record(path, *cuts).records == len(PAYLOADS)
    source = opened(path)
    assert source.count() == len(PAYLOADS)
    assert read(source, records) == WHOLE


def test_the_fingerprint_is_of_the_records_not_of_the_polls(tmp_path: Path) -> None:
    one, other = record(tmp_path / "a", 3), record(tmp_path / "b", 1, 5)
    assert one.fingerprint == other.fingerprint
    with recording.Writer(tmp_path / "c", ()) as writer:
        writer.take(batch(0, len(PAYLOADS) - 1))
    assert writer.fingerprint != one.fingerprint


def test_the_topics_give_the_numbers_a_meaning(tmp_path: Path) -> None:
    record(tmp_path / "r", topics=("eu", "us"))
    source = opened(tmp_path / "r")
    assert source.topics == ("eu", "us")
    raw = source.poll(4, 0.0)
    assert raw is not None
    assert raw.topics == ("eu", "us")
    assert raw.positions == {0: 7, 1: 1, 1_000_000: 4}
    source.close()


def test_reading_goes_on_at_a_position(tmp_path: Path) -> None:
    record(tmp_path / "r", 4)
    assert read(opened(tmp_path / "r", {0: 7, 1: 2}), 2) == [WHOLE[3], WHOLE[4], *WHOLE[6:]]


def test_what_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="is no recording of a topic"):
        recording.build(recording.Config(path=tmp_path / "r"), "p")
    with pytest.raises(UnavailableError, match=r"cannot read .*: No such file"):
        recording.build(recording.Config(path=tmp_path / "none"), "p")


@pytest.mark.parametrize("records", [3, 100])
def test_keys_and_timestamps_come_with_them(tmp_path: Path, records: int) -> None:
    record(tmp_path / "r", 3)
    source = opened(tmp_path / "r", {0: 6})
    found: list[tuple[bytes | None, int]] = []
    while (raw := source.poll(records, 0.0)) is not None:
        assert raw.keys is not None
        assert raw.timestamps is not None
        found += zip(raw.keys(), raw.timestamps().tolist(), strict=True)
    source.close()
    assert found == list(zip(KEYS, TIMESTAMPS, strict=True))[1:]
