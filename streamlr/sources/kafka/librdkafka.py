"""The Kafka source on librdkafka (confluent-kafka), the default client.

One thread calls the consumer. A poll blocks for its first message and then takes what is there:
few calls under load, low latency without.
"""

import contextlib
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, cast

import numpy as np
import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streamlr.errors import UnavailableError
from streamlr.kafka_client import librdkafka
from streamlr.kafka_client.seldom import Seldom
from streamlr.records import Positions, RawBatch, Topics
from streamlr.sources import Keeper, Lag
from streamlr.sources.kafka import Config, membership, starting
from streamlr.sources.kafka.membership import Membership, Sole
from streamlr.sources.kafka.numbers import Numbers
from streamlr.sources.kafka.reading import Reading
from streamlr.sources.kafka.sharing import Shared
from streamlr.sources.kafka.watch import TopicWatch

log = structlog.get_logger("streamlr.kafka")

_TUNING = {
    "enable.auto.commit": False,  # offsets are committed after the checkpoint that holds them
    "auto.offset.reset": "error",  # offsets that are gone must be told, not skipped
    "enable.partition.eof": True,  # moves the position past transaction markers at the end
    "fetch.queue.backoff.ms": 5,  # the default of a second stalls a fast reader
    "queued.max.messages.kbytes": 32768,  # keeps the resident memory bounded
    "fetch.wait.max.ms": 50,
}
_CLASSIC = {  # KIP-848 leaves these to the broker
    "session.timeout.ms": int(membership.SESSION_SECONDS * 1000),
    "heartbeat.interval.ms": int(membership.HEARTBEAT_SECONDS * 1000),
}
_GONE = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)
_REFUSED = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)
_NO_TOPIC = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.UNKNOWN_TOPIC_ID,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
)


class LibrdkafkaSource:
    """Messages of a topic's partitions."""

    decoder = "json"

    def __init__(self, config: Config, name: str) -> None:
        self._config = config
        self._connection = config.connection(name)
        self._seldom = Seldom()
        self.finished = False
        self.topics: Topics = ()
        self._keeper: Keeper | None = None

    def share(self, keeper: Keeper) -> None:
        """Read what the group gives only, and where the keeper says."""
        self._keeper = keeper

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:
        """Find the topics, check the offsets, and stand there."""
        config = self._config
        self._cluster = librdkafka.LibrdkafkaCluster(self._connection)
        standing = starting.begin(config, self._cluster, positions, topics)
        names = tuple(standing.topics)
        self.topics = names if config.several else ()
        self._numbers = Numbers(names)
        self._reading = Reading({} if self._keeper else standing.positions, standing.ends)
        self.finished = self._reading.finished
        self._watches = {
            name: TopicWatch(config, name, topic) for name, topic in standing.topics.items()
        }
        self._answers: dict[str, Future[Any]] = {}
        self._ask_at = time.monotonic() + config.refresh_seconds
        self._membership = self._join()
        properties = self._properties()
        self._consumer: Consumer = librdkafka.construct(Consumer, properties, "source")
        self._take()
        return dict(standing.positions)

    def _join(self) -> Membership:
        config, numbers, reading = self._config, self._numbers, self._reading
        if self._keeper is not None:
            return Shared(config, numbers, reading, self._keeper)
        if config.group:
            membership.wait_for_turn(config, self._cluster, time.sleep)
        return Sole(config, numbers, reading)

    def _properties(self) -> dict[str, Any]:
        config = self._config
        callback = librdkafka.Callback(self._connection)
        classic = _CLASSIC if config.group_protocol == "classic" else {}
        return {
            **_TUNING,
            **classic,
            "isolation.level": config.isolation,
            "group.id": config.group or self._connection.name,  # it wants one, joined or not
            "group.protocol": config.group_protocol,
            "topic.metadata.refresh.interval.ms": int(config.refresh_seconds * 1000),
            "on_commit": self._committed,
            **librdkafka.properties(self._connection, callback),
        }

    def _take(self) -> None:
        """Assign the partitions at their positions, or join the group, which does."""
        if self._config.group:
            self._consumer.subscribe(
                list(self._numbers.topics),
                on_assign=self._assigned,
                on_revoke=self._revoked,
                on_lost=self._lost,
            )
        else:
            self._consumer.assign(self._at(self._reading.positions))

    def _at(self, positions: Positions) -> list[TopicPartition]:
        where = self._numbers.where
        return [TopicPartition(*where(number), offset) for number, offset in positions.items()]

    def _numbers_of(self, given: list[TopicPartition]) -> list[int]:
        return [self._numbers.of(where.topic, where.partition) for where in given]

    def _assigned(self, consumer: Consumer, given: list[TopicPartition]) -> None:
        where = self._at(self._membership.gain(self._numbers_of(given)))
        if self._cooperative:
            consumer.incremental_assign(where)
        else:
            consumer.assign(where)

    def _revoked(self, _consumer: Consumer, taken: list[TopicPartition]) -> None:
        self._send(self._membership.lose(self._numbers_of(taken)))

    def _lost(self, _consumer: Consumer, lost: list[TopicPartition]) -> None:
        self._membership.forget(self._numbers_of(lost))

    @property
    def _cooperative(self) -> bool:
        """Whether the group hands partitions over one by one."""
        strategy = str(self._config.options.get("partition.assignment.strategy", ""))
        return self._config.group_protocol == "consumer" or "cooperative" in strategy

    def poll(self, records: int, seconds: float) -> RawBatch | None:
        """Block for the first message, then take what is there."""
        if self.finished:
            return None
        self._look_after_topic()
        first = self._consumer.poll(seconds)
        self._membership.check()
        if self._membership.in_doubt(self._confirmed):
            self._go_back()
            return None
        if first is None:
            return None
        messages = [first]
        if records > 1:
            messages += self._consumer.consume(records - 1, 0)
        batch = self._batch(messages)
        self.finished = self._reading.finished
        return batch

    def _confirmed(self) -> bool:
        """Whether we are a member still: a commit is refused to who is not."""
        offsets = self._at(self._reading.positions)
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException:
            return False
        return True

    def _go_back(self) -> None:
        """Read again what came just now, should it be ours still."""
        for where in self._at(self._reading.positions):
            with contextlib.suppress(KafkaException):  # it is not
                self._consumer.seek(where)

    def _batch(self, messages: list[Message]) -> RawBatch | None:
        others = []
        if any(map(Message.error, messages)):
            others = [message for message in messages if message.error() is not None]
            messages = [message for message in messages if message.error() is None]
        partition = self._partition_of(messages)
        offset = self._offset_of(messages)
        kept = self._reading.take(partition, offset)
        for message in others:
            self._check(message)
        if kept is not None:
            messages = [messages[place] for place in kept.nonzero()[0]]
            partition, offset = partition[kept], offset[kept]
        if not messages:
            return None
        return RawBatch(
            payload=list(map(Message.value, messages)),
            partition=partition,
            offset=offset,
            timestamp=max(0, messages[-1].timestamp()[1]),  # -1: it has none
            keys=lambda: [message.key() for message in messages],
            positions=dict(self._reading.positions),
            topics=self.topics,
            timestamps=lambda: np.array([message.timestamp()[1] for message in messages], np.int64),
        )

    def _partition_of(self, messages: list[Message]) -> np.ndarray:
        sole = self._reading.sole
        if sole is not None:  # no need to ask each message
            return np.full(len(messages), sole, np.int64)
        if not self.topics:
            return np.fromiter(map(Message.partition, messages), np.int64, len(messages))
        return np.array([self._number_of(message) for message in messages], np.int64)

    def _offset_of(self, messages: list[Message]) -> np.ndarray:
        # they ascend, but where a group's rebalance gave some out again
        if len(self._reading.positions) == 1 and messages and not self._config.group:
            first, last = cast("int", messages[0].offset()), cast("int", messages[-1].offset())
            if last - first == len(messages) - 1:
                return np.arange(first, last + 1)
        return np.fromiter(map(Message.offset, messages), np.int64, len(messages))

    def _number_of(self, message: Message) -> int:
        return self._numbers.of(cast("str", message.topic()), cast("int", message.partition()))

    def _check(self, message: Message) -> None:
        """Pass over what is no trouble; raise what no waiting will mend."""
        error = cast("KafkaError", message.error())
        topic, partition = cast("str", message.topic()), cast("int", message.partition())
        if error.code() == KafkaError._PARTITION_EOF:
            number = self._numbers.of(topic, partition)
            self._reading.skip_to(number, cast("int", message.offset()))
        elif error.code() in _GONE:
            raise starting.gone(topic, partition, error.str())
        elif error.code() in _NO_TOPIC:
            self._ask_at = 0.0  # whether it is gone for good is for the watch to say
        elif error.code() in _REFUSED or error.fatal():
            text = f"[source] topic: reading {topic!r} failed: {error.str()}"
            raise UnavailableError(text)
        elif self._seldom.may_tell(error.code()):
            log.warning("kafka trouble", where="source", error=error.str())

    def _look_after_topic(self) -> None:
        """Ask for the topics now and then, and read the answers when they have come."""
        now = time.monotonic()
        if not self._answers:
            if now >= self._ask_at:
                ask, seconds = self._cluster.describe, self._config.startup_seconds
                self._answers = {name: ask(name, seconds) for name in self._watches}
            return
        if not all(answer.done() for answer in self._answers.values()):
            return
        answers, self._answers = self._answers, {}
        self._ask_at = now + self._config.refresh_seconds
        for name, answer in answers.items():
            try:
                found = librdkafka.described(answer)
            except KafkaException:
                continue  # no answer now: the callback tells why
            positions = self._numbers.of_topic(name, self._reading.positions)
            self._read_too(name, self._watches[name].see(found, positions))

    def _read_too(self, topic: str, added: Sequence[int]) -> None:
        """Take on partitions that were added; in a group the group does."""
        if not added:
            return
        log.info("partitions added", topic=topic, partitions=list(added))
        if not self._config.group:
            numbers = [self._numbers.of(topic, partition) for partition in added]
            self._reading.add(numbers)
            self._consumer.incremental_assign(self._at(dict.fromkeys(numbers, 0)))

    def commit(self, positions: Positions) -> None:
        """Commit to the group, for whoever watches its lag; no reason to stop if that fails."""
        if self._config.group:
            self._send(self._reading.committable(positions))

    def _send(self, positions: Positions) -> None:
        if not positions:
            return
        offsets = self._at(positions)
        try:
            self._consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            self._committed(error.args[0], offsets)

    def _committed(self, error: KafkaError | None, _offsets: list[TopicPartition]) -> None:
        if error is not None and self._seldom.may_tell("commit"):
            log.warning("offsets not committed", error=error.str())

    def lag(self) -> Lag:
        """By the watermarks that came with the latest fetches."""
        behind: dict[int, int] = {}
        for number, position in self._reading.positions.items():
            where = TopicPartition(*self._numbers.where(number))
            watermarks: Any = self._consumer.get_watermark_offsets(where, cached=True)
            if watermarks is not None and watermarks[1] >= 0:
                behind[number] = max(0, watermarks[1] - position)
        return Lag(behind)

    def close(self) -> None:
        """Leave the group."""
        self._membership.leave()
        self._consumer.close()
        self._cluster.close()
