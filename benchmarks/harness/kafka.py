"""A broker to measure with, and a topic that holds a simulated stream."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from benchmarks.harness.errors import BenchmarkError
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka.producing import Writer

PARTITIONS = 1
"""Of the topics made here."""

_ANSWER_SECONDS = 10.0
_SECONDS = 30.0


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
        admin.list_topics(timeout=_ANSWER_SECONDS)
        admin.create_topics([new], operation_timeout=_SECONDS)[name].result(_SECONDS)
    except KafkaException as error:
        reason = error.args[0].str()
        raise BenchmarkError(f"no topic could be made on {bootstrap}: {reason}") from error
    try:
        yield
    finally:
        admin.delete_topics([name], operation_timeout=_SECONDS)[name].result(_SECONDS)


def write(bootstrap: str, name: str, messages: Iterable[bytes], codec: str) -> float:
    """Write messages to partition 0, in order.

    Returns
    -------
    float
        Their mean size, in bytes.

    Raises
    ------
    BenchmarkError
        The topic does not hold just these afterwards.
    """
    sizes: list[int] = []

    def measured() -> Iterator[bytes]:
        for message in messages:
            sizes.append(len(message))
            yield message

    Writer().write(bootstrap, name, measured(), partition=0, keys=None, codec=codec)
    held = _held(bootstrap, name)
    if held != len(sizes):
        raise BenchmarkError(f"topic {name!r} holds {held} records, {len(sizes)} were written")
    return fmean(sizes)


def _held(bootstrap: str, name: str) -> int:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "benchmarks"})
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(name, 0), timeout=_SECONDS)
    finally:
        consumer.close()
    return int(high) - int(low)
