"""A consumer group: who reads, and what those see who watch it."""

import pytest
from confluent_kafka import Consumer

from streamlr.errors import UnavailableError
from tests.contract.kafka import transactions
from tests.contract.kafka.conftest import OpenSource
from tests.contract.kafka.groups import committed, member
from tests.contract.kafka.polling import numbered, poll_count, poll_to_end, poll_until, values
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

_PAIRS = (
    ("librdkafka", "classic"),
    ("librdkafka", "consumer"),
    ("kafka-python", "classic"),  # it has no other, and the configuration says so
)


@pytest.fixture(params=_PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return a client and a group protocol that it has."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def client(pair: tuple[str, str]) -> str:
    return pair[0]


@pytest.fixture
def protocol(pair: tuple[str, str]) -> str:
    return pair[1]


def test_all_partitions_are_read_and_committed(
    kafka: KafkaBroker, create_topic: CreateTopic, open_source: OpenSource, protocol: str
) -> None:
    topic = create_topic(3)
    for partition in range(3):
        kafka.produce(topic, values(0, 100), partition=partition)
    source = open_source(topic, group=topic, group_protocol=protocol, stop_at="end")
    found = poll_to_end(source)
    assert sorted(found) == [r for partition in range(3) for r in numbered(0, 100, partition)]
    positions = dict.fromkeys(range(3), 100)
    source.commit(positions)
    kafka.wait_until(
        lambda: committed(kafka.bootstrap, topic, topic, 3) == positions, 10.0, "see the commit"
    )


def test_markers_behind_the_last_record_are_committed(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, protocol: str
) -> None:
    transactions.commit(kafka.bootstrap, topic, [b"0"])
    transactions.abort(kafka.bootstrap, topic, [b"2"])
    source = open_source(topic, group=topic, group_protocol=protocol, stop_at="end")
    poll_to_end(source)
    source.commit({0: 1})
    kafka.wait_until(
        lambda: committed(kafka.bootstrap, topic, topic) == {0: 4}, 10.0, "see the commit"
    )


def test_no_more_is_committed_than_is_safe(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, protocol: str
) -> None:
    kafka.produce(topic, values(0, 100))
    source = open_source(topic, group=topic, group_protocol=protocol)
    poll_count(source, 100)
    source.commit({0: 40})
    kafka.wait_until(
        lambda: committed(kafka.bootstrap, topic, topic) == {0: 40}, 10.0, "see the commit"
    )


def test_positions_count_not_what_was_committed(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, protocol: str
) -> None:
    kafka.produce(topic, values(0, 100))
    first = open_source(topic, group=topic, group_protocol=protocol)
    poll_count(first, 100)
    first.commit({0: 90})
    first.close()
    second = open_source(topic, {0: 30}, group=topic, group_protocol=protocol)
    assert poll_count(second, 70) == numbered(30, 100)


def test_a_second_one_is_refused_and_the_first_goes_on(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, protocol: str
) -> None:
    kafka.produce(topic, values(0, 10))
    first = open_source(topic, group=topic, group_protocol=protocol)
    poll_count(first, 10)
    message = r"\[source\] group = .*: it has the member streamlr-tests at .* already"
    with pytest.raises(UnavailableError, match=message):
        open_source(topic, group=topic, group_protocol=protocol, startup_seconds=1)
    kafka.produce(topic, values(10, 20))
    assert poll_count(first, 10) == numbered(10, 20)


def test_one_that_waits_comes_in_when_the_first_leaves(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, protocol: str
) -> None:
    kafka.produce(topic, values(0, 10))
    with member(kafka.bootstrap, topic, topic, protocol) as other:
        poll_one(other)
    source = open_source(topic, group=topic, group_protocol=protocol)
    assert poll_count(source, 10) == numbered(0, 10)


def test_losing_a_share_is_told(
    kafka: KafkaBroker, create_topic: CreateTopic, open_source: OpenSource, protocol: str
) -> None:
    topic = create_topic(2)
    kafka.produce(topic, values(0, 10), partition=0)
    kafka.produce(topic, values(0, 10), partition=1)
    source = open_source(topic, group=topic, group_protocol=protocol, startup_seconds=2)
    poll_count(source, 20)
    with member(kafka.bootstrap, topic, topic, protocol) as other:
        with pytest.raises(UnavailableError, match=r"gave this member only \[.\] of \[0, 1\]"):
            poll_until(source, lambda _found: polled(other))
        source.close()


def polled(other: Consumer) -> bool:
    """Let another member do its part; it never has enough."""
    other.poll(0)
    return False


def poll_one(other: Consumer) -> None:
    """Poll until a record came."""
    while other.poll(1.0) is None:
        pass


def test_partitions_added_while_running(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, protocol: str
) -> None:
    kafka.produce(topic, values(0, 10))
    source = open_source(topic, group=topic, group_protocol=protocol, refresh_seconds=0.5)
    poll_count(source, 10)
    kafka.add_partitions(topic, 3)
    kafka.produce(topic, values(0, 10), partition=2)
    assert poll_count(source, 10) == numbered(0, 10, 2)
    assert set(source.lag().records) <= {0, 1, 2}
