"""What the broker knows of a consumer group, and members that are not ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, TopicPartition


def committed(bootstrap: str, group: str, topic: str, partitions: int = 1) -> dict[int, int]:
    """Offsets committed to a group; negative where there is none."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    try:
        asked = [TopicPartition(topic, partition) for partition in range(partitions)]
        return {where.partition: where.offset for where in consumer.committed(asked, timeout=10)}
    finally:
        consumer.close()


@contextmanager
def member(bootstrap: str, group: str, topic: str, protocol: str = "classic") -> Iterator[Consumer]:
    """Somebody else in a group: joined as soon as it is polled."""
    settings = {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "group.protocol": protocol,
        "auto.offset.reset": "earliest",
    }
    consumer = Consumer(settings)
    consumer.subscribe([topic])
    try:
        yield consumer
    finally:
        consumer.close()
