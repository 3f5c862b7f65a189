"""Daemons that share a topic's partitions, each with a model of its own: they come and go."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from streamlr.checkpoint.store import Store
from tests.integration.streams import LABEL, phishing
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker

PARTITIONS, SHARE = 4, 900  # records of each partition
MEMBERSHIPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("librdkafka", "classic", {}),
    ("librdkafka", "classic", {"partition.assignment.strategy": "cooperative-sticky"}),
    ("librdkafka", "consumer", {}),
    ("kafka-python", "classic", {}),
)


@pytest.fixture(params=MEMBERSHIPS, ids=["eager", "cooperative", "kip-848", "kafka-python"])
def membership(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Keys of [source]: a client and how it shares."""
    client, protocol, options = request.param
    return {"client": client, "group_protocol": protocol, "options": options}


def values(partition: int) -> list[bytes]:
    """A partition's records, at another place of the stream than the others'."""
    return phishing(SHARE + 100 * partition)[100 * partition :]


def tables(
    kafka: KafkaBroker,
    topic: str,
    sink: str,
    folder: Path,
    **source: Any,  # noqa: ANN401 - any key
) -> dict[str, Any]:
    """A configuration of state by partition."""
    return {
        "source": {"type": "kafka", "bootstrap": kafka.bootstrap, "topic": topic, **source},
        "stream": {"label": LABEL},
        "state": {"unit": "partition"},
        "schedule": {"type": "race"},
        "sink": {
            "type": "kafka",
            "bootstrap": kafka.bootstrap,
            "topic": sink,
            "client": source.get("client", "librdkafka"),
        },
        "checkpoint": {"directory": str(folder), "interval_seconds": 0.5},
    }


def states(folder: Path) -> list[tuple[dict[int, int], tuple[Any, ...], dict[str, bytes]]]:
    """Positions, classes and state of each partition's newest checkpoint."""
    found = []
    for partition in range(PARTITIONS):
        stored = Store(folder / "streamlr" / f"partition-{partition}", 3).newest()
        assert stored is not None
        header, arrays = stored
        state = {name: array.tobytes() for name, array in arrays.items()}
        found.append((header.positions, header.classes, state))
    return found


def said(kafka: KafkaBroker, topic: str) -> list[bytes]:
    """Every prediction in a topic of two partitions, by partition and offset of its record."""
    documents = [m.value() or b"" for partition in range(2) for m in kafka.read(topic, partition)]
    return sorted(documents, key=lambda value: _place(json.loads(value)))


def _place(prediction: dict[str, Any]) -> tuple[int, int]:
    return prediction["partition"], prediction["offset"]


class Members:
    """Daemons of one group."""

    def __init__(self, opened: ExitStack, folder: Path, configuration: dict[str, Any]) -> None:
        self._opened, self._folder, self._configuration = opened, folder, configuration
        self._count = 0

    def start(self) -> Daemon:
        """One more; it is ready when this returns."""
        self._count += 1
        folder = self._folder / f"member-{self._count}"
        member = self._opened.enter_context(Daemon(folder, self._configuration))
        member.start()
        member.wait_for("ready")
        return member


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Return what ends every daemon with the test."""
    with ExitStack() as stack:
        yield stack


def test_members_come_leave_and_are_killed(
    kafka: KafkaBroker,
    create_topic: CreateTopic,
    tmp_path: Path,
    membership: dict[str, Any],
    opened: ExitStack,
) -> None:
    topic, together, alone = create_topic(PARTITIONS), create_topic(2), create_topic(2)
    source = {"group": topic, **membership}
    shared = tables(kafka, topic, together, tmp_path / "shared", **source)
    members = Members(opened, tmp_path, shared)

    def produce(start: int, stop: int) -> None:
        for partition in range(PARTITIONS):
            kafka.produce(topic, values(partition)[start:stop], partition=partition)

    def wait_for(count: int, by: Daemon) -> None:
        """Until so many predictions are in the topic."""
        by.wait_until(lambda: len(said(kafka, together)) >= count * PARTITIONS, f"predict {count}")

    def shares(member: Daemon, partitions: int) -> None:
        """Until a member holds so many."""
        member.wait_until(lambda: held(member) == partitions, f"hold {partitions} partitions")

    produce(0, 200)
    first = members.start()
    wait_for(200, first)
    second = members.start()  # joins later
    shares(second, 2)
    shares(first, 2)
    produce(200, 400)
    wait_for(400, second)
    assert first.stop() == 0  # leaves
    shares(second, PARTITIONS)
    third = members.start()
    shares(third, 2)
    produce(400, 600)
    second.kill()  # amid the records
    shares(third, PARTITIONS)
    produce(600, SHARE)
    wait_for(SHARE, third)
    assert third.stop() == 0

    reference = tables(kafka, topic, alone, tmp_path / "alone", stop_at="end")
    with Daemon(tmp_path / "reference", reference) as daemon:
        assert daemon.run() == 0
        assert daemon.events("stopped")[-1]["records"] == SHARE * PARTITIONS
    assert said(kafka, together) == said(kafka, alone)
    assert len(said(kafka, alone)) == SHARE * PARTITIONS
    assert states(tmp_path / "shared") == states(tmp_path / "alone")


def held(member: Daemon) -> int:
    """Partitions whose state a member holds, by its log."""
    count = 0
    for line in member.lines():
        if '"state taken"' in line:
            count += len(json.loads(line)["partitions"])
        elif '"state handed over"' in line or '"state lost' in line:
            count -= len(json.loads(line)["partitions"])
    return count
