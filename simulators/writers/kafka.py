"""Records as messages of a Kafka topic, each of them once and in order.

The producer is idempotent: what a broken connection makes it send again is not stored twice.
"""

import time

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from simulators.writers import WriteError

_REACH_SECONDS = 10.0
"""For the broker to answer, and for a topic that it creates on demand to be there."""

_DELIVERY_SECONDS = 30.0
"""For a message to be acknowledged: longer than a broker takes to restart (9 to 13 s)."""

_ANY_PARTITION = -1

_BEING_CREATED = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.LEADER_NOT_AVAILABLE)


class KafkaWriter:
    """Messages without a key to one topic.

    Parameters
    ----------
    servers : str
        ``HOST:PORT`` of a broker; several with commas between.
    topic : str
        Created if it is missing and the broker does so.
    partition : int or None
        The one to write to; None spreads messages over all of them.

    Raises
    ------
    WriteError
        If the broker does not answer in time, or the topic or partition is not there.
    """

    def __init__(self, servers: str, topic: str, partition: int | None = None) -> None:
        self._place = f"Kafka at {servers}, topic {topic!r}"
        self._topic = topic
        self._partition = _ANY_PARTITION if partition is None else partition
        self._reason: str | None = None
        self._failure: str | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": servers,
                "enable.idempotence": True,
                "message.timeout.ms": int(_DELIVERY_SECONDS * 1000),
                "error_cb": self._note_reason,
                "log_level": 0,  # the reasons that matter come through error_cb
            }
        )
        self._require_partition(self._partitions())

    def write(self, records: list[bytes]) -> None:
        """Queue messages; wait while the queue is full."""
        for record in records:
            self._send(record)
        self._producer.poll(0)
        self._raise_failure()

    def finish(self) -> None:
        """Wait until every message is acknowledged."""
        left = self._producer.flush(_DELIVERY_SECONDS + 1.0)
        self._raise_failure()
        if left:
            raise WriteError(f"{self._place}: {left} messages not acknowledged{self._because()}")

    def abandon(self) -> None:
        """Drop the messages that are not acknowledged."""
        self._producer.purge()
        self._producer.flush(0)

    def _send(self, message: bytes) -> None:
        while True:
            self._raise_failure()
            try:
                self._producer.produce(
                    self._topic, message, partition=self._partition, on_delivery=self._note_delivery
                )
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise WriteError(f"{self._place}: {_text(error)}") from error
            else:
                return

    def _partitions(self) -> set[int]:
        """Ask the broker for the topic's partitions until the deadline."""
        deadline = time.monotonic() + _REACH_SECONDS
        while True:
            try:
                left = max(deadline - time.monotonic(), 0.1)
                topic = self._producer.list_topics(self._topic, timeout=left).topics[self._topic]
            except KafkaException as error:
                raise WriteError(self._no_answer(error)) from error
            if topic.error is None:
                return set(topic.partitions)
            if topic.error.code() not in _BEING_CREATED or time.monotonic() > deadline:
                raise WriteError(f"{self._place}: {topic.error.str()}")
            self._producer.poll(0.1)

    def _require_partition(self, partitions: set[int]) -> None:
        if self._partition not in {_ANY_PARTITION, *partitions}:
            last = max(partitions)
            raise WriteError(f"{self._place}: partition {self._partition} must be from 0 to {last}")

    def _note_reason(self, error: KafkaError) -> None:
        self._reason = self._reason or error.str()

    def _note_delivery(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and self._failure is None:
            self._failure = error.str()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise WriteError(f"{self._place}: not delivered: {self._failure}{self._because()}")

    def _no_answer(self, error: KafkaException) -> str:
        self._producer.poll(0)  # for error_cb
        reason = self._because() or f": {_text(error)}"
        return f"{self._place}: no answer in {_REACH_SECONDS:g} s{reason}"

    def _because(self) -> str:
        return f": {self._reason}" if self._reason else ""


def _text(error: KafkaException) -> str:
    cause: KafkaError = error.args[0]
    return cause.str()
