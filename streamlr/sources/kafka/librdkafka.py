"""The Kafka source on librdkafka (confluent-kafka), the default client.

One thread calls the consumer. A poll blocks for its first message and then takes what is there:
few calls under load, low latency without.
"""

from typing import Any, cast

import numpy as np
import structlog
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from streamlr import kafka_client
from streamlr.errors import DataError, UnavailableError
from streamlr.records import Positions, RawBatch
from streamlr.sources import Lag
from streamlr.sources.kafka import Config

log = structlog.get_logger("streamlr.kafka")

_TUNING = {
    "enable.auto.commit": False,  # offsets are committed after the checkpoint that holds them
    "auto.offset.reset": "error",  # offsets that are gone must be told, not skipped
    "enable.partition.eof": True,  # moves the position past transaction markers at the end
    "fetch.queue.backoff.ms": 5,  # the default of a second stalls a fast reader
    "queued.max.messages.kbytes": 32768,  # keeps the resident memory bounded
    "fetch.wait.max.ms": 50,
}


class LibrdkafkaSource:
    """Messages of a topic's partitions."""

    decoder = "json"

    def __init__(self, config: Config, name: str) -> None:
        self._config = config
        self._troubles = kafka_client.Troubles("source")
        group = config.group or f"streamlr-{name}"
        properties = kafka_client.settings(config.bootstrap, config.options, self._troubles)
        properties = {**_TUNING, "group.id": group, "client.id": f"streamlr-{name}", **properties}
        self._consumer = kafka_client.construct(Consumer, properties, "source")
        self._positions: Positions = {}
        self._ends: Positions = {}
        self._failure: Exception | None = None
        self.finished = False

    def open(self, positions: Positions | None) -> Positions:
        """Find the topic, check the offsets, and stand there."""
        config = self._config
        if positions is None and config.start == "checkpoint":
            message = (
                "[source] start = 'checkpoint', but there is none; set start = 'earliest' or "
                "'latest' to begin anew"
            )
            raise UnavailableError(message)
        count = kafka_client.Cluster(
            "source", config.bootstrap, config.options, config.startup_seconds
        ).partitions_of(config.topic)
        self._partitions = config.partitions or tuple(range(count))
        for partition in self._partitions:
            if partition >= count:
                message = (
                    f"[source] partitions: topic {config.topic!r} has no partition {partition}, "
                    f"only 0 to {count - 1}"
                )
                raise UnavailableError(message)
        bounds = {partition: self._bounds(partition) for partition in self._partitions}
        self._positions = {
            partition: self._start(partition, *bounds[partition], positions)
            for partition in self._partitions
        }
        if config.stop_at == "end":
            self._ends = {partition: high for partition, (_, high) in bounds.items()}
            self._see_end()
        self._take()
        return dict(self._positions)

    def _bounds(self, partition: int) -> tuple[int, int]:
        """First offset kept, and the one after the last."""
        where = TopicPartition(self._config.topic, partition)
        try:
            low, high = self._consumer.get_watermark_offsets(
                where, timeout=self._config.startup_seconds
            )
        except KafkaException as error:
            message = (
                f"[source] cannot ask {self._config.bootstrap} for the offsets of {_name(where)}: "
                f"{error.args[0].str()}"
            )
            raise UnavailableError(message) from error
        return int(low), int(high)

    def _start(self, partition: int, low: int, high: int, positions: Positions | None) -> int:
        if positions is None or partition not in positions:
            return high if self._config.start == "latest" else low
        offset = positions[partition]
        if low <= offset <= high:
            return offset
        message = (
            f"[source] the checkpoint stands at offset {offset} of partition {partition} of "
            f"{self._config.topic!r}, which "
            f"holds {low} to {high} only: records were deleted (retention), or the topic was made "
            "anew. "
            "Remove the checkpoints to begin again from [source] start"
        )
        raise DataError(message)

    def _take(self) -> None:
        """Assign the partitions at their positions, or join the group, which does."""
        where = [
            TopicPartition(self._config.topic, p, offset) for p, offset in self._positions.items()
        ]
        if not self._config.group:
            self._consumer.assign(where)
            return
        self._consumer.subscribe(
            [self._config.topic], on_assign=self._assigned, on_revoke=self._revoked
        )

    def _assigned(self, consumer: Consumer, given: list[TopicPartition]) -> None:
        ours = {where.partition for where in given}
        missing = set(self._partitions) - ours
        if missing:
            self._failure = UnavailableError(
                f"[source] group {self._config.group!r} gave this member only partitions "
                f"{sorted(ours)} of "
                f"{list(self._partitions)}: another member is running. One pipeline is one model "
                "with one owner: "
                "stop the other member, or give each its own group and name"
            )
        for where in given:
            where.offset = self._positions[where.partition]
        consumer.assign(given)
        log.info("partitions assigned", group=self._config.group, partitions=sorted(ours))

    def _revoked(self, _consumer: Consumer, taken: list[TopicPartition]) -> None:
        partitions = sorted(where.partition for where in taken)
        if partitions:
            log.info("partitions revoked", group=self._config.group, partitions=partitions)

    def poll(self, records: int, seconds: float) -> RawBatch | None:
        """Block for the first message, then take what is there."""
        if self.finished:
            return None
        first = self._consumer.poll(seconds)
        if self._failure is not None:
            raise self._failure
        if first is None:
            return None
        messages = [first]
        if records > 1:
            messages += self._consumer.consume(records - 1, 0)
        return self._batch(messages)

    def _batch(self, messages: list[Message]) -> RawBatch | None:
        others = [message for message in messages if message.error() is not None]
        if others:
            messages = [message for message in messages if message.error() is None]
        partition = self._partition_of(messages)
        offset = np.array([message.offset() for message in messages], np.int64)
        if self._ends:
            kept = offset < np.array([self._ends[p] for p in partition.tolist()], np.int64)
            messages = [messages[place] for place in kept.nonzero()[0]]
            partition, offset = partition[kept], offset[kept]
        for number in set(partition.tolist()):
            self._positions[number] = int(offset[partition == number][-1]) + 1
        for message in others:
            self._check(message)
        if self._ends:
            self._see_end()
        if not messages:
            return None
        return RawBatch(
            payload=[message.value() for message in messages],
            partition=partition,
            offset=offset,
            timestamp=messages[-1].timestamp()[1],
            keys=lambda: [message.key() for message in messages],
            positions=dict(self._positions),
        )

    def _partition_of(self, messages: list[Message]) -> np.ndarray:
        if len(self._partitions) == 1:  # no need to ask each message
            return np.full(len(messages), self._partitions[0], np.int64)
        return np.array([message.partition() for message in messages], np.int64)

    def _check(self, message: Message) -> None:
        """Pass over what is no trouble; raise what no waiting will mend."""
        error = message.error()
        assert error is not None  # noqa: S101 - called for these only
        if error.code() == KafkaError._PARTITION_EOF:
            self._positions[cast("int", message.partition())] = cast("int", message.offset())
            return
        where = f"partition {message.partition()} of {self._config.topic!r}"
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            text = (
                f"[source] the next offset of {where} is gone: {error.str()}. Remove the "
                "checkpoints to begin again"
            )
            raise DataError(text)
        if (
            error.code()
            in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED)
            or error.fatal()
        ):
            text = f"[source] reading {where} failed: {error.str()}"
            raise UnavailableError(text)
        log.warning("kafka trouble", where=where, error=error.str())

    def _see_end(self) -> None:
        self.finished = all(self._positions[p] >= end for p, end in self._ends.items())

    def commit(self, positions: Positions) -> None:
        """Commit to the group, for whoever watches its lag; no reason to stop if that fails."""
        if self._config.group and positions:
            offsets = [
                TopicPartition(self._config.topic, p, offset) for p, offset in positions.items()
            ]
            try:
                self._consumer.commit(offsets=offsets, asynchronous=True)
            except KafkaException as error:
                log.warning("offsets not committed", error=str(error.args[0]))

    def lag(self) -> Lag:
        """By the high watermarks that came with the latest fetches."""
        behind: dict[int, int] = {}
        for partition, position in self._positions.items():
            where = TopicPartition(self._config.topic, partition)
            watermarks: Any = self._consumer.get_watermark_offsets(where, cached=True)
            if watermarks is not None and watermarks[1] >= 0:
                behind[partition] = max(0, watermarks[1] - position)
        return Lag(behind)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()


def _name(where: TopicPartition) -> str:
    return f"partition {where.partition} of {where.topic!r}"
