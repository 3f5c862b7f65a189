"""Labels find their features as in a few dictionaries, wherever polls end and restarts are."""

import math
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr import key_table, record_keys, state_tree
from streamlr.kernel import BOTH, LEARN, PREDICT
from streamlr.labels import joining
from streamlr.labels.delayed import Config, Delayed
from streamlr.records import Decoded, RawBatch

NO_KEY = 0


class Record(NamedTuple):
    """A key, or none; features or not; a label, NaN for none; a time, NaN for none."""

    key: int
    features: bool
    label: float
    time: float


class Told(NamedTuple):
    """An event, the record that it stands at, the record whose features it is of, its label."""

    event: int
    at: int
    of: int
    label: float


class Dictionaries:
    """The rules once more, in dictionaries that keep the order in which keys came."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ttl = config.ttl_seconds or math.inf
        grace = config.ttl_seconds or 0.0 if config.grace_seconds is None else config.grace_seconds
        self.let_go = self.ttl + grace
        self.wait = (config.label_wait_seconds or self.ttl) + grace
        self.waiting: OrderedDict[int, tuple[int, float]] = OrderedDict()
        self.early: OrderedDict[int, tuple[float, float]] = OrderedDict()
        self.past: OrderedDict[int, float | None] = OrderedDict()
        self.clock = math.nan
        self.count: Counter[str] = Counter()

    def run(self, records: Sequence[Record]) -> list[Told]:
        return [told for at, record in enumerate(records) for told in self.take(at, record)]

    def take(self, at: int, record: Record) -> Iterator[Told]:
        if not math.isnan(record.time):
            self.clock = record.time
        self._let_go(record)
        key, label = record.key, record.label
        if key == NO_KEY:
            self.count["keyless" if math.isnan(label) else "inline"] += 1
            yield Told(PREDICT if math.isnan(label) else BOTH, at, at, label)
        elif not record.features:
            yield from self._label(at, key, label)
        else:
            if self.waiting.pop(key, None):
                self.count["replaced"] += 1
            if math.isnan(label):
                yield self._features(at, key)
            else:
                if key in self.early:
                    self._repeat(self.early.pop(key)[1], label)
                self._done(key, label)
                self.count["inline"] += 1
                yield Told(BOTH, at, at, label)

    def _let_go(self, record: Record) -> None:
        waiting, early = self.waiting, self.early
        if not math.isnan(record.label):
            while waiting and self.clock - next(iter(waiting.values()))[1] > self.let_go:
                self._done(waiting.popitem(last=False)[0], None)
                self.count["expired"] += 1
        if record.features:
            while early and self.clock - next(iter(early.values()))[0] > self.wait:
                early.popitem(last=False)
                self.count["orphaned"] += 1

    def _label(self, at: int, key: int, label: float) -> Iterator[Told]:
        if key in self.waiting:
            of, since = self.waiting.pop(key)
            if self.clock - since > self.ttl:
                self._done(key, None)
                self.count.update(("expired", "late"))
            else:
                self._done(key, label)
                self.count["joined"] += 1
                yield Told(LEARN, at, of, label)
        elif key in self.past:
            before = self.past[key]
            if before is None:
                self.count["late"] += 1
            else:
                self._repeat(label, before)
        elif key in self.early:
            self._repeat(label, self.early[key][1])
        elif self.config.early == 0:
            self.count["orphaned"] += 1
        else:
            if len(self.early) == self.config.early:
                self.early.popitem(last=False)
                self.count["orphaned"] += 1
            self.early[key] = self.clock, label

    def _features(self, at: int, key: int) -> Told:
        if key in self.early:
            since, label = self.early.pop(key)
            if not since - self.clock > self.ttl:
                self._done(key, label)
                self.count["joined"] += 1
                return Told(BOTH, at, at, label)
            self.count["late"] += 1
        self.past.pop(key, None)
        if len(self.waiting) == self.config.pending:
            evicted, _ = self.waiting.popitem(last=False)
            self._done(evicted, None)
            self.count["evicted"] += 1
        self.waiting[key] = at, self.clock
        return Told(PREDICT, at, at, math.nan)

    def _repeat(self, label: float, before: float) -> None:
        self.count["duplicate" if label == before else "conflicting"] += 1

    def _done(self, key: int, label: float | None) -> None:
        self.past.pop(key, None)
        self.past[key] = label
        if len(self.past) > self.config.remember:
            self.past.popitem(last=False)


class Joined:
    """The component, on the same records."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.join = Delayed(config, "binary")
        self.slot_of: dict[int, int] = {}

    def run(self, records: Sequence[Record], first: int = 0) -> Iterator[Told]:
        keys = [None if record.key == NO_KEY else record.key for record in records]
        labels = np.array([record.label for record in records])
        decoded = Decoded(
            rows=np.arange(len(records)),
            values=np.array([1.0 if one.features else math.nan for one in records]).reshape(-1, 1),
            labels=labels.tolist(),
            rejects=[],
            keys=record_keys.of_values(keys),
            times={"ts": np.array([record.time for record in records])},
        )
        zeros = np.zeros(len(records), np.int64)
        raw = RawBatch([], zeros, zeros, 0, None, {})
        events = self.join.events(decoded, labels, raw)
        assert events.decoded.rejects == []
        place = np.arange(len(records)) if events.place is None else events.place
        columns = (events.event, place, events.slot, events.truth)
        for event, at, slot, label in zip(*(column.tolist() for column in columns), strict=True):
            if event == PREDICT and slot >= 0:
                self.slot_of[slot] = first + at
            of = self.slot_of.pop(slot) if event == LEARN else first + at
            yield Told(event, first + at, of, label)

    def restart(self) -> None:
        kept = {name: array.copy() for name, array in self.join.arrays().items()}
        self.join = Delayed(self.config, "binary")
        self.join.fill(kept)

    @property
    def count(self) -> Counter[str]:
        figures = self.join.figures
        return Counter(figures.labels) + Counter(figures.predictions)


_LIMITS = st.integers(0, 4)
CONFIGS = st.builds(
    Config,
    key=st.just("id"),
    time=st.just("ts"),
    ttl_seconds=st.sampled_from([None, 2.0, 6.0]),
    label_wait_seconds=st.sampled_from([None, 1.0, 9.0]),
    grace_seconds=st.sampled_from([None, 0.0, 1.0]),
    pending=st.integers(1, 4),
    early=_LIMITS,
    remember=_LIMITS,
)


@st.composite
def streams(draw: st.DrawFn) -> list[Record]:
    steps = draw(
        st.lists(
            st.tuples(
                st.integers(NO_KEY, 6),
                st.sampled_from(["features", "features", "label", "label", "both"]),
                st.sampled_from([0.0, 1.0]),
                st.sampled_from([0.0, 1.0, 1.0, 3.0, -2.0, math.nan]),
            ),
            max_size=60,
        )
    )
    records, time = [], 100.0
    for key, brings, label, later in steps:
        time += 0.0 if math.isnan(later) else later
        if key == NO_KEY and brings == "label":
            continue  # those are rejected
        records.append(
            Record(
                key=key,
                features=brings != "label",
                label=math.nan if brings == "features" else label,
                time=math.nan if math.isnan(later) else time,
            )
        )
    return records


def comparable(told: Sequence[Told]) -> list[tuple[int, int, int, str]]:
    """NaN is NaN."""
    return [(one.event, one.at, one.of, str(one.label)) for one in told]


@pytest.fixture(autouse=True, scope="module")
def _from_one_row() -> Iterator[None]:
    """Tables begin so small that every stream makes them grow."""
    patch = pytest.MonkeyPatch()
    patch.setattr(key_table, "FIRST_ROOM", 1)
    yield
    patch.undo()


@given(config=CONFIGS, records=streams())
def test_labels_find_their_features_as_in_dictionaries(
    config: Config, records: list[Record]
) -> None:
    expected, found = Dictionaries(config), Joined(config)
    assert comparable(list(found.run(records))) == comparable(expected.run(records))
    assert found.count == expected.count
    assert found.join.figures.waiting == len(expected.waiting)
    assert found.join.figures.early == len(expected.early)


@given(config=CONFIGS, records=streams(), data=st.data())
def test_cuts_and_restarts_leave_no_trace(
    config: Config, records: list[Record], data: st.DataObject
) -> None:
    whole, pieces = Joined(config), Joined(config)
    expected = list(whole.run(records))
    cuts = data.draw(st.lists(st.integers(0, len(records)), max_size=6))
    found: list[Told] = []
    for start, stop in pairwise([0, *sorted(cuts), len(records)]):
        found += pieces.run(records[start:stop], start)
        if data.draw(st.booleans()):
            pieces.restart()
    assert comparable(found) == comparable(expected)
    assert state_tree.digest(pieces.join.state) == state_tree.digest(whole.join.state)


def test_many_keys_are_told_apart_while_they_come_and_go() -> None:
    limits = {"pending": 600, "early": 300, "remember": 700, "ttl_seconds": 1000.0}
    config = Config.model_validate({"key": "id", "time": "ts", **limits})
    random = np.random.default_rng(4)
    records = [
        Record(int(key), bool(features), math.nan if features else float(label), float(at))
        for at, (key, features, label) in enumerate(
            zip(
                random.integers(1, 2500, 20_000),
                random.random(20_000) < 0.5,
                random.integers(0, 2, 20_000),
                strict=True,
            )
        )
    ]
    expected, found = Dictionaries(config), Joined(config)
    assert comparable(list(found.run(records))) == comparable(expected.run(records))
    assert found.count == expected.count
    assert {*found.count} == {*joining.LABELS, *joining.PREDICTIONS} - {"inline", "keyless"}
