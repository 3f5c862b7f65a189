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


class Group:
    """Members that share a topic, whose predictions and state are those of one that has it all."""

    def __init__(
        self,
        kafka: KafkaBroker,
        create_topic: CreateTopic,
        folder: Path,
        opened: ExitStack,
        **source: Any,  # noqa: ANN401 - any key
    ) -> None:
        self._kafka, self._folder, self._opened = kafka, folder, opened
        self._topic, self._together = create_topic(PARTITIONS), create_topic(2)
        self._alone = create_topic(2)
        self._source = {"group": self._topic, **source}
        self._members = 0
        self._produced = 0

    def produce(self, stop: int) -> None:
        """Every partition's records up to this one."""
        for partition in range(PARTITIONS):
            records = values(partition)[self._produced : stop]
            self._kafka.produce(self._topic, records, partition=partition)
        self._produced = stop

    def begin(self) -> Daemon:
        """Start a member, which may wait for what others do."""
        self._members += 1
        state = self._folder / "together"
        configuration = tables(self._kafka, self._topic, self._together, state, **self._source)
        folder = self._folder / f"member-{self._members}"
        member = self._opened.enter_context(Daemon(folder, configuration))
        member.start()
        return member

    def start(self) -> Daemon:
        """Start a member; it is ready when this returns."""
        member = self.begin()
        member.wait_for("ready")
        return member

    def wait_for_all(self, by: Daemon) -> None:
        """Wait until every record is predicted."""
        count = self._produced * PARTITIONS
        by.wait_until(lambda: len(said(self._kafka, self._together)) >= count, f"predict {count}")

    def require_the_same_as_one(self) -> None:
        """Compare with a daemon that has all partitions from their beginning."""
        state = self._folder / "alone"
        configuration = tables(self._kafka, self._topic, self._alone, state, stop_at="end")
        with Daemon(self._folder / "one", configuration) as one:
            assert one.run() == 0
            assert one.events("stopped")[-1]["records"] == self._produced * PARTITIONS
        assert said(self._kafka, self._together) == said(self._kafka, self._alone)
        assert len(said(self._kafka, self._alone)) == self._produced * PARTITIONS
        assert states(self._folder / "together") == states(state)


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
    group = Group(kafka, create_topic, tmp_path, opened, **membership)
    group.produce(200)
    first = group.start()
    group.wait_for_all(first)
    second = group.start()  # joins later
    wait_until_held(2, first, second)
    group.produce(400)
    group.wait_for_all(second)
    assert first.stop() == 0  # leaves
    wait_until_held(PARTITIONS, second)
    third = group.start()
    wait_until_held(2, third)
    group.produce(600)
    second.kill()  # amid the records
    wait_until_held(PARTITIONS, third)
    group.produce(SHARE)
    group.wait_for_all(third)
    assert third.stop() == 0
    group.require_the_same_as_one()


@pytest.mark.parametrize("client", ["librdkafka", "kafka-python"])
def test_a_member_that_slept_forgets_what_others_have(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, client: str, opened: ExitStack
) -> None:
    group = Group(kafka, create_topic, tmp_path, opened, client=client)
    group.produce(200)
    first = group.start()
    group.wait_for_all(first)
    first.suspend()
    second = group.start()
    wait_until_held(PARTITIONS, second)  # when the session of the first has ended
    group.produce(400)
    group.wait_for_all(second)
    first.go_on()
    wait_until_held(2, first, second)  # the first let go of all, and was given two
    group.produce(600)
    group.wait_for_all(first)
    assert first.stop() == 0
    assert second.stop() == 0
    group.require_the_same_as_one()


def test_members_that_start_at_once_agree_on_the_schema(
    kafka: KafkaBroker, create_topic: CreateTopic, tmp_path: Path, opened: ExitStack
) -> None:
    group = Group(kafka, create_topic, tmp_path, opened)
    members = [group.begin() for _ in range(2)]
    group.produce(300)
    for member in members:
        member.wait_for("ready")
    group.wait_for_all(members[0])
    for member in members:
        assert member.stop() == 0
    group.require_the_same_as_one()


def wait_until_held(partitions: int, *members: Daemon) -> None:
    """Wait until each member holds so many."""
    for member in members:
        member.wait_until(lambda it=member: held(it) == partitions, f"hold {partitions}")


def held(member: Daemon) -> int:
    """Partitions whose state a member holds, by its log."""
    count = 0
    for line in member.lines():
        if '"state taken"' in line:
            count += len(json.loads(line)["partitions"])
        elif '"state handed over"' in line or '"state lost' in line:
            count -= len(json.loads(line)["partitions"])
    return count
