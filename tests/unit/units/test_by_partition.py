"""A daemon with a model for each partition, without a group: all of them are its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog

from streamlr import config
from streamlr.checkpoint.store import Store
from streamlr.errors import StorageError
from streamlr.records import Positions, RawBatch, Topics
from streamlr.service import Service
from streamlr.sources import Lag

Rows = list[tuple[int, Any]]
"""Partition and label of each record."""


class Stream:
    """Gives out polls; offsets count on in each partition from where it was opened."""

    decoder = "json"

    def __init__(self, *polls: Rows, partitions: int = 2, topics: Topics = ()) -> None:
        self._polls = list(polls)
        self._partitions = partitions
        self.topics = topics
        self.finished = False
        self.opened_at: tuple[Positions | None, Topics] = (None, ())
        self.committed: list[Positions] = []

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:
        self.opened_at = (positions, topics)
        self._next = dict.fromkeys(range(self._partitions), 0) | (positions or {})
        return dict(self._next)

    def poll(self, records: int, seconds: float) -> RawBatch | None:
        rows = self._polls.pop(0)
        self.finished = not self._polls
        offsets = []
        for partition, _ in rows:
            offsets.append(self._next.setdefault(partition, 0))
            self._next[partition] += 1
        return RawBatch(
            payload=[json.dumps({"a": 1.5, "y": label}).encode() for _, label in rows],
            partition=np.array([partition for partition, _ in rows]),
            offset=np.array(offsets),
            timestamp=0,
            keys=None,
            positions=dict(self._next),
            topics=self.topics,
        )

    def commit(self, positions: Positions) -> None:
        self.committed.append(positions)

    def lag(self) -> Lag:
        return Lag({})

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def run(tmp_path: Path, stream: Stream, unit: str = "partition", **others: Any) -> Service:  # noqa: ANN401 - any table
    made = Service(
        config.build(
            {
                "source": {"type": "simulator"},
                "stream": {"label": "y", "infer_from": 2, "task": "multiclass"},
                "schedule": {"type": "constant"},
                "detector": {"type": "none"},
                "state": {"unit": unit},
                "checkpoint": {"directory": str(tmp_path), "interval_seconds": 1e9},
                "web": {"enabled": False},
                **others,
            }
        )
    )
    made.source = stream
    made.run()
    return made


def newest(tmp_path: Path, name: str) -> tuple[dict[int, int], tuple[Any, ...], Topics]:
    stored = Store(tmp_path / "streamlr" / name, 3).newest()
    assert stored is not None
    return stored[0].positions, stored[0].classes, stored[0].topics


def test_each_partition_has_its_own_folder_positions_and_classes(tmp_path: Path) -> None:
    stream = Stream([(0, "x"), (1, "y"), (0, "y"), (1, "z")], [(1, "w")])
    made = run(tmp_path, stream)
    assert newest(tmp_path, "partition-0") == ({0: 2}, ("x", "y"), ())
    assert newest(tmp_path, "partition-1") == ({1: 3}, ("y", "z", "w"), ())
    assert stream.committed[-1] == {0: 2, 1: 3}
    assert (made.snapshot.records, made.snapshot.units) == (5, 2)
    assert made.snapshot.positions == {"0": 2, "1": 3}
    assert made.metrics.get_sample_value("streamlr_units_held", {"pipeline": "streamlr"}) == 2


def test_it_resumes_each_where_it_stood(tmp_path: Path) -> None:
    run(tmp_path, Stream([(0, "x"), (1, "y"), (0, "y")]))
    stream = Stream([(1, "z"), (0, "x")])
    made = run(tmp_path, stream)
    assert stream.opened_at == ({0: 2, 1: 1}, ())
    assert newest(tmp_path, "partition-0") == ({0: 3}, ("x", "y"), ())
    assert newest(tmp_path, "partition-1") == ({1: 2}, ("y", "z"), ())
    assert made.snapshot.records == 5


def test_the_schema_stays_for_partitions_that_come_later(tmp_path: Path) -> None:
    run(tmp_path, Stream([(0, "x"), (0, "y")], partitions=1))
    assert not (tmp_path / "streamlr" / "partition-1").exists()
    made = run(tmp_path, Stream([(0, "x"), (1, "y")], [(2, "x")]))
    assert newest(tmp_path, "partition-1")[0] == {1: 1}
    assert newest(tmp_path, "partition-2")[0] == {2: 1}  # it was added while running
    assert {pipeline.schema.features for pipeline in made.units.pipelines} == {("a",)}


def test_a_pattern_s_topics_name_the_folders(tmp_path: Path) -> None:
    far = 1_000_000
    stream = Stream([(0, "x"), (far, "y"), (far, "z")], partitions=1, topics=("eu", "us"))
    run(tmp_path, stream)
    assert newest(tmp_path, "eu-partition-0") == ({0: 1}, ("x",), ("eu",))
    assert newest(tmp_path, "us-partition-0") == ({0: 2}, ("y", "z"), ("us",))
    again = Stream([(0, "x")], partitions=1, topics=("eu", "us"))
    run(tmp_path, again)
    assert again.opened_at == ({0: 1, far: 2}, ("eu", "us"))


def test_what_is_skipped_is_counted_in_each(tmp_path: Path) -> None:
    made = run(tmp_path, Stream([(0, "x"), (1, "y")]))
    assert made.units.skip({0: 11, 1: 5}) == 14
    assert made.units.positions == {0: 11, 1: 5}
    assert [pipeline.skipped for pipeline in made.units.pipelines] == [10, 4]


def test_without_a_folder_there_is_no_checkpoint(tmp_path: Path) -> None:
    made = run(tmp_path, Stream([(0, "x"), (1, "y")]), checkpoint={})
    assert made.snapshot.records == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("first", ["pipeline", "partition"])
def test_another_unit_over_an_old_folder_is_refused(tmp_path: Path, first: str) -> None:
    run(tmp_path, Stream([(0, "x"), (0, "y")]), first)
    other = {"pipeline": "partition", "partition": "pipeline"}[first]
    with pytest.raises(StorageError) as caught:
        run(tmp_path, Stream([(0, "x")]), other)
    assert f"Set [state] unit = '{first}' to go on with it, or choose another" in str(caught.value)


def test_other_settings_are_refused(tmp_path: Path) -> None:
    run(tmp_path, Stream([(0, "x"), (0, "y")]))
    with pytest.raises(StorageError, match=r"made with other settings: \[features\] clip"):
        run(tmp_path, Stream([(0, "x")]), features={"clip": 3.0})


def test_one_partition_equals_the_whole_pipeline(tmp_path: Path) -> None:
    source = {"type": "simulator", "samples": 500}
    stream = {"label": "target"}
    digests = []
    for unit in ("pipeline", "partition"):
        made = Service(
            config.build(
                {
                    "source": source,
                    "stream": stream,
                    "state": {"unit": unit},
                    "web": {"enabled": False},
                }
            )
        )
        made.run()
        digests.append((made.units.digest(), made.snapshot.metrics, made.snapshot.learning_rate))
    assert repr(digests[0]) == repr(digests[1])
