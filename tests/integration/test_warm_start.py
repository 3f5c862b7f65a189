"""A history in a file, then a topic: killed amid the history, and live where the topic began."""

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.test_kill import records_in
from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

HISTORY, LIVE = 60_000, 2_000


def tables(kafka: KafkaBroker, topic: str, folder: Path, history: Path) -> dict[str, Any]:
    return {
        "source": {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": topic, "stop_at": "end"},
        "stream": {"label": LABEL},
        "warm_start": {"path": str(history)},
        "checkpoint": {"directory": str(folder), "interval_seconds": 0.02},
    }


def test_killed_amid_the_history_equals_uninterrupted(
    kafka: KafkaBroker, topic: str, tmp_path: Path
) -> None:
    kafka.produce(topic, phishing(LIVE))
    history = tmp_path / "history.ndjson"
    history.write_bytes(b"\n".join(phishing(HISTORY)) + b"\n")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    with Daemon(tmp_path / "a", tables(kafka, topic, whole, history)) as daemon:
        assert daemon.run() == 0
        expected = daemon.events("stopped")[-1]
    with Daemon(tmp_path / "b", tables(kafka, topic, killed, history)) as daemon:
        for point in (1, HISTORY // 3):
            daemon.start()
            daemon.wait_until(
                lambda point=point: records_in(killed) > point,
                f"learn {point} records of the history",
            )
            daemon.kill()
            assert records_in(killed) < HISTORY
        assert daemon.run() == 0
        assert daemon.events("warm start ended")[-1]["records"] == HISTORY
        found = daemon.events("stopped")[-1]
    for key in ("records", "learned", "state", "accuracy", "log_loss"):
        assert found[key] == expected[key], key
    assert found["records"] == HISTORY + LIVE


@pytest.mark.parametrize("start", ["earliest", "latest"])
def test_it_goes_live_at_the_sources_start(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, start: str
) -> None:
    topic = create_topic()
    kafka.produce(topic, phishing(100))
    history = tmp_path / "history.ndjson"
    history.write_bytes(b"\n".join(phishing(500)) + b"\n")
    configuration = tables(kafka, topic, tmp_path / "state", history)
    configuration["source"] |= {"start": start, "stop_at": "never"}
    expected = 500 + (100 if start == "earliest" else 0) + 50
    with Daemon(tmp_path / "daemon", configuration) as daemon:
        daemon.start()
        daemon.wait_for("ready")
        kafka.produce(topic, phishing(50))
        daemon.wait_until(
            lambda: (
                daemon.events("checkpoint written")
                and int(Path(daemon.events("checkpoint written")[-1]["path"]).stem[11:]) == expected
            ),
            f"learn {expected} records",
        )
        assert daemon.stop() == 0
        assert daemon.events("stopped")[-1]["learned"] == expected
