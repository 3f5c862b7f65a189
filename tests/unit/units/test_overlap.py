"""Large polls are learned on a second core while the next ones are read: nothing else changes."""

import json
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import pytest

from streamlr import config, state_tree
from streamlr.emission import Document
from streamlr.pipeline import Pipeline
from streamlr.records import RawBatch, Schema
from streamlr.sinks import Mark, Sink
from streamlr.units.overlap import Overlap

LARGE, SMALL = 300, 20
SIZES = (LARGE, LARGE, SMALL, LARGE, SMALL, SMALL, LARGE)


class Offsets:
    """A sink that notes where documents come from."""

    writes = True

    def __init__(self) -> None:
        self.seen: list[int] = []

    def open(self, mark: Mark | None) -> None:
        """Nothing to open."""

    def write(self, documents: Sequence[Document]) -> None:
        self.seen += [document.offset for document in documents]

    def flush(self) -> Mark:
        return {}

    def beside(self, partition: int) -> "Offsets":
        return self

    def close(self) -> None:
        """Nothing is held."""


def pipeline(sink: Offsets) -> Pipeline:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    sinks: dict[str, Sink] = {"sink": sink, "dead_letters": Offsets()}
    return Pipeline(config.build(tables), Schema(("a", "b"), "y"), "json", sinks)


def batch(count: int, start: int) -> RawBatch:
    draw = np.random.default_rng(start)
    values = draw.normal(size=(count, 2)).tolist()
    return RawBatch(
        payload=[json.dumps({"a": a, "b": b, "y": int(a > b)}).encode() for a, b in values],
        partition=np.zeros(count, np.int64),
        offset=np.arange(start, start + count),
        timestamp=0,
        keys=None,
        positions={0: start + count},
    )


def batches() -> list[RawBatch]:
    starts = np.cumsum([0, *SIZES]).tolist()
    return [batch(size, start) for size, start in zip(SIZES, starts, strict=False)]


def run(*, second_core: bool) -> tuple[str, list[int], list[int]]:
    sink = Offsets()
    line, overlap, told = pipeline(sink), Overlap(second_core=second_core), list[int]()
    for raw in batches():
        overlap.process(line, raw, raw, withhold=False)
        told += [int(part.offset[0]) for part, _, _ in overlap.told()]
    overlap.settle()
    told += [int(part.offset[0]) for part, _, _ in overlap.told()]
    return state_tree.digest(line.engine.state), sink.seen, told


def test_the_same_comes_of_it_in_the_same_order() -> None:
    digest, seen, told = run(second_core=True)
    assert (digest, seen, told) == run(second_core=False)
    assert seen == list(range(sum(SIZES)))
    assert told == np.cumsum([0, *SIZES])[:-1].tolist()


def test_the_last_large_poll_is_under_way_until_it_is_settled() -> None:
    sink, overlap = Offsets(), Overlap(second_core=True)
    line = pipeline(sink)
    first, second = batch(LARGE, 0), batch(LARGE, LARGE)
    overlap.process(line, first, first, withhold=False)
    assert (overlap.busy, list(overlap.told()), line.positions) == (True, [], {})
    overlap.process(line, second, second, withhold=False)
    assert [part for part, _, _ in overlap.told()] == [first]
    assert line.positions == {0: LARGE}
    overlap.settle()
    assert not overlap.busy
    assert [part for part, _, _ in overlap.told()] == [second]
    assert list(overlap.told()) == []


@pytest.mark.parametrize(("second_core", "records"), [(False, LARGE), (True, SMALL)])
def test_nothing_is_left_under_way_where_it_does_not_pay(
    *, second_core: bool, records: int
) -> None:
    overlap, raw = Overlap(second_core=second_core), batch(records, 0)
    overlap.process(pipeline(Offsets()), raw, raw, withhold=False)
    assert not overlap.busy
    assert [part for part, _, _ in overlap.told()] == [raw]


def test_an_error_on_the_other_core_is_raised_on_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    class BrokenError(Exception):
        """Of the kernel."""

    def broken(*_: object) -> NoReturn:
        raise BrokenError

    sink, overlap, raw = Offsets(), Overlap(second_core=True), batch(LARGE, 0)
    line = pipeline(sink)
    monkeypatch.setattr(line.engine, "run_events", broken)
    overlap.process(line, raw, raw, withhold=False)
    with pytest.raises(BrokenError):
        overlap.settle()
    assert (overlap.busy, sink.seen) == (False, [])
