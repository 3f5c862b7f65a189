"""Write messages to a partition."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import repeat

from confluent_kafka import KafkaError, KafkaException, Message, Producer

_FLUSH_TIMEOUT = 30.0

# How long to wait for the broker to take something when the client's queue is full.
_QUEUE_FULL_PAUSE = 0.1


class Writer:
    """Writes messages, and keeps its clients for the next time.

    An idempotent client of librdkafka lets half a second pass before its first message: it
    asks for its producer id before it is connected, and again 500 ms later.
    """

    def __init__(self) -> None:
        self._idle: dict[str, Producer] = {}

    def write(
        self,
        bootstrap: str,
        topic: str,
        values: Iterable[bytes | None],
        *,
        partition: int,
        keys: Iterable[bytes | None] | None,
        codec: str,
    ) -> None:
        """Write messages; return when the broker has them all. See `KafkaBroker.produce`."""
        # Only a client that did all of its work comes back to `_idle`.
        producer = self._idle.pop(codec, None)
        # Not `producer or`: a client is as true as its queue is long.
        if producer is None:
            producer = Producer(_settings(bootstrap, codec))
        _write(producer, topic, _pairs(values, keys), partition)
        self._idle[codec] = producer

    def close(self) -> None:
        """Drop the clients, which would go on looking for a broker that has ended."""
        self._idle.clear()


def _settings(bootstrap: str, codec: str) -> dict[str, str | bool]:
    return {
        "bootstrap.servers": bootstrap,
        "enable.idempotence": True,
        "compression.codec": codec,
    }


def _pairs(
    values: Iterable[bytes | None], keys: Iterable[bytes | None] | None
) -> Iterable[tuple[bytes | None, bytes | None]]:
    if keys is None:
        return zip(values, repeat(None), strict=False)
    return zip(values, keys, strict=True)


def _write(
    producer: Producer,
    topic: str,
    pairs: Iterable[tuple[bytes | None, bytes | None]],
    partition: int,
) -> None:
    failures: list[KafkaError] = []

    def on_delivery(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(error)

    send = partial(producer.produce, topic, partition=partition, on_delivery=on_delivery)
    for value, key in pairs:
        _enqueue(producer, partial(send, value=value, key=key))
    unsent = producer.flush(_FLUSH_TIMEOUT)
    if failures:
        raise KafkaException(failures[0])
    if unsent:
        raise TimeoutError(f"{unsent} messages for {topic!r} not sent in {_FLUSH_TIMEOUT:g} s")


def _enqueue(producer: Producer, send: Callable[[], None]) -> None:
    while True:
        try:
            return send()
        except BufferError:
            producer.poll(_QUEUE_FULL_PAUSE)
