"""The Kafka sink on kafka-python: pure Python."""

import contextlib
import copy
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, MessageSizeTooLargeError

from streamlr.emission import Document
from streamlr.errors import UnavailableError
from streamlr.kafka_client import kafka_python
from streamlr.sinks import Mark
from streamlr.sinks.kafka import Config, failures
from streamlr.sinks.kafka.tail import Tail

_TUNING = {
    "enable_idempotence": True,
    "linger_ms": 1,
    "batch_size": 1 << 18,
    "max_request_size": 10_000_000,  # the topic's own limit decides
    "delivery_timeout_ms": 300_000,
}
_READING = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",  # where retention took the mark itself
    "isolation_level": "read_uncommitted",  # another's open transaction must not hide ours
}
_LOOK_MILLISECONDS = 100
_ON_THE_WAY = 20_000
"""Documents sent and not acknowledged; the client itself has no bound."""


class KafkaPythonSink:
    """Sends documents to a topic."""

    writes = True

    def __init__(self, config: Config, table: str) -> None:
        self._config = config
        self._table = table
        self._connection = config.connection(table)
        self._sent: deque[Any] = deque()
        self._only: int | None = None
        kafka_python.check_options(KafkaProducer, self._connection)

    def beside(self, partition: int) -> "KafkaPythonSink":
        """One that shares the producer."""
        other = copy.copy(self)
        other._only = partition
        other._sent = deque()
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
        self._cluster = kafka_python.KafkaPythonCluster(self._connection)
        self._partitions = self._cluster.topic(self._config.topic).partitions
        codec = None if self._config.compression == "none" else self._config.compression
        self._producer = self._client(KafkaProducer, {**_TUNING, "compression_type": codec})

    def _client(self, class_: Any, tuning: dict[str, Any]) -> Any:  # noqa: ANN401 - either class
        settings = {**tuning, **kafka_python.settings(self._connection)}
        client, _ = kafka_python.construct(class_, settings, self._connection)
        return client

    def _read_back(self, starts: dict[int, int]) -> Iterator[tuple[Any, bytes | None]]:
        """Headers and values from ``starts`` to the end of each partition."""
        reader = self._client(KafkaConsumer, _READING)
        places = {TopicPartition(self._config.topic, p): at for p, at in starts.items()}
        try:
            reader.assign(list(places))
            for place, offset in places.items():
                reader.seek(place, offset)
            yield from self._read_to(reader, reader.end_offsets(list(places)))
        except KafkaError as error:
            raise failures.cannot_read_back(self._config, self._table, str(error)) from error
        finally:
            reader.close(timeout_ms=0)

    def _read_to(
        self, reader: KafkaConsumer, ends: dict[TopicPartition, int]
    ) -> Iterator[tuple[Any, bytes | None]]:
        seconds = self._config.startup_seconds
        deadline = time.monotonic() + seconds
        while any(reader.position(place) < end for place, end in ends.items()):
            found = reader.poll(_LOOK_MILLISECONDS)
            for records in found.values():
                yield from ((record.headers, record.value) for record in records)
            if found:
                deadline = time.monotonic() + seconds
            elif time.monotonic() > deadline:
                raise failures.cannot_read_back(self._config, self._table, "no answer")

    def write(self, documents: Sequence[Document]) -> None:
        """Hand documents to the producer, those left out that the topic holds already."""
        for document in self._tail.left_out(documents):
            if len(self._sent) >= _ON_THE_WAY:
                self._wait_for_room()
            self._sent.append(self._send(document.within(self._config.longest_bytes)))
        self._forget_delivered()

    def _send(self, document: Document) -> Any:  # noqa: ANN401 - its own future
        headers = [(name, text.encode()) for name, text in document.headers.items()]
        try:
            return self._producer.send(
                self._config.topic,
                document.value,
                document.key,
                [self._tail.header, *headers],
                document.partition % self._partitions,
            )
        except (KafkaError, ValueError) as error:
            raise self._in_words(error) from error

    def _wait_for_room(self) -> None:
        try:
            self._sent[0].get(self._config.flush_seconds)
        except KafkaError as error:
            raise self._in_words(error) from error
        self._forget_delivered()

    def _forget_delivered(self) -> None:
        while self._sent and self._sent[0].is_done:
            if self._sent[0].failed():
                raise self._in_words(self._sent[0].exception)
            self._sent.popleft()

    def _in_words(self, error: Exception) -> UnavailableError:
        say = failures.not_taken
        if isinstance(error, MessageSizeTooLargeError):
            say = failures.too_large
        return say(self._config, self._table, str(error))

    def flush(self) -> Mark:
        """Wait for every acknowledgement; the mark is the end of each partition.

        Its own ``flush`` takes the time for each batch, and fails when it had to split one.
        """
        deadline = time.monotonic() + self._config.flush_seconds
        self._forget_delivered()
        while self._sent:
            with contextlib.suppress(KafkaError):  # told of below
                self._sent[0].get(max(0.0, deadline - time.monotonic()))
            self._forget_delivered()
            if self._sent and time.monotonic() >= deadline:
                left = f"{len(self._sent)} documents"
                raise failures.not_in_time(self._config, self._table, left)
        return self._tail.mark(self._ends(self._tail.written(self._partitions)))

    def close(self) -> None:
        """Let go at once: what matters was flushed."""
        if self._only is not None:
            return
        try:
            self._producer.close(timeout=0)
        except KafkaError:  # something is on its way, and it gives up half closed
            self._producer._sender.force_close()
            self._producer._closed = True  # or it tries again when it is collected
        self._cluster.close()
