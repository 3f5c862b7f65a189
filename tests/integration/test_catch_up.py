"""A daemon that finds a topic far ahead of it: each policy, on a real topic."""

import json
from pathlib import Path
from typing import Any

import pytest

from streamlr.checkpoint.store import Store
from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

FIRST, LATER, LEFT = 300, 6000, 600
VALUES = phishing(FIRST + LATER)
TOLD = ("far behind, catching up", "caught up", "records skipped to catch up")


def tables(kafka: KafkaBroker, topic: str, folder: Path, policy: str) -> dict[str, Any]:
    return {
        "source": {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": topic, "stop_at": "end"},
        "stream": {"label": LABEL},
        "sink": {"type": "file", "path": str(folder / "out.ndjson")},
        "checkpoint": {"directory": str(folder / "state")},
        "loop": {"poll_records": 500},  # looks at the lag as often
        "catch_up": {"policy": policy, "when_lag_above": 2000, "until_lag_below": LEFT},
    }


def run(folder: Path, configuration: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run to the end of the topic; the last log line, and those of catching up."""
    with Daemon(folder / "daemon", configuration) as daemon:
        assert daemon.run() == 0
        names = ("far behind, catching up", "caught up", "records skipped to catch up")
        return daemon.events("stopped")[-1], [
            line for name in names for line in daemon.events(name)
        ]


def after_a_long_stop(
    kafka: KafkaBroker, topic: str, folder: Path, policy: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Learn the first records, and be away while the others come."""
    configuration = tables(kafka, topic, folder, policy)
    kafka.produce(topic, VALUES[:FIRST])
    assert run(folder, configuration)[1] == []
    kafka.produce(topic, VALUES[FIRST:])
    return run(folder, configuration)


def emitted(folder: Path) -> list[int]:
    lines = (folder / "out.ndjson").read_bytes().splitlines()
    return [json.loads(line)["offset"] for line in lines]


def counts(folder: Path) -> tuple[int, int]:
    """Skipped and withheld, as the newest checkpoint has them."""
    stored = Store(folder / "state" / "streamlr", 3).newest()
    assert stored is not None
    return stored[0].skipped, stored[0].withheld


@pytest.fixture(scope="module")
def all_learned(kafka: KafkaBroker, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the state after every record."""
    kafka.create_topic("catch-up-all")
    kafka.produce("catch-up-all", VALUES)
    folder = tmp_path_factory.mktemp("all")
    state: str = run(folder, tables(kafka, "catch-up-all", folder, "learn"))[0]["state"]
    return state


def test_learn(kafka: KafkaBroker, topic: str, tmp_path: Path, all_learned: str) -> None:
    stopped, told = after_a_long_stop(kafka, topic, tmp_path, "learn")
    assert (stopped["state"], told) == (all_learned, [])
    assert emitted(tmp_path) == list(range(FIRST + LATER))
    assert counts(tmp_path) == (0, 0)


def test_learn_only(kafka: KafkaBroker, topic: str, tmp_path: Path, all_learned: str) -> None:
    stopped, told = after_a_long_stop(kafka, topic, tmp_path, "learn_only")
    assert stopped["state"] == all_learned
    begun, ended = told
    assert (begun["policy"], begun["lag_records"] > 2000) == ("learn_only", True)
    withheld = ended["predictions_withheld"]
    assert LATER - LEFT - 500 <= withheld < LATER
    assert emitted(tmp_path) == [*range(FIRST), *range(FIRST + withheld, FIRST + LATER)]
    assert counts(tmp_path) == (0, withheld)


def test_skip(kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path) -> None:
    topic, without = create_topic(), create_topic()
    stopped, (line,) = after_a_long_stop(kafka, topic, tmp_path / "a", "skip")
    assert (line["records"], line["old"]) == (LATER - LEFT, {"0": FIRST})
    assert emitted(tmp_path / "a") == [*range(FIRST), *range(FIRST + LATER - LEFT, FIRST + LATER)]
    assert counts(tmp_path / "a") == (LATER - LEFT, 0)

    # as if what was skipped had never been
    kafka.produce(without, VALUES[:FIRST] + VALUES[-LEFT:])
    (tmp_path / "b").mkdir()
    reference, _ = run(tmp_path / "b", tables(kafka, without, tmp_path / "b", "learn"))
    assert (stopped["state"], stopped["records"]) == (reference["state"], FIRST + LEFT)


def test_skip_in_every_partition(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path
) -> None:
    topic = create_topic(2)
    configuration = tables(kafka, topic, tmp_path, "skip")
    features = [name for name in json.loads(VALUES[0]) if name != LABEL]
    configuration["stream"]["features"] = features
    configuration["source"]["group"] = topic
    kafka.produce(topic, VALUES[:4000], partition=0)
    kafka.produce(topic, VALUES[:100], partition=1)
    stopped, (line,) = run(tmp_path, configuration)
    assert line["new"]["0"] == 4000 - LEFT // 2
    assert stopped["records"] + line["records"] == 4100
    assert counts(tmp_path)[0] == line["records"] >= 4000 - LEFT // 2
