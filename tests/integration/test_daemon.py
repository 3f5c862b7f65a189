"""The daemon as a process of its own: a real broker, watched by a real Prometheus."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, cast
from urllib.request import urlopen

import pytest
from confluent_kafka import Message

from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic, StartPrometheus
from tests.servers.kafka import KafkaBroker


def tables(kafka: KafkaBroker, topic: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any table
    """A configuration that reads a topic to its end."""
    source = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": topic, "stop_at": "end"}
    return {"source": source, "stream": {"label": LABEL}, **more}


def sink(kafka: KafkaBroker, topic: str) -> dict[str, Any]:
    """A sink that writes to a topic."""
    return {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": topic}


def test_one_prediction_per_record_in_order(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    records, predictions = create_topic(), create_topic()
    values = phishing()
    kafka.produce(records, values, codec="lz4")

    with Daemon(
        tmp_path / "daemon", tables(kafka, records, sink=sink(kafka, predictions))
    ) as daemon:
        assert daemon.run() == 0
        told = daemon.events("stopped")[-1]

    said = [json.loads(message.value() or b"") for message in kafka.read(predictions)]
    assert [(one["partition"], one["offset"]) for one in said] == [
        (0, n) for n in range(len(values))
    ]
    assert [one["label"] for one in said] == [json.loads(value)[LABEL] for value in values]
    right = sum(one["prediction"] == one["label"] for one in said)
    assert right / len(said) == told["accuracy"]
    assert right / len(said) > 0.85  # a constant guess is right 56 % of the time


def test_every_codec_is_read(kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path) -> None:
    topic, values = create_topic(), phishing()
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")
    for codec in codecs:
        kafka.produce(topic, values[:200], codec=codec)
    with Daemon(tmp_path / "daemon", tables(kafka, topic)) as daemon:
        assert daemon.run() == 0
        assert daemon.events("stopped")[-1]["records"] == 200 * len(codecs)


def test_prometheus_scrapes_a_running_daemon(
    kafka: KafkaBroker, topic: str, prometheus: StartPrometheus, tmp_path: Path
) -> None:
    kafka.produce(topic, phishing(3000))
    configuration = tables(kafka, topic)
    configuration["source"]["stop_at"] = "never"
    with Daemon(tmp_path / "daemon", configuration) as daemon:
        daemon.start()
        daemon.wait_for("ready")
        address = f"127.0.0.1:{daemon.port}"
        server = prometheus([address])
        server.wait_until(
            "streamlr_samples_learned_total", lambda found: [v for _, v in found] == [3000]
        )
        for query, low, high in (
            ("streamlr_learning_rate", 1e-6, 10.0),
            ('streamlr_accuracy{view="cumulative"}', 0.8, 1.0),
            ('streamlr_log_loss{view="faded"}', 1e-6, 1.0),
            ("sum(streamlr_lag_records)", 0.0, 0.0),
            ('streamlr_drift_alarms_total{kind="drift"}', 0.0, 100.0),
            ("streamlr_updates_per_sample", 1.0, 1.0),
            ("sum(streamlr_records_rejected_total)", 0.0, 0.0),
            ("streamlr_build_info", 1.0, 1.0),
            ("process_resident_memory_bytes", 1e7, 1e9),
        ):
            found = server.query(query)
            assert len(found) == 1, query
            assert low <= found[0][1] <= high, (query, found)
        for path in ("/-/ready", "/-/healthy"):
            with urlopen(f"http://{address}{path}") as answer:
                assert answer.status == 200
        page = _metrics(daemon.port)
        assert daemon.stop() == 0
    promtool = shutil.which("promtool")
    assert promtool is not None  # it comes with prometheus
    linted = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, check=False
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_rejects_go_to_the_dead_letter_topic(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    records, letters = create_topic(), create_topic()
    values = phishing(600)
    poison = {
        50: (b"{not json", "malformed"),
        110: (b'{"is_phishing": true, "age_of_domain": "old"}', "wrong_type"),
        333: (b"[1, 2]", "wrong_type"),
        334: (b'{"is_phishing": "maybe"}', "too_many_classes"),
        599: (b"\xff\xfe", "malformed"),
    }
    for offset, (value, _) in poison.items():
        values[offset] = value
    kafka.produce(records, values)
    with Daemon(
        tmp_path / "daemon", tables(kafka, records, dead_letters=sink(kafka, letters))
    ) as daemon:
        assert daemon.run() == 0
        assert daemon.events("stopped")[-1]["records"] == 600 - len(poison)
    found = {}
    for message in kafka.read(letters):
        headers = {name: bytes(value).decode() for name, value in _headers(message)}
        assert headers["streamlr.source"] == records
        found[int(headers["streamlr.offset"])] = (message.value(), headers["streamlr.reason"])
    assert found == poison


def _headers(message: Message) -> list[tuple[str, bytes]]:
    return cast("list[tuple[str, bytes]]", message.headers())


def test_sigterm_checkpoints_and_resumes_where_it_stood(
    kafka: KafkaBroker, topic: str, tmp_path: Path
) -> None:
    values = phishing(2000)
    whole = tmp_path / "whole"
    kafka.produce(topic, values[:700])
    checkpoint = {"directory": str(tmp_path / "checkpoints"), "interval_seconds": 3600}
    configuration = tables(kafka, topic, checkpoint=checkpoint)
    configuration["source"]["stop_at"] = "never"
    with Daemon(tmp_path / "first", configuration) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_for("ready")
        daemon.wait_until(lambda: _learned(port) == 700, "learn 700 records")
        assert daemon.stop() == 0
    kafka.produce(topic, values[700:])
    configuration["source"]["stop_at"] = "end"
    with Daemon(tmp_path / "second", configuration) as daemon:
        assert daemon.run() == 0
        assert daemon.events("resuming from the checkpoint")[-1]["records"] == 700
        resumed = daemon.events("stopped")[-1]
    with Daemon(whole, tables(kafka, topic)) as daemon:
        assert daemon.run() == 0
        uninterrupted = daemon.events("stopped")[-1]
    for key in ("records", "state", "accuracy", "log_loss"):
        assert resumed[key] == uninterrupted[key]


def _metrics(port: int) -> bytes:
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return cast("bytes", answer.read())


def _learned(port: int) -> int:
    page = urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    lines = (
        line for line in page.splitlines() if line.startswith("streamlr_samples_learned_total")
    )
    return int(float(next(lines).rsplit(" ", 1)[1]))


def test_group_reads_all_and_commits(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    topic = create_topic(3)
    values = phishing(900)
    for partition in range(3):
        kafka.produce(topic, values[partition::3], partition=partition)
    configuration = tables(kafka, topic, checkpoint={"directory": str(tmp_path / "checkpoints")})
    configuration["source"]["group"] = topic
    with Daemon(tmp_path / "daemon", configuration) as daemon:
        assert daemon.run() == 0
        assert daemon.events("stopped")[-1]["records"] == 900
    assert _committed(kafka, topic) == {0: 300, 1: 300, 2: 300}


def _committed(kafka: KafkaBroker, topic: str) -> dict[int, int]:
    from confluent_kafka import Consumer, TopicPartition  # noqa: PLC0415

    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": topic})
    asked = [TopicPartition(topic, partition) for partition in range(3)]
    committed = {where.partition: where.offset for where in consumer.committed(asked, timeout=10)}
    consumer.close()
    return committed


@pytest.mark.parametrize("start", ["earliest", "latest"])
def test_start_position_without_a_checkpoint(
    kafka: KafkaBroker, topic: str, tmp_path: Path, start: str
) -> None:
    values = phishing(400)
    kafka.produce(topic, values[:150])
    configuration = tables(kafka, topic)
    configuration["source"] |= {"stop_at": "never", "start": start}
    features = [name for name in json.loads(values[0]) if name != LABEL]
    configuration["stream"]["features"] = features
    with Daemon(tmp_path / "daemon", configuration) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_for("ready")
        kafka.produce(topic, values[150:])
        expected = 400 if start == "earliest" else 250
        daemon.wait_until(lambda: _learned(port) >= expected, f"learn {expected} records")
        assert daemon.stop() == 0
        assert daemon.events("stopped")[-1]["records"] == expected
