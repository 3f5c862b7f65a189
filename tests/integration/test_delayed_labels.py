"""Labels that come later: one topic or two, a broker's keys and timestamps, kill -9 on the way."""

import json
import random
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, cast
from urllib.request import urlopen

import polars as pl
import pytest

from tests.chaos.test_kill import newest, records_in
from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

PAIRS = 20_000
DELAY = 500  # seconds from features to their label, on average


def pairs(delays: list[int]) -> tuple[list[bytes], list[bytes]]:
    """Records of features, one a second, and their labels, so many seconds younger."""
    features, labels = [], []
    for number, (value, delay) in enumerate(zip(phishing(len(delays)), delays, strict=True)):
        record = json.loads(value)
        key, time = f"order-{number}", 1_700_000_000 + number
        label = {"order_id": key, "ts": time + delay, LABEL: record.pop(LABEL)}
        labels.append(json.dumps(label).encode())
        features.append(json.dumps({"order_id": key, "ts": time, **record}).encode())
    return features, labels


def mingled(count: int) -> list[bytes]:
    """Both in one stream, by their time."""
    random_ = random.Random(5)
    delays = [random_.randrange(2 * DELAY) for _ in range(count)]
    features, labels = pairs(delays)
    moments = [(place, 0, one) for place, one in enumerate(features)]
    moments += [(place + delays[place], 1, one) for place, one in enumerate(labels)]
    return [one for *_, one in sorted(moments)]


def tables(kafka: KafkaBroker, records: str, **labels: object) -> dict[str, Any]:
    return {
        "source": {
            "type": "kafka",
            "bootstrap": kafka.bootstrap,
            "topic": records,
            "stop_at": "end",
        },
        "stream": {"label": LABEL},
        "labels": {"type": "delayed", "key": "order_id", **labels},
    }


def metrics(port: int) -> dict[str, float]:
    """Series by its text but for the pipeline → value."""
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    found = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name.replace('pipeline="streamlr"', ""): float(value) for name, value in found}


def test_one_topic_killed_on_the_way_equals_uninterrupted(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    topic = create_topic()
    kafka.produce(topic, mingled(PAIRS), codec="lz4")
    outputs = {name: create_topic() for name in ("whole", "killed")}

    def configuration(name: str) -> dict[str, Any]:
        sink = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": outputs[name]}
        checkpoint = {"directory": str(tmp_path / name), "interval_seconds": 0.02}
        asked = tables(kafka, topic, time="ts", ttl_seconds=700.0, pending=900)
        return {**asked, "sink": sink, "checkpoint": checkpoint}

    with Daemon(tmp_path / "a", configuration("whole")) as daemon:
        assert daemon.run() == 0
        expected = daemon.events("stopped")[-1]
    with Daemon(tmp_path / "b", configuration("killed")) as daemon:
        for point in (PAIRS // 7, PAIRS // 2):
            daemon.start()
            daemon.wait_until(
                lambda point=point: records_in(tmp_path / "killed") > point, f"predict {point}"
            )
            daemon.kill()
        assert daemon.run() == 0
        found = daemon.events("stopped")[-1]

    assert expected["records"] == PAIRS
    assert PAIRS // 2 < expected["learned"] < PAIRS * 4 // 5  # the others come too late
    for key in ("records", "learned", "state", "accuracy", "log_loss", "drift_alarms"):
        assert found[key] == expected[key], key
    last = [newest(tmp_path / name) for name in outputs]
    assert last[0] is not None
    assert last[1] is not None
    said = {name: [m.value() for m in kafka.read(output)] for name, output in outputs.items()}
    assert said["whole"] == said["killed"]
    assert len(said["whole"]) == PAIRS


@pytest.fixture
def two_topics(create_topic: CreateTopic) -> tuple[str, str]:
    return create_topic(), create_topic()


@pytest.mark.parametrize("client", ["librdkafka", "kafka-python"])
def test_two_topics_joined_by_the_messages_keys(
    kafka: KafkaBroker, two_topics: tuple[str, str], tmp_path: Path, client: str
) -> None:
    """No record is skipped or learned twice, also where one topic is read before the other."""
    count = 3000
    keys = [f"order-{number}".encode() for number in range(count)]
    for topic, values in zip(two_topics, pairs([DELAY] * count), strict=True):
        kafka.produce(topic, values, keys=keys)
    topic, topic_of_labels = two_topics
    asked = tables(kafka, topic, topic=topic_of_labels, key="@key", time="ts", early=count)
    asked["source"]["client"] = client
    asked["stream"]["ignore"] = ["order_id"]
    asked["checkpoint"] = {"directory": str(tmp_path / "checkpoints"), "interval_seconds": 0.02}
    asked["loop"] = {"poll_records": 50}
    with Daemon(tmp_path / "daemon", asked) as daemon:
        daemon.start()
        daemon.wait_until(lambda: records_in(tmp_path / "checkpoints") > count // 3, "get on")
        daemon.kill()
        asked["source"]["stop_at"] = "never"
    with Daemon(tmp_path / "again", asked) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_for("ready")
        daemon.wait_until(
            lambda: metrics(port).get("streamlr_samples_learned_total{}", 0) == count, "learn all"
        )
        told = metrics(port)
        assert daemon.stop() == 0
        stopped = daemon.events("stopped")[-1]
    assert (stopped["records"], stopped["learned"], stopped["rejected"]) == (count, count, 0)
    assert told['streamlr_labels_total{outcome="joined",}'] == count
    assert told["streamlr_labels_pending{}"] == told["streamlr_labels_early{}"] == 0
    assert told["streamlr_label_delay_seconds_count{}"] == count
    assert told["streamlr_label_delay_seconds_sum{}"] == count * DELAY
    assert told['streamlr_accuracy_at_label_time{,view="windowed"}'] > 0.8


def test_a_topic_of_labels_that_is_not_there(
    kafka: KafkaBroker, topic: str, tmp_path: Path
) -> None:
    kafka.produce(topic, phishing(10))
    with Daemon(tmp_path, tables(kafka, topic, topic="no-such-topic")) as daemon:
        assert daemon.run() == 69
        [line] = [line for line in daemon.lines() if "no-such-topic" in line]
    assert "[labels] topic: there is no topic 'no-such-topic'" in line


def test_labels_that_cannot_be_joined_are_dead_letters(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    records, letters = create_topic(), create_topic()
    bad = {
        40: (json.dumps({LABEL: True}).encode(), "no_key"),
        90: (json.dumps({"order_id": 1.5, LABEL: True}).encode(), "wrong_type"),
        120: (json.dumps({"order_id": "a", "ts": "soon", LABEL: True}).encode(), "wrong_type"),
    }
    values = mingled(200)
    for offset, (value, _) in bad.items():
        values.insert(offset, value)
    kafka.produce(records, values)
    asked = tables(kafka, records, time="ts")
    asked["dead_letters"] = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": letters}
    with Daemon(tmp_path, asked) as daemon:
        assert daemon.run() == 0
        stopped = daemon.events("stopped")[-1]
    assert (stopped["learned"], stopped["rejected"]) == (200, len(bad))
    found = {}
    for message in kafka.read(letters):
        headers = dict(cast("list[tuple[str, bytes]]", message.headers()))
        reason = headers["streamlr.reason"].decode()
        found[int(headers["streamlr.offset"])] = (message.value(), reason)
    assert found == bad


def test_the_documented_example_runs(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "delayed-labels.md").read_text()
    asked = tomllib.loads(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0])
    stream = tmp_path / asked["source"]["path"]
    values = [value.replace(LABEL.encode(), b"paid") for value in mingled(1000)]
    stream.write_bytes(b"\n".join(values))
    asked["source"]["path"] = str(stream)
    with Daemon(tmp_path / "daemon", asked) as daemon:
        assert daemon.run() == 0
        stopped = daemon.events("stopped")[-1]
    assert (stopped["records"], stopped["learned"]) == (1000, 1000)
    assert stopped["accuracy"] > 0.8


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_of_columns_is_backtested_as_ndjson_is(tmp_path: Path, suffix: str) -> None:
    """Rows of both kinds in one table: what a row does not bring is empty."""
    rows = pl.read_ndjson(b"\n".join(mingled(2000)), infer_schema_length=None)
    rows.write_ndjson(tmp_path / "a.ndjson")
    if suffix == "csv":
        rows.write_csv(tmp_path / "a.csv")
    else:
        rows.write_parquet(tmp_path / "a.parquet")
    found = []
    for name in ("a.ndjson", f"a.{suffix}"):
        config = tmp_path / f"{name}.toml"
        config.write_text(
            f"[source]\ntype = 'file'\npath = '{tmp_path / name}'\n"
            f"[stream]\nlabel = '{LABEL}'\n[schedule]\ntype = 'constant'\n"
            "[labels]\ntype = 'delayed'\nkey = 'order_id'\ntime = 'ts'\n"
        )
        report = tmp_path / f"{name}.json"
        command = [sys.executable, "-m", "streamlr", "backtest", "--config", str(config)]
        subprocess.run([*command, "--json", str(report)], check=True, capture_output=True)
        [run] = json.loads(report.read_text())["runs"]
        found.append((run["samples"], run["metrics"]["accuracy"], run["metrics"]["log_loss"]))
    assert found[0] == found[1]
    assert found[0][0] == 2000
