"""Killed anywhere, the daemon resumes bit for bit where the stream stands."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

RECORDS = 60_000
KILLS = 4


def configuration(
    kafka: KafkaBroker, topic: str, sink: dict[str, Any], folder: Path
) -> dict[str, Any]:
    """Checkpoint as often as the loop turns, so that kills fall between many of them."""
    return {
        "source": {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": topic, "stop_at": "end"},
        "stream": {"label": LABEL},
        "sink": sink,
        "checkpoint": {"directory": str(folder), "interval_seconds": 0.02},
    }


def newest(folder: Path) -> Path | None:
    """The newest checkpoint."""
    return max(folder.glob("streamlr/checkpoint-*.safetensors"), default=None)


def records_in(folder: Path) -> int:
    """How many records the newest checkpoint holds."""
    path = newest(folder)
    return int(path.stem.rpartition("-")[2]) if path else -1


@pytest.mark.parametrize("kind", ["kafka", "file"])
def test_killed_at_random_points_equals_uninterrupted(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, kind: str
) -> None:
    topic = create_topic()
    kafka.produce(topic, phishing(RECORDS), codec="lz4")
    outputs = {name: create_topic() for name in ("whole", "killed")} if kind == "kafka" else {}

    def sink(name: str) -> dict[str, Any]:
        if kind == "kafka":
            return {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": outputs[name]}
        return {"type": "file", "path": str(tmp_path / name)}

    whole, killed = tmp_path / "whole-checkpoints", tmp_path / "killed-checkpoints"
    with Daemon(tmp_path / "a", configuration(kafka, topic, sink("whole"), whole)) as daemon:
        assert daemon.run() == 0
        expected = daemon.events("stopped")[-1]

    seed = random.randrange(2**32)
    print(f"kill points drawn with seed {seed}")  # noqa: T201 - shown when it fails
    points = sorted(random.Random(seed).sample(range(RECORDS * 9 // 10), KILLS))
    with Daemon(tmp_path / "b", configuration(kafka, topic, sink("killed"), killed)) as daemon:
        resumed = []
        for point in points:
            daemon.start()
            daemon.wait_until(
                lambda point=point: records_in(killed) > point, f"checkpoint after {point}"
            )
            daemon.kill()
            resumed.append(records_in(killed))
        assert daemon.run() == 0
        found = daemon.events("stopped")[-1]
        assert daemon.events("resuming from the checkpoint")[-1]["records"] == resumed[-1]

    for key in ("records", "state", "accuracy", "log_loss", "drift_alarms"):
        assert found[key] == expected[key], key
    last = [newest(folder) for folder in (whole, killed)]
    assert last[0] is not None
    assert last[1] is not None
    if kind == "file":
        assert last[0].read_bytes() == last[1].read_bytes()
        assert (tmp_path / "whole").read_bytes() == (tmp_path / "killed").read_bytes()
        assert (tmp_path / "killed").read_bytes().count(b"\n") == RECORDS
    else:
        said = {name: [m.value() for m in kafka.read(output)] for name, output in outputs.items()}
        assert said["whole"] == said["killed"]
        assert [json.loads(value or b"")["offset"] for value in said["killed"]] == list(
            range(RECORDS)
        )


def test_broker_killed_and_back(own_kafka: KafkaBroker, tmp_path: Path) -> None:
    own_kafka.create_topic("records")
    own_kafka.create_topic("predictions")
    values = phishing(4000)
    own_kafka.produce("records", values[:2000])
    sink = {"type": "kafka", "bootstrap": own_kafka.bootstrap, "topic": "predictions"}
    settings = configuration(own_kafka, "records", sink, tmp_path / "checkpoints")
    settings["source"]["stop_at"] = "never"
    settings["checkpoint"]["interval_seconds"] = 3600
    with Daemon(tmp_path / "daemon", settings) as daemon:
        daemon.start()
        daemon.wait_for("ready")
        own_kafka.kill()
        own_kafka.restart()
        own_kafka.produce("records", values[2000:])
        daemon.wait_until(
            lambda: len(own_kafka.read("predictions")) >= 4000, "predict all 4000 records"
        )
        assert daemon.stop() == 0
        assert daemon.events("stopped")[-1]["records"] == 4000
    offsets = [
        json.loads(message.value() or b"")["offset"] for message in own_kafka.read("predictions")
    ]
    assert offsets == list(range(4000))
