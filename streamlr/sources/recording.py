"""A recording: records of a topic as they came, in a file, to be read again and again.

``streamlr backtest`` makes one of a topic's range, so that every schedule sees the same records in
the same order, also of several partitions, and the broker is asked once. Payloads, partitions,
offsets, keys and timestamps are kept to the byte.

The file is a line that says what it is, a line of JSON with the topics' names, then blocks: their
length in bytes and their number of records (unsigned 64-bit, little-endian), and a MessagePack
array of payloads, partitions, offsets, keys and timestamps.
"""

import hashlib
import itertools
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, Self

import msgspec
import numpy as np
from pydantic import Field

from streamlr.components import ComponentConfig
from streamlr.errors import DataError, UnavailableError
from streamlr.records import Positions, RawBatch, Topics
from streamlr.sources import Lag

BRINGS = ("keys", "timestamps")
"""What comes with each record, beside its fields."""

_BEGIN = b"streamlr recording 2\n"
_LENGTHS = struct.Struct("<QQ")
_RECORD = struct.Struct("<qqq")


_Record = tuple[bytes | None, int, int, bytes | None, int]
"""Payload, partition, offset, key, timestamp."""


class _Block(msgspec.Struct, array_like=True):
    payload: list[bytes | None]
    partition: list[int]
    offset: list[int]
    key: list[bytes | None]
    timestamp: list[int]

    def records(self) -> "Iterator[_Record]":
        columns = (self.payload, self.partition, self.offset, self.key, self.timestamp)
        return zip(*columns, strict=True)


class Config(ComponentConfig):
    """A recording of a topic, read once from start to end."""

    type: Literal["recording"] = "recording"
    path: Path = Field(description="the file", examples=["range.recording"])


def build(config: Config, name: str) -> "RecordingSource":  # noqa: ARG001 - one signature for every source
    """The file of ``[source]``.

    Raises
    ------
    UnavailableError
        It cannot be read.
    DataError
        It is no recording.
    """
    return RecordingSource(config.path)


class Writer:
    """Makes a recording.

    Parameters
    ----------
    path
        Of the file.
    topics
        Names of the topics, where there are several.
    """

    def __init__(self, path: Path, topics: Topics) -> None:
        self._file = path.open("wb")
        self._file.write(_BEGIN + msgspec.json.encode(topics) + b"\n")
        self._hash = hashlib.sha256()
        self.records = 0

    def take(self, raw: RawBatch) -> None:
        """Add records; their payload must be bytes, as Kafka's is."""
        keys: list[bytes | None] = [None] * len(raw) if raw.keys is None else raw.keys()
        stamps = raw.timestamps().tolist() if raw.timestamps is not None else [0] * len(raw)
        block = _Block(raw.payload, raw.partition.tolist(), raw.offset.tolist(), keys, stamps)
        encoded = msgspec.msgpack.encode(block)
        self._file.write(_LENGTHS.pack(len(encoded), len(raw)) + encoded)
        self.records += len(raw)
        for payload, partition, offset, _, _ in block.records():
            length = -1 if payload is None else len(payload)
            self._hash.update(_RECORD.pack(partition, offset, length) + (payload or b""))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the records, their partitions and offsets, however polls cut them."""
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        """The file is open."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self._file.close()


class RecordingSource:
    """Records of a file, each as it was."""

    decoder = "json"

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._begin() as file:
            self.topics: Topics = self._topics(file)
        self.finished = False

    def _begin(self) -> BinaryIO:
        try:
            file = self._path.open("rb")
        except OSError as error:
            message = f"[source] path: cannot read {self._path}: {error.strerror}"
            raise UnavailableError(message) from error
        if file.read(len(_BEGIN)) != _BEGIN:
            file.close()
            raise DataError(f"[source] path: {self._path} is no recording of a topic")
        return file

    @staticmethod
    def _topics(file: BinaryIO) -> Topics:
        return tuple(msgspec.json.decode(file.readline(), type=list[str]))

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:  # noqa: ARG002 - the file's own
        """Stand before the first record that is not before ``positions``."""
        self._positions = dict(positions or {})
        self._file = self._begin()
        self._topics(self._file)
        self._records = self._read()
        return dict(self._positions)

    def _read(self) -> Iterator[_Record]:
        passed = dict(self._positions)
        while lengths := self._file.read(_LENGTHS.size):
            length, _ = _LENGTHS.unpack(lengths)
            block = msgspec.msgpack.decode(self._file.read(length), type=_Block)
            yield from (
                record for record in block.records() if record[2] >= passed.get(record[1], 0)
            )

    def poll(self, records: int, seconds: float) -> RawBatch | None:  # noqa: ARG002 - a file never waits
        """Next records: as many as are asked for, but at the end."""
        taken = list(itertools.islice(self._records, records))
        if not taken:
            self.finished = True
            return None
        payload, partition, offset, keys, stamps = zip(*taken, strict=True)
        self._positions.update((p, o + 1) for p, o in zip(partition, offset, strict=True))
        return RawBatch(
            payload=list(payload),
            partition=np.array(partition, np.int64),
            offset=np.array(offset, np.int64),
            timestamp=0,
            keys=lambda: list(keys),
            positions=dict(self._positions),
            topics=self.topics,
            timestamps=lambda: np.array(stamps, np.int64),
        )

    def count(self) -> int:
        """Records of the whole file."""
        count = 0
        with self._begin() as file:
            self._topics(file)
            while lengths := file.read(_LENGTHS.size):
                length, records = _LENGTHS.unpack(lengths)
                count += records
                file.seek(length, 1)
        return count

    def commit(self, positions: Positions) -> None:
        """Nobody to tell."""

    def lag(self) -> Lag:
        """Not known without reading the file to its end."""
        return Lag()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
