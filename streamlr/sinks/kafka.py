"""A Kafka topic, written by an idempotent producer: in order, nothing doubled by retries.

Documents of source partition p go to partition p modulo the topic's. After a crash the topic's
tail since the checkpoint is read, and documents that are there already are not sent again.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from pydantic import Field

from streamlr import kafka_client
from streamlr.components import ComponentConfig
from streamlr.emission import Document
from streamlr.errors import UnavailableError
from streamlr.sinks import Mark

_TUNING = {
    "enable.idempotence": True,
    "delivery.report.only.error": True,
    "linger.ms": 1,
    "compression.type": "lz4",
}


class Config(ComponentConfig):
    """Write to a Kafka topic."""

    type: Literal["kafka"] = "kafka"
    bootstrap: Annotated[str, Field(min_length=1, description="HOST:PORT[,HOST:PORT…]")]
    topic: Annotated[str, Field(min_length=1, description="topic to write; it must exist")]
    startup_seconds: Annotated[float, Field(gt=0)] = Field(10.0, description="deadline to connect")
    flush_seconds: Annotated[float, Field(gt=0)] = Field(
        60.0, description="longest wait for delivery"
    )
    options: dict[str, str | int | float | bool] = Field({}, description="librdkafka properties")


def build(config: Config, table: str) -> "KafkaSink":
    """Prepare the producer; nothing is connected yet."""
    return KafkaSink(config, table)


class _Origin(msgspec.Struct):
    partition: int
    offset: int


class KafkaSink:
    """Sends documents to a topic."""

    writes = True

    def __init__(self, config: Config, table: str) -> None:
        self._config = config
        self._table = table
        troubles = kafka_client.Troubles(table)
        common = kafka_client.settings(config.bootstrap, config.options, troubles)
        self._producer = kafka_client.construct(Producer, {**_TUNING, **common}, table)
        self._common = common
        self._failure: KafkaError | None = None
        self._sent: dict[int, int] = {}

    def open(self, mark: Mark | None) -> None:
        """Find the topic; with a mark, what it holds beyond it."""
        config = self._config
        self._partitions = kafka_client.Cluster(
            self._table, config.bootstrap, config.options, config.startup_seconds
        ).partitions_of(config.topic)
        properties = {"group.id": "streamlr-sink", "enable.auto.commit": False, **self._common}
        self._reader = kafka_client.construct(
            Consumer, {**properties, "enable.partition.eof": True}, self._table
        )
        if mark:
            self._read_tail(mark)

    def _read_tail(self, mark: Mark) -> None:
        """Learn, for every source partition, the latest offset whose document is in the topic."""
        starts = [TopicPartition(self._config.topic, int(p), offset) for p, offset in mark.items()]
        unread = {int(partition) for partition in mark}
        self._reader.assign(starts)
        while unread:
            for message in self._reader.consume(1000, self._config.startup_seconds) or [None]:
                if message is None:
                    text = (
                        f"[{self._table}] cannot read back {self._config.topic!r} at "
                        f"{self._config.bootstrap}"
                    )
                    raise UnavailableError(text)
                error = message.error()
                if error is None:
                    self._note(message)
                elif error.code() == KafkaError._PARTITION_EOF:
                    unread.discard(message.partition())
                elif not error.retriable():
                    text = f"[{self._table}] cannot read back {self._config.topic!r}: {error.str()}"
                    raise UnavailableError(text)
        self._reader.unassign()

    def _note(self, message: Message) -> None:
        headers: dict[str, Any] = dict(message.headers() or [])
        if "streamlr.offset" in headers:
            partition, offset = int(headers["streamlr.partition"]), int(headers["streamlr.offset"])
        else:
            try:
                origin = msgspec.json.decode(message.value() or b"", type=_Origin)
            except msgspec.DecodeError:
                return  # not one of ours: somebody else writes here too
            partition, offset = origin.partition, origin.offset
        self._sent[partition] = max(offset, self._sent.get(partition, -1))

    def write(self, documents: Sequence[Document]) -> None:
        """Hand documents to the producer, those left out that the topic holds already."""
        if self._sent:
            documents = [d for d in documents if d.offset > self._sent.get(d.partition, -1)]
        topic, partitions, produce = self._config.topic, self._partitions, self._producer.produce
        for document in documents:
            headers = list(document.headers.items()) or None
            where = document.partition % partitions
            while True:
                try:
                    produce(
                        topic, document.value, document.key, where, self._delivered, headers=headers
                    )
                    break
                except BufferError:  # the queue is full: wait for room
                    self._producer.poll(0.1)
                    self._raise_failure()
                except KafkaException as error:
                    self._failure = error.args[0]
                    self._raise_failure()
        self._producer.poll(0)
        self._raise_failure()

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and self._failure is None:
            self._failure = error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            message = (
                f"[{self._table}] {self._config.topic!r} at {self._config.bootstrap} did not take "
                f"a document: {self._failure.str()}. "
                "Nothing is lost: on restart, work goes on from the last checkpoint"
            )
            raise UnavailableError(message)

    def flush(self) -> Mark:
        """Wait for every acknowledgement; the mark is the end of each partition."""
        left = self._producer.flush(self._config.flush_seconds)
        self._raise_failure()
        if left:
            message = (
                f"[{self._table}] {left} documents were not acknowledged by "
                f"{self._config.bootstrap} within "
                f"{self._config.flush_seconds} s. Nothing is lost: on restart, work goes on from "
                "the last checkpoint"
            )
            raise UnavailableError(message)
        return {str(partition): self._end(partition) for partition in range(self._partitions)}

    def _end(self, partition: int) -> int:
        where = TopicPartition(self._config.topic, partition)
        try:
            _, high = self._reader.get_watermark_offsets(where, timeout=self._config.flush_seconds)
        except KafkaException as error:
            text = (
                f"[{self._table}] cannot ask for the end of {self._config.topic!r}: "
                f"{error.args[0].str()}"
            )
            raise UnavailableError(text) from error
        return int(high)

    def close(self) -> None:
        """Close the reader; the producer goes with its last reference."""
        self._reader.close()
