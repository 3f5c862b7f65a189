"""Fields that come and go are told once each."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest

from streamlr.decoders import json as decoder
from streamlr.field_watch import FieldWatch
from streamlr.records import RawBatch, Schema

SAMPLE = partial(decoder.sample, decoder.Config())
SCHEMA = Schema(("a", "b"), "y", ("c",))
WHOLE = {"a": 1, "b": 2, "c": "x", "y": 0}


class Watched:
    """A watch, at whose every look it is time to."""

    def __init__(self, *expected: str) -> None:
        self._now = 0.0
        self.watch = FieldWatch(SCHEMA, expected, SAMPLE, lambda: self._now)

    def look(self, *records: Mapping[str, Any] | bytes, seconds: float = 1.0) -> dict[str, Any]:
        """Return what is told, without what is not."""
        self._now += seconds
        lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in records]
        news = self.watch.look(batch(lines))._asdict()
        return {what: names for what, names in news.items() if names}


def batch(payload: Any) -> RawBatch:  # noqa: ANN401 - any payload
    count = len(payload)
    where = np.zeros(count, np.int64), np.arange(count)
    return RawBatch(payload, *where, timestamp=0, keys=None, positions={0: count})


def test_a_new_field_is_told_once() -> None:
    watched = Watched()
    assert watched.look(WHOLE) == {}
    assert watched.look({**WHOLE, "d": 1}, {**WHOLE, "d": 2, "e": None}) == {"new": ["d", "e"]}
    assert watched.look({**WHOLE, "d": 3}) == {}


def test_what_the_first_records_hold_is_known() -> None:
    watched = Watched()
    assert watched.look(b"no record", seconds=1) == {}
    assert watched.look({**WHOLE, "id": 1}, {**WHOLE, "ts": 2}) == {}
    assert watched.look({**WHOLE, "id": 3, "ts": 4}) == {}


def test_what_is_expected_is_not_told() -> None:
    watched = Watched("d")
    watched.look(WHOLE)
    assert watched.look({**WHOLE, "d": 1}) == {}


@pytest.mark.parametrize("gone", [{"a": 1, "c": "x"}, {"a": 1, "b": None, "c": "x"}])
def test_a_field_that_comes_no_more_is_told_and_so_is_its_return(gone: dict[str, Any]) -> None:
    watched = Watched()
    for _ in range(10):
        assert watched.look(WHOLE) == {}
    told = [watched.look(gone, gone) for _ in range(100)]
    assert [news for news in told if news] == [{"vanished": ["b"]}]
    assert watched.watch.vanished == 1
    assert told.index({"vanished": ["b"]}) == 49
    assert watched.look(WHOLE) == {"back": ["b"]}
    assert watched.watch.vanished == 0


def test_a_field_that_mostly_is_not_there_has_not_vanished() -> None:
    watched = Watched()
    seldom = {"a": 1, "b": 2}
    for step in range(300):
        assert watched.look({**seldom, "c": "x"} if step % 60 == 0 else seldom) == {}
    assert [watched.look(seldom) for _ in range(300)] == [{}] * 300


def test_it_looks_now_and_then_only() -> None:
    watched = Watched()
    watched.look(WHOLE)
    assert watched.look({"new": 1}, seconds=0.1) == {}
    assert watched.look({"new": 1}, seconds=0.15) == {"new": ["new"]}


def test_names_without_end_do_not_fill_the_memory() -> None:
    watched = Watched()
    watched.look(WHOLE)
    told = [watched.look({f"key-{step}": 1}) for step in range(200)]
    assert sum(len(news.get("new", ())) for news in told) == 100


def test_columns_that_stand_in_a_header_are_not_looked_at() -> None:
    watch = FieldWatch(SCHEMA, (), SAMPLE)
    assert not any(watch.look(batch((b"not", b"a list"))))
