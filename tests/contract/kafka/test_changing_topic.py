"""A topic that changes under a running source: more partitions, deleted, made anew."""

import pytest

from streamlr.errors import DataError, UnavailableError
from tests.contract.kafka.conftest import OpenSource
from tests.contract.kafka.polling import numbered, poll_count, poll_to_end, poll_until, values
from tests.servers.kafka import KafkaBroker

_SOON = 0.5


@pytest.mark.parametrize("start", ["earliest", "latest"])
def test_partitions_added_are_read_from_their_beginning(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, start: str
) -> None:
    kafka.produce(topic, values(0, 10))
    source = open_source(topic, {0: 0}, start=start, refresh_seconds=_SOON)
    poll_count(source, 10)
    kafka.add_partitions(topic, 3)
    for partition in range(3):
        first = 10 if partition == 0 else 0
        kafka.produce(topic, values(first, first + 10), partition=partition)
    expected = numbered(10, 20) + numbered(0, 10, 1) + numbered(0, 10, 2)
    assert sorted(poll_count(source, 30)) == expected
    assert source.lag().records == {0: 0, 1: 0, 2: 0}


def test_partitions_added_between_two_runs(
    kafka: KafkaBroker, topic: str, open_source: OpenSource
) -> None:
    kafka.add_partitions(topic, 2)
    kafka.produce(topic, values(0, 10), partition=1)
    source = open_source(topic, {0: 0}, start="latest", stop_at="end")
    assert poll_to_end(source) == numbered(0, 10, 1)


def test_partitions_named_stay_the_only_ones(
    kafka: KafkaBroker, topic: str, open_source: OpenSource
) -> None:
    source = open_source(topic, partitions=[0], refresh_seconds=0.1)
    kafka.add_partitions(topic, 2)
    kafka.produce(topic, values(0, 10), partition=1)
    kafka.produce(topic, values(0, 300))
    found = poll_count(source, 300)
    kafka.produce(topic, values(300, 310))
    assert found + poll_count(source, 10) == numbered(0, 310)


@pytest.mark.parametrize("count", [10, 500])
def test_made_anew_while_reading(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, count: int
) -> None:
    """Also when the new one is already longer, and the client reads on without a word."""
    kafka.produce(topic, values(0, 100))
    source = open_source(topic, refresh_seconds=_SOON)
    poll_count(source, 100)
    kafka.delete_topic(topic)
    kafka.create_topic(topic)
    kafka.produce(topic, values(0, count))
    with pytest.raises(DataError, match=rf"\[source\] .*{topic}.* made a(gai)?ne?w?.*checkpoints"):
        poll_until(source, lambda _found: False)


def test_deleted_while_reading(kafka: KafkaBroker, topic: str, open_source: OpenSource) -> None:
    kafka.produce(topic, values(0, 100))
    source = open_source(topic, refresh_seconds=_SOON, startup_seconds=2)
    poll_count(source, 100)
    kafka.delete_topic(topic)
    with pytest.raises(UnavailableError, match=rf"\[source\] topic: '{topic}' was deleted"):
        poll_until(source, lambda _found: False)


def test_a_broker_killed_and_back(own_kafka: KafkaBroker, open_source: OpenSource) -> None:
    """No record twice, none left out, and the topic's absence meanwhile is no deletion."""
    own_kafka.create_topic("records")
    own_kafka.produce("records", values(0, 1000))
    source = open_source(
        "records", bootstrap=own_kafka.bootstrap, refresh_seconds=_SOON, startup_seconds=5
    )
    found = poll_count(source, 1000)
    own_kafka.kill()
    assert source.poll(500, 0.1) is None
    own_kafka.restart()
    own_kafka.produce("records", values(1000, 2000))
    found += poll_count(source, 1000)
    assert found == numbered(0, 2000)


def test_a_broker_away_for_longer_than_a_start_may_take(
    own_kafka: KafkaBroker, open_source: OpenSource
) -> None:
    own_kafka.create_topic("records")
    own_kafka.produce("records", values(0, 10))
    source = open_source(
        "records", bootstrap=own_kafka.bootstrap, refresh_seconds=0.1, startup_seconds=1
    )
    poll_count(source, 10)
    own_kafka.kill()
    for _ in range(30):
        assert source.poll(500, 0.1) is None
    own_kafka.restart()
    own_kafka.produce("records", values(10, 20))
    assert poll_count(source, 10) == numbered(10, 20)


def test_the_group_survives_a_broker_killed_and_back(
    own_kafka: KafkaBroker, open_source: OpenSource
) -> None:
    own_kafka.create_topic("records", 2)
    own_kafka.produce("records", values(0, 100))
    source = open_source("records", bootstrap=own_kafka.bootstrap, group="readers")
    found = poll_count(source, 100)
    own_kafka.kill()
    source.poll(500, 0.1)
    own_kafka.restart()
    own_kafka.produce("records", values(100, 200))
    found += poll_count(source, 100)
    assert found == numbered(0, 200)
