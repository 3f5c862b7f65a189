"""What a sink writes: in order, each document once, and one message when it cannot."""

import json
from typing import Any, cast

import pytest
from confluent_kafka import Message

from streamlr.errors import UnavailableError
from tests.contract.kafka import transactions
from tests.contract.kafka.conftest import OpenSink
from tests.contract.kafka.documents import document, documents, letter
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker


def offsets(messages: list[Message]) -> list[int]:
    """Offsets of the records that the documents answer."""
    return [json.loads(message.value() or b"")["offset"] for message in messages]


def headers(message: Message) -> dict[str, bytes]:
    return dict(cast("Any", message.headers()))


def test_in_order(kafka: KafkaBroker, topic: str, open_sink: OpenSink) -> None:
    sink = open_sink(topic)
    for start in range(0, 5000, 250):
        sink.write(documents(start, start + 250))
    assert sink.flush()["0"] == 5000
    found = kafka.read(topic)
    assert [m.value() for m in found] == [d.value for d in documents(0, 5000)]
    assert [m.key() for m in found] == [d.key for d in documents(0, 5000)]


def test_a_partition_keeps_its_partition(
    kafka: KafkaBroker, create_topic: CreateTopic, open_sink: OpenSink
) -> None:
    topic = create_topic(2)
    sink = open_sink(topic)
    for partition in range(3):
        sink.write(documents(0, 10, partition))
    mark = sink.flush()
    assert {p: mark[p] for p in ("0", "1")} == {"0": 20, "1": 10}
    assert offsets(kafka.read(topic, 1)) == list(range(10))


def test_dead_letters_carry_their_headers(
    kafka: KafkaBroker, topic: str, open_sink: OpenSink
) -> None:
    sink = open_sink(topic, table="dead_letters")
    sink.write([letter(7)])
    sink.flush()
    (found,) = kafka.read(topic)
    assert found.value() == b"{not json"
    assert headers(found)["streamlr.offset"] == b"7"
    assert headers(found)["streamlr.reason"] == b"malformed"


def test_once_after_a_crash(kafka: KafkaBroker, topic: str, open_sink: OpenSink) -> None:
    first = open_sink(topic)
    first.write(documents(0, 100))
    mark = first.flush()
    first.write(documents(100, 180))
    first.flush()  # written, but no checkpoint holds this mark
    second = open_sink(topic, mark)
    for start in range(100, 300, 50):
        second.write(documents(start, start + 50))
    second.flush()
    assert offsets(kafka.read(topic)) == list(range(300))


def test_once_after_two_crashes(kafka: KafkaBroker, topic: str, open_sink: OpenSink) -> None:
    mark = open_sink(topic).flush()
    for stop in (30, 50, 80):
        sink = open_sink(topic, mark)
        sink.write(documents(0, stop))
        sink.flush()
    assert offsets(kafka.read(topic)) == list(range(80))


def test_what_failed_in_the_middle_is_sent_after_a_crash(
    kafka: KafkaBroker, topic: str, open_sink: OpenSink
) -> None:
    mark = open_sink(topic).flush()
    holed = [d for d in documents(0, 20) if d.offset not in {4, 11}]
    first = open_sink(topic, mark)
    first.write(holed)
    first.flush()
    for _ in range(2):  # the second time the missing ones stand behind the others
        sink = open_sink(topic, mark)
        sink.write(documents(0, 25))
        sink.flush()
    assert sorted(offsets(kafka.read(topic))) == list(range(25))


def test_partitions_added_before_a_crash(
    kafka: KafkaBroker, topic: str, open_sink: OpenSink
) -> None:
    mark = open_sink(topic).flush()
    kafka.add_partitions(topic, 2)
    for _ in range(2):
        sink = open_sink(topic, mark)
        sink.write(documents(0, 10, partition=1))
        sink.flush()
    assert offsets(kafka.read(topic, 1)) == list(range(10))


def test_writers_that_share_a_topic(kafka: KafkaBroker, topic: str, open_sink: OpenSink) -> None:
    """Other pipelines' documents, and our own dead letters, stand between ours."""
    mark = open_sink(topic).flush()
    letters_mark = open_sink(topic, table="dead_letters").flush()
    other = open_sink(topic)
    other.write(documents(0, 50))
    other.flush()
    first = open_sink(topic, mark)
    first.write(documents(0, 10))
    first.flush()
    letters = open_sink(topic, letters_mark, table="dead_letters")
    letters.write([letter(3)])
    letters.flush()
    second = open_sink(topic, mark)
    second.write(documents(0, 20))
    second.flush()
    assert len(kafka.read(topic)) == 50 + 20 + 1


def test_an_open_transaction_of_another_writer(
    kafka: KafkaBroker, topic: str, open_sink: OpenSink
) -> None:
    mark = open_sink(topic).flush()
    with transactions.open_transaction(kafka.bootstrap, topic, [b"theirs"]):
        for _ in range(2):
            sink = open_sink(topic, mark)
            sink.write(documents(0, 10))
            sink.flush()
    assert [m.value() for m in kafka.read(topic)][1:] == [d.value for d in documents(0, 10)]


def test_marks_without_a_writer(kafka: KafkaBroker, topic: str, open_sink: OpenSink) -> None:
    """Checkpoints and documents of the first version."""
    kafka.produce(topic, [d.value for d in documents(0, 10)])
    sink = open_sink(topic, {"0": 5})
    sink.write(documents(5, 12))
    sink.flush()
    assert offsets(kafka.read(topic)) == list(range(12))


def test_a_mark_that_retention_took(kafka: KafkaBroker, topic: str, open_sink: OpenSink) -> None:
    first = open_sink(topic)
    mark = first.flush()
    first.write(documents(0, 50))
    first.flush()
    kafka.delete_records(topic, before=20)
    second = open_sink(topic, mark)
    second.write(documents(20, 60))
    second.flush()
    assert offsets(kafka.read(topic, start=20)) == list(range(20, 60))


def test_a_document_too_large(
    create_topic: CreateTopic, open_sink: OpenSink, kafka: KafkaBroker
) -> None:
    topic = create_topic(config={"max.message.bytes": "2000"})
    sink = open_sink(topic, compression="none")
    message = r"\[sink\] topic: .* takes no document of that size: .*max\.message\.bytes"
    with pytest.raises(UnavailableError, match=message):
        _write_and_flush(sink, [document(0, size=5000)])
    assert kafka.read(topic) == []


def test_a_document_too_large_for_any_topic(topic: str, open_sink: OpenSink) -> None:
    sink = open_sink(topic, compression="none")
    with pytest.raises(UnavailableError, match="takes no document of that size"):
        _write_and_flush(sink, [document(0, size=20_000_000)])


def _write_and_flush(sink: Any, what: list[Any]) -> None:  # noqa: ANN401 - either client's
    sink.write(what)
    sink.flush()


def test_a_topic_that_is_gone(kafka: KafkaBroker, topic: str, open_sink: OpenSink) -> None:
    sink = open_sink(topic, flush_seconds=3)
    sink.write(documents(0, 10))
    sink.flush()
    kafka.delete_topic(topic)
    sink.write(documents(10, 20))
    with pytest.raises(UnavailableError, match=r"\[sink\] .*Nothing is lost"):
        sink.flush()


def test_no_acknowledgement_in_time(own_kafka: KafkaBroker, open_sink: OpenSink) -> None:
    own_kafka.create_topic("letters")
    sink = open_sink("letters", bootstrap=own_kafka.bootstrap, flush_seconds=5)
    sink.write(documents(0, 10))
    sink.flush()
    own_kafka.kill()
    sink.write(documents(10, 20))
    with pytest.raises(UnavailableError, match=r"\[sink\] flush_seconds = 5: .* 10 documents"):
        sink.flush()


def test_a_broker_killed_and_back(own_kafka: KafkaBroker, open_sink: OpenSink) -> None:
    own_kafka.create_topic("letters")
    sink = open_sink("letters", bootstrap=own_kafka.bootstrap)
    sink.write(documents(0, 500))
    own_kafka.kill()
    sink.write(documents(500, 1000))
    own_kafka.restart()
    sink.write(documents(1000, 1500))
    assert sink.flush()["0"] == 1500
    assert offsets(own_kafka.read("letters")) == list(range(1500))
