"""One label in twenty on a real broker, kill -9 on the way; and the documented example."""

import json
import random
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.chaos.test_kill import records_in
from tests.integration.streams import LABEL, phishing
from tests.integration.test_delayed_labels import metrics
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

PAGE = Path(__file__).parents[2] / "docs" / "partial-labels.md"
RECORDS = 20_000


def partly_labelled(count: int, label: str = LABEL) -> list[bytes]:
    """Return records of which one in twenty has a label; of the others every other has a null."""
    random_ = random.Random(3)
    values = []
    for number, value in enumerate(phishing(count)):
        record = json.loads(value)
        known = record.pop(LABEL)
        if random_.random() < 0.05:
            record[label] = known
        elif number % 2:
            record[label] = None
        values.append(json.dumps(record).encode())
    return values


def test_killed_on_the_way_equals_uninterrupted(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    topic = create_topic()
    values = partly_labelled(RECORDS)
    kafka.produce(topic, values, codec="lz4")
    outputs = {name: create_topic() for name in ("whole", "killed")}

    def configuration(name: str) -> dict[str, Any]:
        kafka_ = {"type": "kafka", "bootstrap": kafka.bootstrap}
        return {
            "source": {**kafka_, "topic": topic, "stop_at": "end"},
            "stream": {"label": LABEL},
            "labels": {"unlabelled": "pseudo"},
            "sink": {**kafka_, "topic": outputs[name]},
            "checkpoint": {"directory": str(tmp_path / name), "interval_seconds": 0.02},
        }

    with Daemon(tmp_path / "a", configuration("whole")) as daemon:
        assert daemon.run() == 0
        expected = daemon.events("stopped")[-1]
    with Daemon(tmp_path / "b", configuration("killed")) as daemon:
        daemon.start()
        daemon.wait_until(lambda: records_in(tmp_path / "killed") > RECORDS // 3, "get on")
        daemon.kill()
        assert daemon.run() == 0
        found = daemon.events("stopped")[-1]
    labels = sum(json.loads(value).get(LABEL) is not None for value in values)
    assert (expected["records"], expected["learned"]) == (RECORDS, labels)
    for key in ("records", "learned", "state", "accuracy", "log_loss"):
        assert found[key] == expected[key], key
    said = {name: [one.value() for one in kafka.read(output)] for name, output in outputs.items()}
    assert said["whole"] == said["killed"]
    assert len(said["whole"]) == RECORDS


def test_the_documented_example_tells_what_was_guessed(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    """As it stands in the page, but for the broker, the topic and the port."""
    asked = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)[0])
    topic, count = create_topic(), 2000
    values = partly_labelled(count, asked["stream"]["label"])
    kafka.produce(topic, values)
    asked["source"] |= {"bootstrap": kafka.bootstrap, "topic": topic}
    with Daemon(tmp_path, asked) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_for("ready")
        daemon.wait_until(
            lambda: metrics(port).get("streamlr_records_total{}", 0) == count, "predict all"
        )
        told = metrics(port)
        with urlopen(f"http://127.0.0.1:{port}/lanes") as answer:
            (unit,) = json.loads(answer.read())["units"]
        assert daemon.stop() == 0
        stopped = daemon.events("stopped")[-1]
    labels = told["streamlr_samples_learned_total{}"]
    assert count // 40 < labels < count // 10
    assert count // 4 < told["streamlr_pseudo_labels_total{}"] <= count - labels
    assert unit["pseudo_labels"] == told["streamlr_pseudo_labels_total{}"]
    weights = {kind: told[f'streamlr_lanes_weight{{kind="{kind}",}}'] for kind in unit["weights"]}
    assert set(weights) == {"grid", "autostep", "pseudo", "whitened"}
    assert abs(sum(weights.values()) - 1.0) < 1e-9
    assert stopped["accuracy"] > 0.75


def test_when_labels_stop_a_field_that_shifts_is_named(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    """7,000 records with labels, 8,000 without; of the last 4,000 another field is broken."""
    topic, with_labels, shifted, count = create_topic(), 7000, 11_000, 15_000
    random_ = random.Random(4)
    records = []
    for number in range(count):
        amount, age = random_.gauss(), random_.gauss()
        record: dict[str, object] = {"amount": amount + (number >= shifted), "age": age}
        records.append(record | ({"fraud": amount > age} if number < with_labels else {}))
    kafka.produce(topic, [json.dumps(record).encode() for record in records])
    source = {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": topic}
    tables = {"source": source, "stream": {"label": "fraud"}}
    with Daemon(
        tmp_path, {**tables, "checkpoint": {"directory": str(tmp_path / "kept")}}
    ) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_for("ready")
        daemon.wait_until(
            lambda: metrics(port).get("streamlr_records_total{}", 0) == count, "predict all"
        )
        told = metrics(port)
        lines = [json.loads(line)["event"] for line in daemon.lines() if line.startswith("{")]
        more = [json.dumps({"amount": 1.0, "age": 0.0, "fraud": True}).encode()] * 1000
        kafka.produce(topic, more)
        back = "labels are back after drift without them: feature:amount"
        daemon.wait_for(back)
        assert daemon.stop() == 0
    (alarm,) = [line for line in lines if line.startswith("drift without labels")]
    assert alarm.startswith("drift without labels: feature:amount 0.0")
    assert "age" not in alarm
    assert 0.3 < told['streamlr_shift{,signal="feature:amount"}'] < 0.4
    assert told['streamlr_shift{,signal="feature:age"}'] < 0.15
    assert told["streamlr_label_free_alarms_total{}"] == 1
