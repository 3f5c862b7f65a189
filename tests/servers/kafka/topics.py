"""Create, change and delete topics, and know that the broker has done so."""

from collections.abc import Callable, Mapping
from typing import Protocol

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

# A topic takes milliseconds; a broker that just restarted may first load its metadata.
_TIMEOUT = 30.0


class Wait(Protocol):
    """`ServerProcess.wait_until`."""

    def __call__(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait until the condition holds."""


def create_topic(
    bootstrap: str, wait_until: Wait, name: str, partitions: int, config: Mapping[str, str]
) -> None:
    """Create a topic and wait until every partition has a leader."""
    admin = _admin(bootstrap)
    topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=dict(config))
    admin.create_topics([topic], operation_timeout=_TIMEOUT)[name].result(_TIMEOUT)
    wait_until(
        lambda: _partitions_with_leader(admin, name) == partitions,
        _TIMEOUT,
        f"elect leaders for topic {name!r}",
    )


def add_partitions(bootstrap: str, wait_until: Wait, name: str, total: int) -> None:
    """Give a topic more partitions and wait until every one has a leader."""
    admin = _admin(bootstrap)
    new = NewPartitions(name, total)
    admin.create_partitions([new], operation_timeout=_TIMEOUT)[name].result(_TIMEOUT)
    wait_until(
        lambda: _partitions_with_leader(admin, name) == total,
        _TIMEOUT,
        f"elect leaders for topic {name!r}",
    )


def delete_records(bootstrap: str, before: TopicPartition) -> None:
    """Delete the records of a partition below an offset."""
    admin = _admin(bootstrap)
    admin.delete_records([before], operation_timeout=_TIMEOUT)[before].result(_TIMEOUT)


def delete_topic(bootstrap: str, wait_until: Wait, name: str) -> None:
    """Delete a topic and wait until the broker no longer lists it."""
    admin = _admin(bootstrap)
    admin.delete_topics([name], operation_timeout=_TIMEOUT)[name].result(_TIMEOUT)
    wait_until(lambda: not _is_listed(admin, name), _TIMEOUT, f"delete topic {name!r}")


def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap})


def _is_listed(admin: AdminClient, name: str) -> bool:
    return name in admin.list_topics(timeout=_TIMEOUT).topics


def _partitions_with_leader(admin: AdminClient, name: str) -> int:
    topic = admin.list_topics(name, timeout=_TIMEOUT).topics[name]
    return sum(partition.leader >= 0 for partition in topic.partitions.values())
