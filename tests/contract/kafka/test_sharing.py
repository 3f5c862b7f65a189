"""Partitions that come with their state: where reading begins, and trouble with the state."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from streamlr.errors import StorageError
from streamlr.records import Positions
from streamlr.sources import GroupSource
from tests.contract.kafka.conftest import built
from tests.contract.kafka.polling import numbered, poll_count, poll_until, values
from tests.servers.fixtures import CreateTopic
from tests.servers.kafka import KafkaBroker


class Keeper:
    """Has every partition's state stand somewhere; or fails, as a full disk would."""

    def __init__(self, *, at: int = 0, fails: bool = False) -> None:
        self._at, self._fails = at, fails
        self.held: set[int] = set()

    def take(self, partitions: Sequence[int]) -> Positions:
        if self._fails:
            raise StorageError("the disk is full")
        self.held.update(partitions)
        return dict.fromkeys(partitions, self._at)

    def hand_over(self, partitions: Sequence[int]) -> Positions:
        self.held.difference_update(partitions)
        return {}

    def lose(self, partitions: Sequence[int]) -> None:
        self.held.difference_update(partitions)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Return what closes every source with the test."""
    with ExitStack() as stack:
        yield stack


def member(
    kafka: KafkaBroker, opened: ExitStack, client: str, topic: str, keeper: Keeper
) -> GroupSource:
    table: dict[str, Any] = {"bootstrap": kafka.bootstrap, "topic": topic, "group": topic}
    source: GroupSource = built("sources", {"client": client, **table}, "tests")
    source.share(keeper)
    assert source.open({}, ()) == dict.fromkeys(range(2), 0)
    opened.callback(source.close)
    return source


def test_reading_begins_where_the_state_stands(
    kafka: KafkaBroker, create_topic: CreateTopic, client: str, opened: ExitStack
) -> None:
    topic, keeper = create_topic(2), Keeper(at=30)
    for partition in range(2):
        kafka.produce(topic, values(0, 100), partition=partition)
    source = member(kafka, opened, client, topic, keeper)
    found = poll_count(source, 140)
    assert sorted(found) == numbered(30, 100, 0) + numbered(30, 100, 1)
    assert keeper.held == {0, 1}


def test_trouble_with_the_state_ends_the_poll(
    kafka: KafkaBroker, create_topic: CreateTopic, client: str, opened: ExitStack
) -> None:
    source = member(kafka, opened, client, create_topic(2), Keeper(fails=True))
    with pytest.raises(StorageError, match="the disk is full"):
        poll_until(source, lambda _found: False)


def test_a_share_goes_to_who_joins_and_comes_back_when_it_leaves(
    kafka: KafkaBroker, create_topic: CreateTopic, client: str, opened: ExitStack
) -> None:
    topic, one, other = create_topic(2), Keeper(), Keeper()
    first = member(kafka, opened, client, topic, one)
    poll_until(first, lambda _found: one.held == {0, 1})
    with ExitStack() as for_a_while:
        second = member(kafka, for_a_while, client, topic, other)

        def shared(_found: object) -> bool:
            second.poll(500, 0.1)
            return len(one.held) == len(other.held) == 1

        poll_until(first, shared)
        assert one.held.isdisjoint(other.held)
    poll_until(first, lambda _found: one.held == {0, 1})
