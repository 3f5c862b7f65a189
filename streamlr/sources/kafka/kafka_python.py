"""The Kafka source on kafka-python: pure Python, ten times the cost of librdkafka.

Its records come from one thread of its own; ours calls the consumer, and in a group its thread
calls back when partitions are given or taken.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import (
    AuthorizationError,
    CorruptRecordError,
    IllegalStateError,
    KafkaError,
    LogTruncationError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    SaslAuthenticationFailedError,
    UnsupportedCodecError,
)

from streamlr.errors import ConfigurationError, DataError, StreamlrError, UnavailableError
from streamlr.kafka_client import kafka_python
from streamlr.kafka_client.cluster import Topic, no_answer
from streamlr.kafka_client.seldom import Seldom
from streamlr.records import Positions, RawBatch, Topics
from streamlr.sources import Keeper, Lag
from streamlr.sources.kafka import Config, membership, starting
from streamlr.sources.kafka.kafka_python_rebalance import (
    Calls,
    Listener,
    PatientListener,
)
from streamlr.sources.kafka.membership import Membership, Sole
from streamlr.sources.kafka.numbers import Numbers
from streamlr.sources.kafka.reading import Reading
from streamlr.sources.kafka.sharing import Shared
from streamlr.sources.kafka.watch import TopicWatch

log = structlog.get_logger("streamlr.kafka")

_MEGABYTE = 1 << 20
_TUNING = {
    "enable_auto_commit": False,  # offsets are committed after the checkpoint that holds them
    "auto_offset_reset": "none",  # offsets that are gone must be told, not skipped
    "check_crcs": False,  # as librdkafka by default; in Python it costs more than all the rest
    "fetch_max_wait_ms": 50,
    "fetch_max_bytes": 16 * _MEGABYTE,
    "max_partition_fetch_bytes": 8 * _MEGABYTE,  # the default of one makes a request of every poll
    "session_timeout_ms": int(membership.SESSION_SECONDS * 1000),
    "heartbeat_interval_ms": int(membership.HEARTBEAT_SECONDS * 1000),
}
_TAKE = 5000  # records that its poll is asked for: a poll costs as much as a hundred of them
_LOOK_SECONDS = 0.01
_GONE = (OffsetOutOfRangeError, LogTruncationError, NoOffsetForPartitionError)


@dataclass(frozen=True, slots=True)
class _Taken:
    """Records that the client gave, to be given out piece by piece.

    Attributes
    ----------
    records
        The client's own.
    number, offset : int64 [records]
        Where each stands.
    """

    records: list[Any]
    number: np.ndarray
    offset: np.ndarray

    @classmethod
    def of(cls, found: dict[TopicPartition, list[Any]], numbers: Numbers) -> "_Taken":
        """What a poll of the client's brought."""
        records = [record for of_one in found.values() for record in of_one]
        partitions = np.array([numbers.of(*where) for where in found], np.int64)
        number = np.repeat(partitions, [len(of_one) for of_one in found.values()])
        return cls(records, number, np.array([record.offset for record in records], np.int64))

    def __len__(self) -> int:
        return len(self.records)

    def split(self, at: int) -> tuple["_Taken", "_Taken"]:
        """The first so many, and the others."""
        return self._part(slice(at)), self._part(slice(at, None))

    def _part(self, which: slice) -> "_Taken":
        return _Taken(self.records[which], self.number[which], self.offset[which])


class KafkaPythonSource:
    """Messages of a topic's partitions."""

    decoder = "json"

    def __init__(self, config: Config, name: str) -> None:
        self._config = config
        self._connection = config.connection(name)
        self._seldom = Seldom()
        self.finished = False
        self.topics: Topics = ()
        self._keeper: Keeper | None = None
        kafka_python.check_options(KafkaConsumer, self._connection)

    def share(self, keeper: Keeper) -> None:
        """Read what the group gives only, and where the keeper says."""
        self._keeper = keeper

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:
        """Find the topics, check the offsets, and stand there."""
        config = self._config
        cluster = kafka_python.KafkaPythonCluster(self._connection)
        try:
            standing = starting.begin(config, cluster, positions, topics)
            if config.group and self._keeper is None:
                membership.wait_for_turn(config, cluster, time.sleep)
        finally:
            cluster.close()
        names = tuple(standing.topics)
        self.topics = names if config.several else ()
        self._numbers = Numbers(names)
        self._reading = Reading({} if self._keeper else standing.positions, standing.ends)
        self._taken = _Taken.of({}, self._numbers)
        self.finished = self._reading.finished
        self._watches = {
            name: TopicWatch(config, name, topic) for name, topic in standing.topics.items()
        }
        self._ask_at = time.monotonic() + config.refresh_seconds
        self._membership = self._member()
        self._consumer, self._network = kafka_python.construct(
            KafkaConsumer, self._settings(), self._connection
        )
        self._take()
        return dict(standing.positions)

    def _member(self) -> Membership:
        config, numbers, reading = self._config, self._numbers, self._reading
        if self._keeper is not None:
            return Shared(config, numbers, reading, self._keeper)
        return Sole(config, numbers, reading)

    def _settings(self) -> dict[str, Any]:
        return {
            **_TUNING,
            "isolation_level": self._config.isolation,
            "group_id": self._config.group or None,
            "metadata_max_age_ms": int(self._config.refresh_seconds * 1000),
            **kafka_python.settings(self._connection),
        }

    def _take(self) -> None:
        """Assign the partitions at their positions, or join the group, which does."""
        if self._config.group:
            for topic in self._numbers.topics:
                self._wait_for_metadata(topic)
            listener = self._listener()
            self._consumer.subscribe(list(self._numbers.topics), listener=listener)
        else:
            self._consumer.assign([self._where(p) for p in self._reading.positions])
            self._seek(self._reading.positions)

    def _listener(self) -> Listener | PatientListener:
        calls = Calls(self._given, self._revoked, self._lost)
        if self._keeper is None:
            return Listener(self._numbers, calls)
        return PatientListener(self._numbers, calls, self._consumer)

    def _wait_for_metadata(self, topic: str) -> None:
        """Without the topic's partitions a member that leads its group gives out none."""
        deadline = time.monotonic() + self._config.startup_seconds
        self._network.cluster.add_topic(topic)
        while self._network.cluster.partitions_for_topic(topic) is None:
            if time.monotonic() > deadline:
                raise no_answer(self._connection, f"the partitions of {topic!r}", "no answer")
            time.sleep(_LOOK_SECONDS)

    def _where(self, number: int) -> TopicPartition:
        return TopicPartition(*self._numbers.where(number))

    def _seek(self, positions: Positions) -> None:
        for number, offset in positions.items():
            self._consumer.seek(self._where(number), offset)

    def _given(self, numbers: Sequence[int]) -> None:
        self._seek(self._membership.gain(numbers))

    def _revoked(self, numbers: Sequence[int]) -> None:
        self._send(self._membership.lose(numbers))

    def _lost(self, numbers: Sequence[int]) -> None:
        self._membership.forget(numbers)

    def poll(self, records: int, seconds: float) -> RawBatch | None:
        """Take what is there, or wait for it."""
        if self.finished:
            return None
        self._look_after_topic()
        try:
            if not self._taken:
                found = self._consumer.poll(int(seconds * 1000), max_records=_TAKE)
                self._taken = _Taken.of(found, self._numbers)
            if self._in_doubt():
                self._go_back()
                return None
            piece, self._taken = self._taken.split(records)
            batch = self._batch(piece) if piece else None
            if not self._taken:
                self._skip_markers(piece)
        except KafkaError as error:
            self._judge(error)
            return None
        self._membership.check()
        if self._membership.overdue():
            # a rebalance that a broker's restart cuts short may leave it without partitions and
            # without a wish to join again
            self._consumer._coordinator.request_rejoin()
        self.finished = self._reading.finished
        return batch

    def _in_doubt(self) -> bool:
        silent = self._keeper is not None and (
            self._consumer._coordinator.heartbeat.session_timeout_expired()
        )
        return self._membership.in_doubt(self._confirmed, silent=silent)

    def _confirmed(self) -> bool:
        """Whether we are a member still: a commit is refused to who is not, and makes it known."""
        try:
            self._consumer.commit(self._offsets(self._reading.positions))
        except KafkaError:
            return False
        return True

    def _go_back(self) -> None:
        """Read again what came just now, should it be ours still."""
        self._taken = _Taken.of({}, self._numbers)
        for number, offset in self._reading.positions.items():
            with contextlib.suppress(ValueError):  # it is not
                self._consumer.seek(self._where(number), offset)

    def _batch(self, piece: _Taken) -> RawBatch | None:
        records, partition, offset = piece.records, piece.number, piece.offset
        kept = self._reading.take(partition, offset)
        if kept is not None:
            records = [records[place] for place in kept.nonzero()[0]]
            partition, offset = partition[kept], offset[kept]
        if not records:
            return None
        return RawBatch(
            payload=[record.value for record in records],
            partition=partition,
            offset=offset,
            timestamp=max(0, records[-1].timestamp),  # -1: it has none
            keys=lambda: [record.key for record in records],
            positions=dict(self._reading.positions),
            topics=self.topics,
            timestamps=lambda: np.array([record.timestamp for record in records], np.int64),
        )

    def _skip_markers(self, piece: _Taken) -> None:
        """Move past markers of transactions, which show only in the consumer's own position.

        It costs a few microseconds a partition, so it is done when there is time, or an end.
        """
        if piece and not self._reading.unfinished():
            return
        came = {self._where(number) for number in np.unique(piece.number).tolist()}
        for where in self._consumer.assignment() - came:
            offset = self._consumer.position(where, timeout_ms=0)
            if offset is not None:
                self._reading.skip_to(self._numbers.of(*where), offset)

    def _judge(self, error: KafkaError) -> None:
        """Pass over what passes; raise what no waiting will mend."""
        if error.__cause__ is not None and not isinstance(error.__cause__, KafkaError):
            raise error.__cause__  # ours: taking partitions, or handing them over, has failed
        mended_by_person = self._in_words(error)
        if mended_by_person is not None:
            raise mended_by_person from error
        if self._seldom.may_tell(type(error).__name__):
            log.warning("kafka trouble", where="source", error=str(error))

    def _in_words(self, error: KafkaError) -> StreamlrError | None:
        topic = self._config.topic
        if isinstance(error, _GONE):
            return starting.gone(*self._place_in(error), str(error))
        if isinstance(error, UnsupportedCodecError):
            return ConfigurationError(
                f"[source] client = 'kafka-python' cannot read {topic!r}: "
                f"{kafka_python.lacking(error)}; or set "
                "client = 'librdkafka', which reads every one"
            )
        if isinstance(error, CorruptRecordError):
            return DataError(f"[source] topic: {topic!r} holds a damaged record: {error}")
        if isinstance(error, AuthorizationError | SaslAuthenticationFailedError):
            return UnavailableError(f"[source] topic: reading {topic!r} failed: {error}")
        return None

    def _place_in(self, error: KafkaError) -> tuple[str, int]:
        """The partition that an error is about: its first argument is keyed by them."""
        about = error.args[0] if error.args else {}
        places = (tuple(where) for where in about if isinstance(where, TopicPartition))
        return next(places, (self._config.topic, 0))

    def _look_after_topic(self) -> None:
        """Compare with what the client's own refresh brought."""
        now = time.monotonic()
        if now < self._ask_at:
            return
        self._ask_at = now + self._config.refresh_seconds / 4  # the refresh has its own rhythm
        known = self._network.cluster
        for name, watch in self._watches.items():
            partitions = known.partitions_for_topic(name)
            found = None
            if partitions is not None:
                found = Topic(str(known.topic_id(name) or ""), len(partitions))
            positions = self._numbers.of_topic(name, self._reading.positions)
            self._read_too(name, watch.see(found, positions))

    def _read_too(self, topic: str, added: Sequence[int]) -> None:
        """Take on partitions that were added; in a group the group does."""
        if not added:
            return
        log.info("partitions added", topic=topic, partitions=list(added))
        if not self._config.group:
            numbers = [self._numbers.of(topic, partition) for partition in added]
            self._reading.add(numbers)
            self._consumer.assign([self._where(number) for number in self._reading.positions])
            self._seek({number: self._reading.positions[number] for number in numbers})

    def commit(self, positions: Positions) -> None:
        """Commit to the group, for whoever watches its lag; no reason to stop if that fails."""
        if self._config.group:
            self._send(self._reading.committable(positions))

    def _send(self, positions: Positions) -> None:
        if positions:
            self._consumer.commit_async(self._offsets(positions), callback=self._committed)

    def _offsets(self, positions: Positions) -> dict[TopicPartition, OffsetAndMetadata]:
        return {
            self._where(number): OffsetAndMetadata(offset, "", -1)
            for number, offset in positions.items()
        }

    def _committed(self, _offsets: object, answer: object) -> None:
        if isinstance(answer, Exception) and self._seldom.may_tell("commit"):
            log.warning("offsets not committed", error=str(answer))

    def lag(self) -> Lag:
        """By the watermarks that came with the latest fetches.

        Records of open transactions count, also with committed reads: the client knows no other.
        """
        behind: dict[int, int] = {}
        for number, position in self._reading.positions.items():
            try:
                high = self._consumer.highwater(self._where(number))
            except IllegalStateError:
                continue  # the group has not given it to us
            if high is not None:
                behind[number] = max(0, high - position)
        return Lag(behind)

    def close(self) -> None:
        """Leave the group."""
        self._membership.leave()
        self._consumer.close(timeout_ms=int(self._config.startup_seconds * 1000))
