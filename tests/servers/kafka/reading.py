"""Read an exact range of a partition."""

import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

_POLL = 0.1
_BATCH = 500


def read(
    bootstrap: str,
    where: TopicPartition,
    stop: int | None,
    *,
    isolation: str,
    timeout: float,
) -> list[Message]:
    """Read from `where` up to, not including, offset `stop`. See `KafkaBroker.read`."""
    deadline = time.monotonic() + timeout
    consumer = Consumer(_settings(bootstrap, isolation))
    try:
        if stop is None:
            _, stop = consumer.get_watermark_offsets(where, timeout=timeout)
        consumer.assign([where])
        return _read_to(consumer, where, stop, deadline)
    finally:
        consumer.close()


def _settings(bootstrap: str, isolation: str) -> dict[str, str | bool]:
    return {
        "bootstrap.servers": bootstrap,
        # The client wants a group; without commits and subscriptions the broker sees none.
        "group.id": "tests",
        "enable.auto.commit": False,
        "isolation.level": isolation,
        # An offset that is not there is an error, not a reason to read something else.
        "auto.offset.reset": "error",
        # The markers of transactions take offsets but are no messages: at the partition's end
        # only this event moves the position past them.
        "enable.partition.eof": True,
    }


def _read_to(
    consumer: Consumer, where: TopicPartition, stop: int, deadline: float
) -> list[Message]:
    messages: list[Message] = []
    position = where.offset
    while position < stop:
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{where.topic}[{where.partition}]: {len(messages)} messages read from offset "
                f"{where.offset}, position {position}, before the deadline; wanted up to {stop}"
            )
        messages += (message for message in _poll(consumer) if _offset(message) < stop)
        (here,) = consumer.position([where])
        # Negative until something was read.
        position = max(position, here.offset)
    return messages


def _poll(consumer: Consumer) -> list[Message]:
    first = consumer.poll(_POLL)
    batch = [] if first is None else [first, *consumer.consume(_BATCH, 0)]
    return [message for message in batch if not _is_end_event(message)]


def _is_end_event(message: Message) -> bool:
    error = message.error()
    if error is None:
        return False
    if error.code() == KafkaError._PARTITION_EOF:
        return True
    raise KafkaException(error)


def _offset(message: Message) -> int:
    offset = message.offset()
    assert offset is not None
    return offset
