"""Transactions, whose markers take offsets but are no records."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import IsolationLevel, Producer, TopicPartition, admin

_PATIENCE = 30.0


def commit(bootstrap: str, topic: str, values: list[bytes]) -> None:
    """Write values and the marker of a commit after them."""
    with open_transaction(bootstrap, topic, values):
        pass


def abort(bootstrap: str, topic: str, values: list[bytes]) -> None:
    """Write values, and the marker that takes them back."""
    _begin(bootstrap, topic, values).abort_transaction()
    _wait_for_marker(bootstrap, topic)


@contextmanager
def open_transaction(bootstrap: str, topic: str, values: list[bytes]) -> Iterator[None]:
    """Write values that are committed at the end."""
    producer = _begin(bootstrap, topic, values)
    yield
    producer.commit_transaction()
    _wait_for_marker(bootstrap, topic)


def _begin(bootstrap: str, topic: str, values: list[bytes]) -> Producer:
    settings = {"bootstrap.servers": bootstrap, "transactional.id": topic, "log_level": 0}
    producer = Producer(settings)
    producer.init_transactions()
    producer.begin_transaction()
    for value in values:
        producer.produce(topic, value, partition=0)
    producer.flush()
    return producer


def _wait_for_marker(bootstrap: str, topic: str) -> None:
    """Return when the marker is written, which is a moment after the producer was told so."""
    client = admin.AdminClient({"bootstrap.servers": bootstrap})
    latest = admin.OffsetSpec.latest()  # type: ignore[attr-defined,no-untyped-call]
    where = TopicPartition(topic, 0)
    deadline = time.monotonic() + _PATIENCE

    def end(level: IsolationLevel) -> int:
        answers = client.list_offsets({where: latest}, isolation_level=level)
        return int(answers[where].result().offset)

    while end(IsolationLevel.READ_COMMITTED) < end(IsolationLevel.READ_UNCOMMITTED):
        assert time.monotonic() < deadline
