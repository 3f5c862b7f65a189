"""A broker to measure with, and a topic that holds a simulated stream."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from benchmarks.harness.errors import BenchmarkError
from simulators import Stream, encoding
from tests.servers.kafka import KafkaBroker

PARTITIONS = 1
"""Of the topics made here."""

_SECONDS = 30.0
_ROWS = 5_000


@contextmanager
def broker(bootstrap: str | None, folder: Path) -> Iterator[str]:
    """Give a broker's address: the one named, or that of a broker of our own below ``folder``."""
    if bootstrap is not None:
        yield bootstrap
        return
    if shutil.which("java") is None:
        raise BenchmarkError("a broker needs Java 17 or newer; or name one: --bootstrap HOST:PORT")
    with KafkaBroker(folder / "broker") as own:
        yield own.bootstrap


@contextmanager
def topic(bootstrap: str, name: str) -> Iterator[None]:
    """Make a topic of ``PARTITIONS``, and delete it at the end.

    Raises
    ------
    BenchmarkError
        The broker does not answer or will not.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    new = NewTopic(name, num_partitions=PARTITIONS, replication_factor=1)
    try:
        admin.create_topics([new], operation_timeout=_SECONDS)[name].result(_SECONDS)
    except KafkaException as error:
        raise BenchmarkError(f"topic {name!r} on {bootstrap}: {error.args[0].str()}") from error
    try:
        yield
    finally:
        admin.delete_topics([name], operation_timeout=_SECONDS)[name].result(_SECONDS)


def encode(stream: Stream, start: int, stop: int, decimals: int) -> list[bytes]:
    """Return rows as flat JSON objects, the features rounded."""
    features, labels = stream.rows(start, stop)
    return encoding.ndjson(stream).encode(features.round(decimals), labels)


def write(
    bootstrap: str, name: str, stream: Stream, records: int, *, decimals: int, codec: str
) -> float:
    """Write the first rows of a stream to partition 0, in order.

    Returns
    -------
    float
        Mean size of a record's JSON, in bytes.

    Raises
    ------
    BenchmarkError
        The topic does not hold as many records afterwards.
    """
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.codec": codec,
            "enable.idempotence": True,
            "log_level": 0,
            "queue.buffering.max.messages": 2 * _ROWS,  # keeps our own memory small
        }
    )
    size = 0
    for start in range(0, records, _ROWS):
        messages = encode(stream, start, min(start + _ROWS, records), decimals)
        size += sum(map(len, messages))
        _send(producer, name, messages)
    held = _held(bootstrap, name)
    if held != records:
        raise BenchmarkError(f"topic {name!r} holds {held} records, {records} were written")
    return size / records


def _send(producer: Producer, name: str, messages: Sequence[bytes]) -> None:
    for message in messages:
        producer.produce(name, message, partition=0)
    producer.flush(_SECONDS)


def _held(bootstrap: str, name: str) -> int:

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "benchmarks"})
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(name, 0), timeout=_SECONDS)
    finally:
        consumer.close()
    return int(high) - int(low)
