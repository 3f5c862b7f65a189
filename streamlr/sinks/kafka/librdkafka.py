"""The Kafka sink on librdkafka (confluent-kafka), the default client."""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from streamlr.emission import Document
from streamlr.kafka_client import librdkafka
from streamlr.sinks import Mark
from streamlr.sinks.kafka import Config, failures
from streamlr.sinks.kafka.tail import Tail

_TUNING = {
    "enable.idempotence": True,
    "delivery.report.only.error": True,
    "linger.ms": 1,
    "message.max.bytes": 10_000_000,  # the topic's own limit decides
    "queue.buffering.max.kbytes": 131_072,  # keeps the memory bounded while the broker is away
}
_READING = {
    "group.id": "streamlr-sink",  # the client wants one; nothing is joined or committed
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",  # where retention took the mark itself
    "isolation.level": "read_uncommitted",  # another's open transaction must not hide ours
}
_ROOM_SECONDS = 0.1
_MESSAGES = 1000


class LibrdkafkaSink:
    """Sends documents to a topic."""

    writes = True

    def __init__(self, config: Config, table: str) -> None:
        self._config = config
        self._table = table
        self._connection = config.connection(table)
        self._failure: KafkaError | None = None
        self._only: int | None = None

    def beside(self, partition: int) -> "LibrdkafkaSink":
        """One that shares the producer."""
        other = copy.copy(self)
        other._only = partition
        return other

    def open(self, mark: Mark | None) -> None:
        """Find the topic; with a mark, what it holds beyond it."""
        if self._only is None:
            self._connect()
        self._tail = Tail(mark, self._only)
        starts = self._tail.starts(self._partitions)
        ends = self._ends(starts)
        unread = {partition: at for partition, at in starts.items() if at != ends[partition]}
        if unread:
            self._tail.take_in(self._read_back(unread))

    def _ends(self, partitions: Iterable[int]) -> dict[int, int]:
        asked = list(partitions)
        if not asked:
            return {}
        bounds = self._cluster.bounds(self._config.topic, asked, committed=False)
        return {partition: bound.high for partition, bound in bounds.items()}

    def _connect(self) -> None:
        self._cluster = librdkafka.LibrdkafkaCluster(self._connection)
        self._partitions = self._cluster.topic(self._config.topic).partitions
        self._producer = self._client(
            Producer, {**_TUNING, "compression.type": self._config.compression}
        )

    def _client(self, class_: Callable[[Any], Any], tuning: dict[str, Any]) -> Any:  # noqa: ANN401 - either class
        callback = librdkafka.Callback(self._connection)
        properties = {**tuning, **librdkafka.properties(self._connection, callback)}
        return librdkafka.construct(class_, properties, self._table)

    def _read_back(self, starts: dict[int, int]) -> Iterator[tuple[Any, bytes | None]]:
        """Headers and values from ``starts`` to the end of each partition."""
        reader: Consumer = self._client(Consumer, _READING)
        reader.assign([TopicPartition(self._config.topic, p, at) for p, at in starts.items()])
        unread = set(starts)
        while unread:
            first = reader.poll(self._config.startup_seconds)
            if first is None:
                raise failures.cannot_read_back(self._config, self._table, "no answer")
            # what is there: asked to wait, it would wait for as many, past the end of the topic
            for message in [first, *reader.consume(_MESSAGES, 0)]:
                error = message.error()
                if error is None:
                    yield message.headers(), message.value()
                elif error.code() == KafkaError._PARTITION_EOF:
                    unread.discard(cast("int", message.partition()))
                elif not error.retriable():
                    raise failures.cannot_read_back(self._config, self._table, error.str())
        reader.close()

    def write(self, documents: Sequence[Document]) -> None:
        """Hand documents to the producer, those left out that the topic holds already."""
        partitions, signature = self._partitions, self._tail.header
        send = partial(self._producer.produce, self._config.topic, on_delivery=self._delivered)
        longest = self._config.longest_bytes
        for document in (one.within(longest) for one in self._tail.left_out(documents)):
            self._send(
                partial(
                    send,
                    document.value,
                    document.key,
                    document.partition % partitions,
                    headers=[signature, *document.headers.items()],
                )
            )
        self._producer.poll(0)
        self._raise_failure()

    def _send(self, send: Callable[[], None]) -> None:
        while True:
            try:
                return send()
            except BufferError:  # the queue is full: wait for room
                self._producer.poll(_ROOM_SECONDS)
            except KafkaException as error:
                self._failure = error.args[0]
            self._raise_failure()

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and self._failure is None:
            self._failure = error

    def _raise_failure(self) -> None:
        if self._failure is None:
            return
        too_large = self._failure.code() == KafkaError.MSG_SIZE_TOO_LARGE
        say = failures.too_large if too_large else failures.not_taken
        raise say(self._config, self._table, self._failure.str())

    def flush(self) -> Mark:
        """Wait for every acknowledgement; the mark is the end of each partition."""
        left = self._producer.flush(self._config.flush_seconds)
        self._raise_failure()
        if left:
            raise failures.not_in_time(self._config, self._table, f"{left} documents")
        return self._tail.mark(self._ends(self._tail.written(self._partitions)))

    def close(self) -> None:
        """Let go: the producer goes with its last reference."""
        if self._only is None:
            self._cluster.close()
