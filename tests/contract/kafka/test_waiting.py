"""How long a poll takes when nothing comes, and how far behind reading is."""

import time

import pytest

from tests.contract.kafka.conftest import OpenSource
from tests.contract.kafka.polling import numbered, poll_count, values
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

_SLACK = 0.5  # of a machine that has other things to do; a client's own waits are longer


@pytest.mark.parametrize("seconds", [0.0, 0.05, 1.0])
@pytest.mark.parametrize("group", ["", "readers-of-nothing"])
def test_an_empty_poll_takes_no_longer_than_asked(
    topic: str, open_source: OpenSource, seconds: float, group: str
) -> None:
    source = open_source(topic, group=group)
    for _ in range(5):
        began = time.monotonic()
        assert source.poll(500, seconds) is None
        assert time.monotonic() - began < seconds + _SLACK


def test_a_poll_returns_when_a_record_comes(
    kafka: KafkaBroker, topic: str, open_source: OpenSource
) -> None:
    source = open_source(topic)
    kafka.produce(topic, values(0, 1))
    began = time.monotonic()
    assert poll_count(source, 1) == numbered(0, 1)
    kafka.produce(topic, values(1, 2))
    batch = source.poll(500, 10.0)
    assert batch is not None
    assert time.monotonic() - began < 5.0


def test_an_empty_poll_while_the_broker_is_away(
    own_kafka: KafkaBroker, open_source: OpenSource
) -> None:
    own_kafka.create_topic("records")
    own_kafka.produce("records", values(0, 10))
    source = open_source("records", bootstrap=own_kafka.bootstrap, group="readers")
    poll_count(source, 10)
    own_kafka.kill()
    for _ in range(20):
        began = time.monotonic()
        source.poll(500, 0.1)
        assert time.monotonic() - began < 0.1 + _SLACK
        source.commit({0: 10})
    assert time.monotonic() - began < _SLACK


def test_lag_of_every_partition(
    kafka: KafkaBroker, create_topic: CreateTopic, open_source: OpenSource
) -> None:
    topic = create_topic(2)
    kafka.produce(topic, values(0, 30), partition=0)
    kafka.produce(topic, values(0, 20), partition=1)
    source = open_source(topic)
    first = source.poll(10, 10.0)
    assert first is not None
    behind = {0: 30, 1: 20}
    read = {p: first.partition.tolist().count(p) for p in behind}
    lag = source.lag().records
    assert {p: behind[p] - read[p] for p in lag} == lag
    poll_count(source, 40)
    assert source.lag().records == {0: 0, 1: 0}
