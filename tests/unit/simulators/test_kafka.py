"""The Kafka writer against a producer of our own: what it asks for, waits for and reports."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import KafkaError, KafkaException

from simulators.writers import WriteError
from simulators.writers import kafka as kafka_writer
from simulators.writers.kafka import KafkaWriter

Delivery = Callable[[KafkaError | None, object], None]


class FakeProducer:
    """A broker with one topic of three partitions, and a queue of ``room`` messages."""

    room = 1_000
    metadata_errors: tuple[int, ...] = ()
    delivery_error: int | None = None
    acknowledges = True

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.queue: list[Delivery] = []
        self.sent: list[tuple[str, bytes, int]] = []
        self.purged = False
        self.answers = list(self.metadata_errors)

    def list_topics(self, topic: str, timeout: float) -> SimpleNamespace:
        assert 0 < timeout <= 10
        error = KafkaError(self.answers.pop(0)) if self.answers else None
        if error is not None and error.code() == KafkaError._TRANSPORT:
            raise KafkaException(error)
        partitions = {} if error else dict.fromkeys(range(3))
        return SimpleNamespace(topics={topic: SimpleNamespace(error=error, partitions=partitions)})

    def produce(self, topic: str, value: bytes, *, partition: int, on_delivery: Delivery) -> None:
        if len(self.queue) >= self.room:
            raise BufferError
        if len(value) > 1_000:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
        self.queue.append(on_delivery)
        self.sent.append((topic, value, partition))

    def poll(self, timeout: float) -> None:
        assert timeout >= 0
        while self.queue and self.acknowledges:
            error = None if self.delivery_error is None else KafkaError(self.delivery_error)
            self.queue.pop(0)(error, object())

    def flush(self, timeout: float) -> int:
        self.poll(timeout)
        return len(self.queue)

    def purge(self) -> None:
        self.purged = True
        self.queue.clear()


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> type[FakeProducer]:
    class Fresh(FakeProducer):
        pass

    monkeypatch.setattr(kafka_writer, "Producer", Fresh)
    return Fresh


def fake(writer: KafkaWriter) -> FakeProducer:
    return cast("FakeProducer", writer._producer)


def test_messages_arrive_in_order_through_a_small_queue(producer: type[FakeProducer]) -> None:
    producer.room = 3
    writer = KafkaWriter("broker:9092", "rows")
    messages = [b"%d" % number for number in range(10)]
    writer.write(messages)
    writer.finish()
    assert fake(writer).sent == [("rows", message, -1) for message in messages]
    assert fake(writer).config["enable.idempotence"] is True
    assert fake(writer).config["bootstrap.servers"] == "broker:9092"


def test_the_partition_asked_for_is_used(producer: type[FakeProducer]) -> None:
    writer = KafkaWriter("broker:9092", "rows", 2)
    writer.write([b"a"])
    assert fake(writer).sent == [("rows", b"a", 2)]


def test_a_partition_that_is_not_there_is_refused(producer: type[FakeProducer]) -> None:
    with pytest.raises(WriteError, match="'rows': partition 3 must be from 0 to 2"):
        KafkaWriter("broker:9092", "rows", 3)


def test_a_topic_that_is_being_created_is_waited_for(producer: type[FakeProducer]) -> None:
    producer.metadata_errors = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.LEADER_NOT_AVAILABLE)
    KafkaWriter("broker:9092", "rows", 2)


def test_a_topic_that_does_not_come_is_said(
    producer: type[FakeProducer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_writer, "_REACH_SECONDS", 0.0)
    producer.metadata_errors = (KafkaError.UNKNOWN_TOPIC_OR_PART,) * 1_000
    with pytest.raises(WriteError, match="'rows': Broker: Unknown topic or partition"):
        KafkaWriter("broker:9092", "rows")


def test_a_topic_that_may_not_be_written_is_said_at_once(producer: type[FakeProducer]) -> None:
    producer.metadata_errors = (KafkaError.TOPIC_AUTHORIZATION_FAILED,)
    with pytest.raises(WriteError, match="Topic authorization failed"):
        KafkaWriter("broker:9092", "rows")


def test_a_broker_that_does_not_answer_is_said(producer: type[FakeProducer]) -> None:
    producer.metadata_errors = (KafkaError._TRANSPORT,)
    with pytest.raises(WriteError, match=r"Kafka at broker:9092, topic 'rows': no answer in 10 s"):
        KafkaWriter("broker:9092", "rows")


def test_the_first_reason_is_the_one_told(producer: type[FakeProducer]) -> None:
    producer.delivery_error = KafkaError._MSG_TIMED_OUT
    writer = KafkaWriter("broker:9092", "rows")
    for reason in ("connection refused", "all brokers down"):
        fake(writer).config["error_cb"](KafkaError(KafkaError._TRANSPORT, reason))
    with pytest.raises(WriteError, match=r"not delivered: .*timed out: connection refused$"):
        writer.write([b"a"])


def test_a_failed_delivery_stops_the_writing(producer: type[FakeProducer]) -> None:
    producer.delivery_error = KafkaError._MSG_TIMED_OUT
    writer = KafkaWriter("broker:9092", "rows")
    with pytest.raises(WriteError, match="not delivered"):
        writer.write([b"a"])
    with pytest.raises(WriteError, match="not delivered"):
        writer.write([b"b"])
    assert len(fake(writer).sent) == 1


def test_messages_that_are_not_acknowledged_are_counted(producer: type[FakeProducer]) -> None:
    producer.acknowledges = False
    writer = KafkaWriter("broker:9092", "rows")
    writer.write([b"a", b"b"])
    with pytest.raises(WriteError, match="2 messages not acknowledged"):
        writer.finish()
    writer.abandon()
    assert fake(writer).purged


def test_a_message_that_is_too_large_is_said(producer: type[FakeProducer]) -> None:
    writer = KafkaWriter("broker:9092", "rows")
    with pytest.raises(WriteError, match="Message size too large"):
        writer.write([b"a" * 2_000])


def test_nobody_at_the_port_is_one_clear_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_writer, "_REACH_SECONDS", 0.5)
    with pytest.raises(WriteError, match=r"127\.0\.0\.1:1, topic 'rows': no answer in 0\.5 s: .*"):
        KafkaWriter("127.0.0.1:1", "rows")
