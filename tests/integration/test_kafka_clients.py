"""The daemon on each Kafka client: the same bits, resumed after a kill, one owner of a group."""

import json
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

CLIENTS = ("librdkafka", "kafka-python")
DATA, UNAVAILABLE = 65, 69


def configuration(
    kafka: KafkaBroker, client: str, topic: str, predictions: str, folder: Path
) -> dict[str, Any]:
    """Read a topic to its end and write another, with checkpoints as often as the loop turns."""
    where = {"type": "kafka", "client": client, "bootstrap": kafka.bootstrap}
    return {
        "source": {**where, "topic": topic, "stop_at": "end"},
        "stream": {"label": LABEL},
        "sink": {**where, "topic": predictions},
        "checkpoint": {"directory": str(folder), "interval_seconds": 0.02},
    }


def records_in(folder: Path) -> int:
    """How many records the newest checkpoint holds; negative when there is none."""
    path = max(folder.glob("streamlr/checkpoint-*.safetensors"), default=None)
    return int(path.stem.rpartition("-")[2]) if path else -1


def test_both_clients_give_the_same_bits(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    topic = create_topic()
    kafka.produce(topic, phishing(3000), codec="lz4")
    told, said = [], []
    for client in CLIENTS:
        predictions = create_topic()
        tables = configuration(kafka, client, topic, predictions, tmp_path / f"{client}-state")
        with Daemon(tmp_path / client, tables) as daemon:
            assert daemon.run() == 0
            told.append(daemon.events("stopped")[-1])
        said.append([message.value() for message in kafka.read(predictions)])
    for key in ("records", "state", "accuracy", "log_loss"):
        assert told[0][key] == told[1][key], key
    assert said[0] == said[1]


@pytest.mark.parametrize("reader", CLIENTS)
def test_a_killed_daemon_may_go_on_with_the_other_client(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, reader: str
) -> None:
    """A checkpoint does not know which client made it."""
    topic, predictions, count = create_topic(), create_topic(), 60_000
    kafka.produce(topic, phishing(count), codec="lz4")
    folder = tmp_path / "checkpoints"
    first = configuration(kafka, reader, topic, predictions, folder)
    (other,) = set(CLIENTS) - {reader}
    second = configuration(kafka, other, topic, predictions, folder)
    with Daemon(tmp_path / "first", first) as daemon:
        daemon.start()
        daemon.wait_until(lambda: records_in(folder) > count // 10, "write checkpoints")
        daemon.kill()
    assert records_in(folder) < count
    with Daemon(tmp_path / "second", second) as daemon:
        assert daemon.run() == 0
        assert daemon.events("stopped")[-1]["records"] == count
    offsets = [json.loads(m.value() or b"")["offset"] for m in kafka.read(predictions)]
    assert offsets == list(range(count))


@pytest.mark.parametrize("client", CLIENTS)
def test_a_killed_member_of_a_group_is_followed_soon(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, client: str
) -> None:
    """Its session ends before its successor gives up waiting for it."""
    topic, predictions = create_topic(), create_topic()
    kafka.produce(topic, phishing(500))
    tables = configuration(kafka, client, topic, predictions, tmp_path / "checkpoints")
    tables["source"] |= {"group": topic, "stop_at": "never"}
    with Daemon(tmp_path / "first", tables) as daemon:
        daemon.start()
        daemon.wait_until(lambda: records_in(tmp_path / "checkpoints") == 500, "learn 500 records")
        daemon.kill()
    kafka.produce(topic, phishing(500))
    tables["source"]["stop_at"] = "end"
    with Daemon(tmp_path / "second", tables) as daemon:
        assert daemon.run() == 0
        assert daemon.events("stopped")[-1]["records"] == 1000
    assert len(kafka.read(predictions)) == 1000


@pytest.mark.parametrize("client", CLIENTS)
def test_a_topic_made_anew_under_a_running_daemon(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, client: str
) -> None:
    topic, predictions = create_topic(), create_topic()
    kafka.produce(topic, phishing(300))
    tables = configuration(kafka, client, topic, predictions, tmp_path / "checkpoints")
    tables["source"] |= {"stop_at": "never", "refresh_seconds": 0.5}
    with Daemon(tmp_path / "daemon", tables) as daemon:
        daemon.start()
        daemon.wait_until(lambda: records_in(tmp_path / "checkpoints") == 300, "learn 300 records")
        kafka.delete_topic(topic)
        kafka.create_topic(topic)
        kafka.produce(topic, phishing(1000))
        assert daemon.exit_code(60.0) == DATA
        (said,) = complaints(daemon)
    assert topic in said
    assert "Remove the checkpoints" in said


@pytest.mark.parametrize("client", CLIENTS)
def test_a_pattern_is_one_stream_also_across_a_kill(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, client: str
) -> None:
    """Partition 0 of both topics has the same offsets: a prediction says which is meant."""
    prefix, predictions, count = create_topic(), create_topic(), 20_000
    for place in ("eu", "us"):
        kafka.create_topic(f"{prefix}-{place}")
        kafka.produce(f"{prefix}-{place}", phishing(count), codec="lz4")
    folder = tmp_path / "checkpoints"
    tables = configuration(kafka, client, f"^{prefix}-(eu|us|za)", predictions, folder)
    with Daemon(tmp_path / "first", tables) as daemon:
        daemon.start()
        daemon.wait_until(lambda: records_in(folder) > count // 5, "write checkpoints")
        daemon.kill()
    assert records_in(folder) < 2 * count
    kafka.create_topic(f"{prefix}-za")
    kafka.produce(f"{prefix}-za", phishing(100))
    with Daemon(tmp_path / "second", tables) as daemon:
        assert daemon.run() == 0
        assert daemon.events("stopped")[-1]["records"] == 2 * count + 100
    offsets: dict[str, list[int]] = {f"{prefix}-{place}": [] for place in ("eu", "us", "za")}
    for message in kafka.read(predictions):
        said = json.loads(message.value() or b"")
        assert said["partition"] == 0
        offsets[said["topic"]].append(said["offset"])
    assert [len(of_one) for of_one in offsets.values()] == [count, count, 100]
    assert all(of_one == list(range(len(of_one))) for of_one in offsets.values())


@pytest.mark.parametrize("client", CLIENTS)
def test_tombstones_go_to_the_dead_letters(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, client: str
) -> None:
    topic, predictions, letters = create_topic(), create_topic(), create_topic()
    values: list[bytes | None] = [*phishing(200)]
    values[20] = None
    kafka.produce(topic, values, keys=[b"k"] * 200)
    tables = configuration(kafka, client, topic, predictions, tmp_path / "checkpoints")
    tables["dead_letters"] = {**tables["sink"], "topic": letters}
    with Daemon(tmp_path / "daemon", tables) as daemon:
        assert daemon.run() == 0
        assert daemon.events("stopped")[-1]["records"] == 199
    (letter,) = kafka.read(letters)
    headers: Any = letter.headers()
    assert dict(headers)["streamlr.offset"] == b"20"


@pytest.mark.parametrize("client", CLIENTS)
def test_no_lag_is_left_for_those_who_watch_the_group(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, client: str
) -> None:
    topic, predictions = create_topic(2), create_topic()
    for partition in range(2):
        kafka.produce(topic, phishing(200), partition=partition)
    tables = configuration(kafka, client, topic, predictions, tmp_path / "checkpoints")
    tables["source"]["group"] = topic
    with Daemon(tmp_path / "daemon", tables) as daemon:
        assert daemon.run() == 0
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    kafka.wait_until(lambda: committed(admin, topic) == {0: 200, 1: 200}, 10.0, "see the commits")


def committed(admin: AdminClient, group: str) -> dict[int, int]:
    """Offsets that a group committed."""
    from confluent_kafka import ConsumerGroupTopicPartitions  # noqa: PLC0415

    asked = [ConsumerGroupTopicPartitions(group)]
    found = admin.list_consumer_group_offsets(asked)[group].result()
    return {where.partition: where.offset for where in found.topic_partitions or []}


def complaints(daemon: Daemon) -> list[str]:
    """What a person is told, without tracebacks."""
    lines = daemon.lines()
    assert not any("Traceback" in line for line in lines), lines
    return [line for line in lines if line.startswith("streamlr: ")]
