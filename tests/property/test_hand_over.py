"""However partitions wander between members, each one's state is that of an uninterrupted run."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from streamlr import config, state_tree
from streamlr.checkpoint.store import Store
from streamlr.emission import Document
from streamlr.records import Positions, RawBatch, Schema
from streamlr.sinks import Mark
from streamlr.telemetry.events import Events
from streamlr.units import overlap
from streamlr.units.by_partition import ByPartition
from tests.contract.engines import FEATURES, drifting

PARTITIONS, ROWS, MEMBERS = 3, 240, 3
CLASSES = ("down", "up", "left", "right")
NAMES = tuple(f"x{place}" for place in range(FEATURES))
Said = dict[tuple[int, int], bytes]
"""Partition and offset → the prediction."""


@pytest.fixture(autouse=True)
def _quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))


@pytest.fixture(autouse=True, scope="module")
def _learned_beside() -> Iterator[None]:
    """Some of the polls here are large enough to be learned on another thread, some are not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap, "_WORTH", 20)
        yield


class Notes:
    """A sink that notes what was said of each record: whoever says it again must say the same."""

    writes = True

    def __init__(self, said: Said) -> None:
        self._said = said

    def open(self, mark: Mark | None) -> None:
        """Nothing to open."""

    def write(self, documents: Sequence[Document]) -> None:
        for document in documents:
            place = (document.partition, document.offset)
            assert self._said.setdefault(place, document.value) == document.value

    def flush(self) -> Mark:
        return {}

    def beside(self, partition: int) -> "Notes":
        return self

    def close(self) -> None:
        """Nothing is held."""


@lru_cache
def records(partition: int) -> list[bytes]:
    """A stream of its own for each partition, whose classes come in an order of its own."""
    values, labels = drifting(ROWS, partition + 1, "multiclass", 0)
    known = np.nan_to_num(labels).astype(int).tolist()
    return [
        json.dumps(
            {
                **{name: v for name, v in zip(NAMES, row, strict=False) if v == v},  # noqa: PLR0124
                "y": CLASSES[(label + partition) % len(CLASSES)],
            }
        ).encode()
        for row, label in zip(values[:, :FEATURES].tolist(), known, strict=True)
    ]


class Member:
    """A daemon's units of state; polls are given to it."""

    def __init__(self, folder: Path, schedule: str, said: Said) -> None:
        tables: dict[str, Any] = {
            "source": {"type": "kafka", "bootstrap": "h:1", "topic": "t", "group": "g"},
            "stream": {"label": "y", "task": "multiclass", "max_classes": 5, "features": NAMES},
            "schedule": {"type": schedule},
            "state": {"unit": "partition"},
            "checkpoint": {"directory": str(folder)},
        }
        self._opened = ExitStack()
        self._folder, self._schedule, self._said = folder, schedule, said
        events = Events(CollectorRegistry(), "streamlr")
        self.units = ByPartition(config.build(tables), events)
        self.units.open("json", {"sink": Notes(said), "dead_letters": Notes({})}, self._opened)
        if self.units.schema is None:
            self.units.fix(Schema(NAMES, "y"), dict.fromkeys(range(PARTITIONS), 0), ())
        self.units.begin({}, ())
        self.positions: Positions = {}

    def take(self, partition: int) -> None:
        self.positions |= self.units.take([partition])

    def hand_over(self, partition: int) -> None:
        assert self.units.hand_over([partition]) == {partition: self.positions.pop(partition)}

    def lose(self, partition: int) -> None:
        del self.positions[partition]
        self.units.lose([partition])

    def poll(self, count: int) -> None:
        """Records of every partition held, one after the other in turn."""
        rows = [
            (partition, offset)
            for step in range(count)
            for partition, first in sorted(self.positions.items())
            if (offset := first + step) < ROWS
        ]
        if not rows:
            return
        for partition, offset in rows:
            self.positions[partition] = offset + 1
        columns = np.array(rows, np.int64)
        raw = RawBatch(
            payload=[records(partition)[offset] for partition, offset in rows],
            partition=columns[:, 0],
            offset=columns[:, 1],
            timestamp=0,
            keys=None,
            positions=dict(self.positions),
        )
        for _ in self.units.process(raw, withhold=False):
            pass

    def checkpoint(self) -> None:
        for _ in self.units.settle():
            pass
        for partition in self.positions:
            self.units._checkpoint(partition)

    def reborn(self) -> "Member":
        """Killed: another one comes to its place, with nothing but the folder."""
        return Member(self._folder, self._schedule, self._said)


def states(folder: Path) -> Iterator[tuple[dict[int, int], tuple[Any, ...], dict[str, bytes]]]:
    """Positions, classes and state of each partition's newest checkpoint."""
    for partition in range(PARTITIONS):
        stored = Store(folder / "streamlr" / f"partition-{partition}", 3).newest()
        assert stored is not None
        header, arrays = stored
        yield header.positions, header.classes, {name: a.tobytes() for name, a in arrays.items()}


@lru_cache
def uninterrupted(schedule: str) -> tuple[list[Any], Said]:
    with TemporaryDirectory() as name:
        said: Said = {}
        member = Member(Path(name), schedule, said)
        for partition in range(PARTITIONS):
            member.take(partition)
        member.poll(ROWS)
        member.checkpoint()
        return list(states(Path(name))), said


steps = st.one_of(
    st.tuples(st.just("poll"), st.integers(0, MEMBERS - 1), st.integers(1, 60)),
    st.tuples(st.just("move"), st.integers(0, PARTITIONS - 1), st.integers(0, MEMBERS - 1)),
    st.tuples(st.just("lose"), st.integers(0, PARTITIONS - 1), st.integers(0, MEMBERS - 1)),
    st.tuples(st.just("kill"), st.integers(0, MEMBERS - 1), st.integers(0, MEMBERS - 1)),
    st.tuples(st.just("checkpoint"), st.integers(0, MEMBERS - 1), st.just(0)),
)


@pytest.mark.parametrize("schedule", ["constant", "race"])
@settings(max_examples=12)
@given(steps=st.lists(steps, min_size=3, max_size=25))
def test_however_partitions_wander(schedule: str, steps: list[tuple[str, int, int]]) -> None:
    with TemporaryDirectory() as name:
        said: Said = {}
        members = [Member(Path(name), schedule, said) for _ in range(MEMBERS)]
        for partition in range(PARTITIONS):
            members[0].take(partition)
        for what, one, other in steps:
            step(members, what, one, other)
        for member in members:
            member.poll(ROWS)
            member.checkpoint()
        states_then, said_then = uninterrupted(schedule)
        assert list(states(Path(name))) == states_then
        assert said == said_then
        held = sorted(partition for member in members for partition in member.positions)
        assert held == list(range(PARTITIONS))


def step(members: list[Member], what: str, one: int, other: int) -> None:
    """Do one thing; every partition is held by one member before and after."""
    if what == "poll":
        members[one].poll(other)
    elif what == "checkpoint":
        members[one].checkpoint()
    elif what == "kill":
        orphans = list(members[one].positions)
        members[one] = members[one].reborn()
        for partition in orphans:
            members[other].take(partition)
    else:
        owner = next(member for member in members if one in member.positions)
        (owner.hand_over if what == "move" else owner.lose)(one)
        members[other].take(one)


def test_each_partition_meets_its_classes_by_itself() -> None:
    states_then, said = uninterrupted("constant")
    assert len({classes for _, classes, _ in states_then}) == PARTITIONS
    assert len(said) == PARTITIONS * ROWS


def test_a_state_is_its_own_size_only() -> None:
    """Nothing stays of a partition that was given up."""
    with TemporaryDirectory() as name:
        member = Member(Path(name), "constant", {})
        member.take(0)
        member.hand_over(0)
        assert member.units.pipelines == []
        counted = member.units.departed
        assert not any(counted.values())
        assert state_tree.digest(member.units.figures_of[0].engine.state)
