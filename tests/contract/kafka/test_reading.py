"""Which records come, in which order, from where to where."""

import time

import pytest

from streamlr.errors import DataError, UnavailableError
from tests.contract.kafka import transactions
from tests.contract.kafka.conftest import OpenSource
from tests.contract.kafka.polling import (
    numbered,
    poll_count,
    poll_to_end,
    poll_until,
    records_of,
    values,
)
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker


@pytest.mark.parametrize("records", [1, 7, 500, 100_000])
def test_every_record_once_and_in_order(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, records: int
) -> None:
    kafka.produce(topic, values(0, 1000), codec="lz4")
    source = open_source(topic, stop_at="end")
    assert poll_to_end(source, records) == numbered(0, 1000)
    assert source.poll(records, 0.0) is None


def test_partitions_are_each_in_order(
    kafka: KafkaBroker, create_topic: CreateTopic, open_source: OpenSource
) -> None:
    topic = create_topic(3)
    for partition in range(3):
        kafka.produce(topic, values(0, 400 + partition), partition=partition)
    found = poll_to_end(open_source(topic, stop_at="end"))
    for partition in range(3):
        mine = [record for record in found if record[0] == partition]
        assert mine == numbered(0, 400 + partition, partition)
    assert len(found) == 1203


def test_only_the_partitions_asked_for(
    kafka: KafkaBroker, create_topic: CreateTopic, open_source: OpenSource
) -> None:
    topic = create_topic(3)
    for partition in range(3):
        kafka.produce(topic, values(0, 10), partition=partition)
    found = poll_to_end(open_source(topic, stop_at="end", partitions=[2]))
    assert found == numbered(0, 10, 2)


def test_resumes_at_positions(
    kafka: KafkaBroker, create_topic: CreateTopic, open_source: OpenSource
) -> None:
    topic = create_topic(2)
    for partition in range(2):
        kafka.produce(topic, values(0, 100), partition=partition)
    source = open_source(topic, {0: 37, 1: 100}, stop_at="end", start="latest")
    assert poll_to_end(source) == numbered(37, 100)


def test_a_batch_says_where_to_read_on(
    kafka: KafkaBroker, topic: str, open_source: OpenSource
) -> None:
    kafka.produce(topic, values(0, 300))
    first = open_source(topic)
    batch = first.poll(10, 10.0)
    assert batch is not None
    rest = poll_to_end(open_source(topic, batch.positions, stop_at="end"))
    assert records_of(batch) + rest == numbered(0, 300)


@pytest.mark.parametrize(("start", "expected"), [("earliest", 0), ("latest", 20)])
def test_start(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, start: str, expected: int
) -> None:
    kafka.produce(topic, values(0, 20))
    source = open_source(topic, start=start)
    kafka.produce(topic, values(20, 30))
    assert poll_count(source, 30 - expected) == numbered(expected, 30)


def test_start_at_a_time(kafka: KafkaBroker, topic: str, open_source: OpenSource) -> None:
    kafka.produce(topic, values(0, 20))
    moment = int(time.time() * 1000) + 1
    kafka.wait_until(lambda: time.time() * 1000 > moment, 5.0, "see the clock tick")
    kafka.produce(topic, values(20, 30))
    source = open_source(topic, start="timestamp", start_timestamp=moment, stop_at="end")
    assert poll_to_end(source) == numbered(20, 30)


@pytest.mark.parametrize("moment", ["2100-01-01T00:00:00Z", 4_102_444_800_000])
def test_start_at_a_time_to_come(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, moment: str | int
) -> None:
    kafka.produce(topic, values(0, 20))
    source = open_source(topic, start="timestamp", start_timestamp=moment)
    kafka.produce(topic, values(20, 30))
    assert poll_count(source, 10) == numbered(20, 30)


def test_start_at_the_time_of_a_marker(
    kafka: KafkaBroker, topic: str, open_source: OpenSource
) -> None:
    with transactions.open_transaction(kafka.bootstrap, topic, values(0, 3)):
        moment = int(time.time() * 1000) + 1
        kafka.wait_until(lambda: time.time() * 1000 > moment, 5.0, "see the clock tick")
    kafka.produce(topic, [b"4"])  # offset 3 is the marker's
    source = open_source(topic, start="timestamp", start_timestamp=moment, stop_at="end")
    assert poll_to_end(source) == [(0, 4, b"4")]


def test_start_from_a_checkpoint_only(topic: str, open_source: OpenSource) -> None:
    with pytest.raises(UnavailableError, match=r"\[source\] start = 'checkpoint'"):
        open_source(topic, start="checkpoint")


def test_stops_at_the_end_of_an_empty_topic(topic: str, open_source: OpenSource) -> None:
    assert open_source(topic, stop_at="end").finished


def test_what_comes_after_the_start_is_not_read(
    kafka: KafkaBroker, create_topic: CreateTopic, open_source: OpenSource
) -> None:
    topic = create_topic(2)
    kafka.produce(topic, values(0, 50))
    source = open_source(topic, stop_at="end")
    for partition in range(2):
        kafka.produce(topic, values(0, 50), partition=partition)
    assert poll_to_end(source) == numbered(0, 50)


@pytest.mark.parametrize("isolation", ["read_committed", "read_uncommitted"])
def test_markers_at_the_end(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, isolation: str
) -> None:
    transactions.commit(kafka.bootstrap, topic, [b"0"])  # the marker is offset 1
    transactions.abort(kafka.bootstrap, topic, [b"2"])  # and 3
    source = open_source(topic, stop_at="end", isolation=isolation)
    committed = [(0, 0, b"0")]
    expected = committed if isolation == "read_committed" else [*committed, (0, 2, b"2")]
    assert poll_to_end(source) == expected
    assert source.lag().records == {0: 0}
    assert open_source(topic, {0: 1}, stop_at="end", isolation=isolation) is not None


def test_nothing_but_markers(kafka: KafkaBroker, topic: str, open_source: OpenSource) -> None:
    transactions.abort(kafka.bootstrap, topic, [b"0", b"1"])
    assert poll_to_end(open_source(topic, stop_at="end")) == []


def test_an_open_transaction_is_waited_for(
    kafka: KafkaBroker, topic: str, open_source: OpenSource
) -> None:
    kafka.produce(topic, [b"0"])
    source = open_source(topic)
    with transactions.open_transaction(kafka.bootstrap, topic, [b"1"]):
        assert poll_to_end(open_source(topic, stop_at="end")) == numbered(0, 1)
        assert poll_count(source, 1) == numbered(0, 1)
        assert source.poll(500, 0.2) is None
    assert poll_count(source, 1) == numbered(1, 2)


def test_tombstones_keys_and_times(kafka: KafkaBroker, topic: str, open_source: OpenSource) -> None:
    before = int(time.time() * 1000)
    kafka.produce(topic, [b"a", None, b""], keys=[b"k", b"gone", None])
    source = open_source(topic)
    batch = source.poll(10, 10.0)
    assert batch is not None
    assert batch.payload == [b"a", None, b""]
    assert batch.keys is not None
    assert batch.keys() == [b"k", b"gone", None]
    assert before <= batch.timestamp <= time.time() * 1000


def test_large_records(kafka: KafkaBroker, topic: str, open_source: OpenSource) -> None:
    large = [bytes([number]) * 900_000 for number in range(5)]
    kafka.produce(topic, large)
    found = poll_to_end(open_source(topic, stop_at="end"))
    assert [value for _, _, value in found] == large


@pytest.mark.parametrize("offset", [-1, 101])
def test_a_checkpoint_outside_of_the_topic(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, offset: int
) -> None:
    kafka.produce(topic, values(0, 100))
    with pytest.raises(DataError, match=f"the checkpoint stands at offset {offset} .* 0 to 100"):
        open_source(topic, {0: offset})


def test_a_checkpoint_of_a_topic_with_more_partitions(topic: str, open_source: OpenSource) -> None:
    with pytest.raises(DataError, match=r"has no partition 1.*made anew with fewer"):
        open_source(topic, {0: 0, 1: 5})


def test_records_deleted_while_reading(
    kafka: KafkaBroker, topic: str, open_source: OpenSource, client: str
) -> None:
    kafka.produce(topic, [bytes(900_000)] * 60)  # more than a client fetches ahead
    ahead = {"queued.max.messages.kbytes": 1024} if client == "librdkafka" else {}
    source = open_source(topic, options=ahead)
    poll_count(source, 1)
    kafka.delete_records(topic, before=50)
    with pytest.raises(DataError, match=r"\[source\] the next offset of partition 0"):
        poll_until(source, lambda _found: False)
