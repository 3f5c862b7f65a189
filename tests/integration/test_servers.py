"""The real servers do what the other tests rely on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from tests.servers.fixtures import CreateTopic, StartPrometheus
from tests.servers.kafka import KafkaBroker
from tests.servers.ports import HOST, free_ports
from tests.servers.process import ServerError
from tests.servers.requirements import require_kafka


def values(messages: list[Message]) -> list[bytes | None]:
    return [message.value() for message in messages]


def numbered(start: int, stop: int) -> list[bytes]:
    return [b"%d" % number for number in range(start, stop)]


def commit_and_abort(bootstrap: str, topic: str) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": topic})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(topic, b"committed", partition=0)
    producer.commit_transaction()
    producer.begin_transaction()
    producer.produce(topic, b"aborted", partition=0)
    producer.flush()
    producer.abort_transaction()


class TestKafka:
    @pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
    def test_messages_come_back_as_written(
        self, kafka: KafkaBroker, topic: str, codec: str
    ) -> None:
        kafka.produce(topic, numbered(0, 1000), codec=codec)

        assert values(kafka.read(topic)) == numbered(0, 1000)

    def test_keys_belong_to_their_values(self, kafka: KafkaBroker, topic: str) -> None:
        kafka.produce(topic, [b"1", b"2"], keys=[b"a", None])

        assert [message.key() for message in kafka.read(topic)] == [b"a", None]

    def test_a_missing_key_is_an_error(self, kafka: KafkaBroker, topic: str) -> None:
        with pytest.raises(ValueError, match="shorter"):
            kafka.produce(topic, [b"1", b"2"], keys=[b"a"])

    def test_partitions_are_separate(self, kafka: KafkaBroker, create_topic: CreateTopic) -> None:
        topic = create_topic(partitions=2)
        kafka.produce(topic, [b"zero"], partition=0)
        kafka.produce(topic, [b"one"], partition=1)

        assert values(kafka.read(topic, partition=0)) == [b"zero"]
        assert values(kafka.read(topic, partition=1)) == [b"one"]

    def test_a_range_is_read_exactly(self, kafka: KafkaBroker, topic: str) -> None:
        kafka.produce(topic, numbered(0, 5000))

        assert values(kafka.read(topic, start=1234, stop=3210)) == numbered(1234, 3210)
        assert values(kafka.read(topic, start=4990)) == numbered(4990, 5000)
        assert kafka.read(topic, start=7, stop=7) == []

    def test_transaction_markers_are_counted_but_not_returned(
        self, kafka: KafkaBroker, topic: str
    ) -> None:
        commit_and_abort(kafka.bootstrap, topic)

        # Offsets: 0 the message, 1 the commit's marker, 2 the message, 3 the abort's marker.
        assert values(kafka.read(topic)) == [b"committed"]
        assert values(kafka.read(topic, stop=4)) == [b"committed"]
        everything = kafka.read(topic, stop=4, isolation="read_uncommitted")
        assert values(everything) == [b"committed", b"aborted"]

    def test_reading_past_the_end_times_out(self, kafka: KafkaBroker, topic: str) -> None:
        kafka.produce(topic, [b"only"])

        with pytest.raises(TimeoutError, match=r"1 messages read .* wanted up to 2"):
            kafka.read(topic, stop=2, timeout=0.5)

    def test_an_offset_that_is_not_there_is_an_error(self, kafka: KafkaBroker, topic: str) -> None:
        with pytest.raises(KafkaException, match="offset"):
            kafka.read(topic, start=5, stop=6)

    def test_a_refused_message_is_an_error(
        self, kafka: KafkaBroker, create_topic: CreateTopic
    ) -> None:
        topic = create_topic(config={"max.message.bytes": "100"})

        with pytest.raises(KafkaException, match="MSG_SIZE_TOO_LARGE"):
            kafka.produce(topic, [b"small", bytes(1000)])

        kafka.produce(topic, [b"after"])
        assert values(kafka.read(topic))[-1] == b"after"

    def test_a_deleted_topic_is_gone(self, kafka: KafkaBroker, topic: str) -> None:
        kafka.produce(topic, [b"old"])

        kafka.delete_topic(topic)

        with pytest.raises(KafkaException, match=r"UNKNOWN_(TOPIC|PARTITION)"):
            kafka.read(topic, timeout=5.0)
        kafka.create_topic(topic)
        kafka.produce(topic, [b"new"])
        assert values(kafka.read(topic)) == [b"new"]

    def test_a_killed_broker_restarts_with_its_data_at_its_address(
        self, own_kafka: KafkaBroker
    ) -> None:
        own_kafka.create_topic("kept")
        own_kafka.produce("kept", numbered(0, 100))
        address, first_pid = own_kafka.bootstrap, own_kafka.pid

        own_kafka.kill()
        assert not own_kafka.running
        own_kafka.restart()

        assert own_kafka.bootstrap == address
        assert own_kafka.pid != first_pid
        own_kafka.produce("kept", numbered(100, 200))
        assert values(own_kafka.read("kept")) == numbered(0, 200)

    def test_a_listener_with_passwords(self, tmp_path: Path) -> None:
        require_kafka()
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        broker = KafkaBroker(
            tmp_path,
            protocols={"PLAINTEXT": "PLAINTEXT", "LOGIN": "SASL_PLAINTEXT"},
            properties={
                "sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.login.scram-sha-512.sasl.jaas.config": login,
            },
            format_arguments=["--add-scram", "SCRAM-SHA-512=[name=alice,password=secret]"],
        )
        with broker:
            broker.create_topic("ratings")
            client = AdminClient(
                {
                    "bootstrap.servers": broker.address("LOGIN"),
                    "security.protocol": "SASL_PLAINTEXT",
                    "sasl.mechanism": "SCRAM-SHA-512",
                    "sasl.username": "alice",
                    "sasl.password": "secret",
                }
            )
            assert "ratings" in client.list_topics(timeout=10).topics

    def test_the_first_listener_has_to_be_plain(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="the first listener has to be PLAINTEXT"):
            KafkaBroker(tmp_path, protocols={"LOGIN": "SASL_PLAINTEXT"})

    def test_a_wrong_setting_fails_with_the_brokers_own_words(self, tmp_path: Path) -> None:
        require_kafka()
        broker = KafkaBroker(tmp_path, properties={"log.retention.hours": "soon"})

        with pytest.raises(ServerError, match=r"soon for configuration log\.retention\.hours"):
            broker.start()
        assert not broker.running


@pytest.fixture
def temperature() -> Iterator[tuple[Gauge, str]]:
    """Return a metric and the address at which it is served."""
    registry = CollectorRegistry()
    gauge = Gauge("temperature", "Degrees.", ["room"], registry=registry)
    server, thread = start_http_server(0, HOST, registry)
    yield gauge, f"{HOST}:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class TestPrometheus:
    def test_scrapes_a_target_and_answers_queries(
        self, prometheus: StartPrometheus, temperature: tuple[Gauge, str]
    ) -> None:
        gauge, target = temperature
        gauge.labels(room="kitchen").set(21.5)
        server = prometheus([target])

        samples = server.wait_until("temperature", bool)

        labels = {"__name__": "temperature", "instance": target, "job": "tests", "room": "kitchen"}
        assert samples == [(labels, 21.5)]
        assert server.query("scalar(sum(temperature))") == [({}, 21.5)]

        gauge.labels(room="kitchen").set(19.0)
        server.wait_until("temperature == 19", bool)

    def test_evaluates_alerts(
        self, prometheus: StartPrometheus, temperature: tuple[Gauge, str], tmp_path: Path
    ) -> None:
        gauge, target = temperature
        gauge.labels(room="oven").set(200)
        rules = tmp_path / "rules.yml"
        rules.write_text("groups: [{name: t, rules: [{alert: Hot, expr: temperature > 100}]}]")
        server = prometheus([target], rule_files=[rules])

        samples = server.wait_until('ALERTS{alertstate="firing"}', bool)

        assert [labels["alertname"] for labels, _ in samples] == ["Hot"]

    def test_a_target_that_is_down_is_named(self, prometheus: StartPrometheus) -> None:
        (port,) = free_ports(1)
        server = prometheus([f"{HOST}:{port}"])
        server.wait_until("up", bool)

        with pytest.raises(TimeoutError) as failure:
            server.wait_until("up == 1", bool, timeout=0.5)

        (note,) = failure.value.__notes__
        assert "connection refused" in note

    def test_a_wrong_expression_is_an_error(self, prometheus: StartPrometheus) -> None:
        with pytest.raises(ValueError, match="parse error"):
            prometheus([]).query("sum(")
