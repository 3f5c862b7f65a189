"""A running daemon says why its rate is what it is; so does the next one, and the checkpoint."""

import json
from pathlib import Path
from typing import Any, cast
from urllib.request import urlopen

import pytest

from streamlr import cli
from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.kafka import KafkaBroker


def turned(values: list[bytes]) -> list[bytes]:
    """The same records, each with the other label."""
    records = [json.loads(value) for value in values]
    return [json.dumps(record | {LABEL: not record[LABEL]}).encode() for record in records]


def get(port: int, path: str) -> bytes:
    with urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return cast("bytes", answer.read())


def unit(port: int, path: str) -> dict[str, Any]:
    """What is told of the one model there is; empty before anything is."""
    units: list[dict[str, Any]] = json.loads(get(port, path))["units"]
    return units[0] if units else {}


def metrics(port: int) -> dict[str, float]:
    lines = [line for line in get(port, "/metrics").decode().splitlines() if line[0] != "#"]
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}


def test_decisions_are_told_by_daemon_and_checkpoint(
    kafka: KafkaBroker, topic: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    values = phishing(2500)
    kafka.produce(topic, values + turned(values))
    configuration = {
        "source": {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": topic},
        "stream": {"label": LABEL},
        "checkpoint": {"directory": str(tmp_path / "state")},
    }
    with Daemon(tmp_path / "first", configuration) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_until(
            lambda: unit(port, "/decisions?limit=0").get("learned") == 5000, "learn 5,000 records"
        )
        told = unit(port, "/decisions?limit=1000")
        later = unit(port, "/decisions?since=2500&limit=1")
        lanes = unit(port, "/lanes")
        shown = metrics(port)
        assert daemon.stop() == 0

    changes = [entry for entry in told["decisions"] if entry["event"] == "rate"]
    assert any(2500 < entry["sample"] < 2600 for entry in changes)  # the labels turn there
    label = 'pipeline="streamlr",reason="another lane leads"'
    assert {entry["reason"] for entry in changes} == {"another lane leads"}
    assert len(changes) == shown[f"streamlr_learning_rate_changes_total{{{label}}}"]
    after = shown[f"streamlr_learning_rate_after_last_change{{{label}}}"]
    assert after == changes[-1]["new"]
    assert later["decisions"] == told["decisions"][-1:]
    assert later["left_out"] == sum(entry["sample"] > 2500 for entry in told["decisions"]) - 1

    assert lanes["partitions"] == ["0"]
    weights = [lane["weight"] for lane in lanes["lanes"]]
    assert len(weights) == 5
    assert weights == sorted(weights, reverse=True)
    assert weights[0] == shown['streamlr_lane_weight{pipeline="streamlr",place="1"}']
    assert lanes["learning_rate"] == shown['streamlr_learning_rate{pipeline="streamlr"}']
    assert shown['streamlr_ready{pipeline="streamlr"}'] == 1

    capfd.readouterr()
    assert cli.main(["decisions", str(tmp_path / "state"), "--json", "--limit", "1000"]) == 0
    assert json.loads(capfd.readouterr().out)["units"] == [told]
    with Daemon(tmp_path / "second", configuration) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_for("ready")
        assert unit(port, "/decisions?limit=1000") == told
        assert unit(port, "/lanes") == lanes
        assert daemon.stop() == 0
