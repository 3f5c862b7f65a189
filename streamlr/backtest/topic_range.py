"""A range of a Kafka topic, recorded: read once, outside any group; no offset is committed.

It begins where ``--from`` says, or at the first record kept, and ends where ``--to`` says, or where
the topic ends as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from rich.console import Console

from streamlr import registry
from streamlr.errors import ConfigurationError, DataError
from streamlr.kafka_client.cluster import Bounds, Cluster
from streamlr.records import Positions, RawBatch, partition_name
from streamlr.sources import Source, recording
from streamlr.sources.kafka import Config
from streamlr.sources.kafka.numbers import Numbers

_POLL_RECORDS = 10_000
_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a range begins, or before which record it ends.

    Attributes
    ----------
    option
        That says so.
    text
        As it was given.
    value
        Offset in the one partition, or milliseconds since 1970.
    is_time
        Which of the two.
    """

    option: str
    text: str
    value: int
    is_time: bool

    @classmethod
    def read(cls, option: str, text: str) -> "Edge":
        """An offset, or a time in ISO 8601 form with its zone.

        Raises
        ------
        ConfigurationError
            It is neither.

        Examples
        --------
        >>> Edge.read("--from", "1200").value
        1200
        >>> Edge.read("--to", "1970-01-01T00:00:01Z").value
        1000
        """
        if text.isascii() and text.isdigit():
            return cls(option, text, int(text), is_time=False)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise ConfigurationError(
                f"{option} {text}: must be an offset, or a time with its zone like "
                "2026-01-31T12:00:00Z"
            )
        return cls(option, text, int(moment.timestamp() * 1000), is_time=True)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was fetched.

    Attributes
    ----------
    records
        How many.
    fingerprint
        SHA-256 of the records, their partitions and offsets, in the order as they came.
    ranges
        Partition, by its name → offset of the first record asked for, and the one after the last.
    """

    records: int
    fingerprint: str
    ranges: dict[str, tuple[int, int]]


def record(
    settings: Config, begin: Edge | None, end: Edge | None, path: Path, console: Console
) -> Recorded:
    """Fetch the range into a file.

    Raises
    ------
    UnavailableError
        The broker or the topic cannot be reached.
    ConfigurationError
        An offset where there are several partitions, or outside of what is kept.
    DataError
        There is no record in the range.
    """
    source, begins = _open(settings, begin)
    try:
        ends = _ends(settings, source, begins, end) if end else {}
        with recording.Writer(path, source.topics) as writer, console.status("") as status:
            positions = dict(begins)
            while not source.finished and not _reached(positions, ends):
                raw = source.poll(_POLL_RECORDS, _POLL_SECONDS)
                if raw is not None:
                    positions.update(raw.positions)
                    wanted = _before(raw, ends)
                    if len(wanted):
                        writer.take(wanted)
                status.update(f"fetching {settings.topic}: {writer.records:,} records")
    finally:
        source.close()
    if not writer.records:
        raise _nothing(settings, begin, end)
    ranges = {
        partition_name(number, source.topics): (first, min(positions[number], _end(ends, number)))
        for number, first in begins.items()
    }
    return Recorded(writer.records, writer.fingerprint, ranges)


def _open(settings: Config, begin: Edge | None) -> tuple[Source, Positions]:
    """The source, and where reading begins."""
    changes: dict[str, object] = {"stop_at": "end", "start": "earliest", "start_timestamp": None}
    if begin is not None and begin.is_time:
        changes |= {"start": "timestamp", "start_timestamp": begin.value}
    settings = settings.model_copy(update=changes)
    positions = None
    if begin is not None and not begin.is_time:
        positions = _at_offset(settings, begin)
    source: Source = registry.load("sources", settings.type).build(settings, "backtest")
    return source, source.open(positions)


def _at_offset(settings: Config, edge: Edge) -> Positions:
    cluster = _cluster(settings)
    try:
        partitions = settings.partitions
        if not settings.several and not partitions:
            partitions = tuple(range(cluster.topic(settings.topic).partitions))
        _require_one(settings, edge, len(partitions))
        bounds = cluster.bounds(settings.topic, partitions, committed=settings.committed)
    finally:
        cluster.close()
    (partition,) = partitions
    _require_kept(settings, edge, partition, bounds[partition])
    return {partition: edge.value}


def _require_one(settings: Config, edge: Edge, partitions: int) -> None:
    if settings.several or partitions != 1:
        has = "is a pattern" if settings.several else f"has {partitions} partitions"
        raise ConfigurationError(
            f"{edge.option} {edge.text}: an offset is one partition's, and the topic "
            f"{settings.topic!r} {has}; give a time like 2026-01-31T12:00:00Z, or a file for "
            "--config that names one of them in [source] partitions"
        )


def _require_kept(settings: Config, edge: Edge, partition: int, bounds: Bounds) -> None:
    if not bounds.first <= edge.value <= bounds.end:
        raise ConfigurationError(
            f"{edge.option} {edge.text}: partition {partition} of {settings.topic!r} holds offsets "
            f"{bounds.first} to {bounds.end - 1}; choose one of them"
        )


def _ends(settings: Config, source: Source, begins: Positions, edge: Edge) -> Positions:
    """Partition → offset to stop before; those without one are read to their end."""
    if not edge.is_time:
        _require_one(settings, edge, len(begins))
        return dict.fromkeys(begins, edge.value)
    numbers, ends = Numbers(source.topics or (settings.topic,)), {}
    cluster = _cluster(settings)
    try:
        for topic in numbers.topics:
            mine = tuple(numbers.of_topic(topic, begins))
            found = cluster.since(topic, mine, edge.value, committed=settings.committed)
            ends.update({numbers.of(topic, p): offset for p, offset in found.items()})
    finally:
        cluster.close()
    return ends


def _cluster(settings: Config) -> Cluster:
    connection = settings.connection("backtest")
    if settings.client == "kafka-python":
        from streamlr.kafka_client import kafka_python  # noqa: PLC0415 - the chosen client only

        return kafka_python.KafkaPythonCluster(connection)
    from streamlr.kafka_client import librdkafka  # noqa: PLC0415

    return librdkafka.LibrdkafkaCluster(connection)


def _end(ends: Mapping[int, int], number: int) -> int:
    return ends.get(number, np.iinfo(np.int64).max)


def _reached(positions: Positions, ends: Positions) -> bool:
    return all(position >= _end(ends, number) for number, position in positions.items())


def _before(raw: RawBatch, ends: Positions) -> RawBatch:
    """The records of a batch that lie in the range."""
    if not ends:
        return raw
    last = np.array([_end(ends, number) for number in raw.partition.tolist()], np.int64)
    kept = np.flatnonzero(raw.offset < last)
    keys, timestamps = raw.keys, raw.timestamps
    return RawBatch(
        payload=[raw.payload[place] for place in kept],
        partition=raw.partition[kept],
        offset=raw.offset[kept],
        timestamp=raw.timestamp,
        keys=None if keys is None else lambda: list(np.array(keys(), object)[kept]),
        positions=raw.positions,
        topics=raw.topics,
        timestamps=None if timestamps is None else lambda: timestamps()[kept],
    )


def _nothing(settings: Config, begin: Edge | None, end: Edge | None) -> DataError:
    asked = " ".join(f"{edge.option} {edge.text}" for edge in (begin, end) if edge)
    hint = "choose a wider range" if asked else "wait until something is written to it"
    return DataError(
        f"topic {settings.topic!r} on {settings.bootstrap} has no record"
        f"{f' for {asked}' if asked else ''}; {hint}"
    )
