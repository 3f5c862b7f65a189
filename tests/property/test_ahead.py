"""Records bring the labels of those before them as in a few lists, wherever polls end."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr import key_table, record_keys, state_tree
from streamlr.kernel import LEARN, PREDICT
from streamlr.labels.ahead import Ahead, Config
from streamlr.records import Decoded, RawBatch

NO_KEY = 0


class Record(NamedTuple):
    """A key, or none; what the label's field says, NaN for nothing; a time, NaN for none."""

    key: int
    value: float
    time: float


class Told(NamedTuple):
    """An event, the record that it stands at, the one predicted, its label, what it said itself."""

    event: int
    at: int
    of: int
    label: str
    before: str


@dataclass
class Series:
    """Records of one key."""

    latest: float = -math.inf
    waiting: list[int] = field(default_factory=list)
    due: dict[int, float] = field(default_factory=dict)


class Lists:
    """The rules once more, with a list of records for each series."""

    def __init__(self, config: Config) -> None:
        self.config = config
        given = config.tolerance_seconds
        self.tolerance: float = (config.seconds or 0.0) if given is None else given
        self.series: dict[int, Series] = {}
        self.in_order: list[tuple[int, int]] = []
        self.count: Counter[str] = Counter()

    def run(self, records: Sequence[Record]) -> list[Told]:
        return [told for at, one in enumerate(records) for told in self.take(at, one, records)]

    def take(self, at: int, record: Record, records: Sequence[Record]) -> Iterator[Told]:
        key = record.key if self.config.key else 1
        own = self.series.get(key, Series())
        place = record.time
        if self.config.steps:
            place = 0.0 if key not in self.series else own.latest + 1
        if key == NO_KEY:
            self.count["keyless"] += 1
        elif not place >= own.latest:
            self.count["out_of_order"] += 1
        else:
            self.series[key] = own
            yield from self._labels(at, key, place, records)
            if len(self.in_order) == self.config.pending:
                self._evict(key)
            own.latest = place
            own.waiting.append(at)
            own.due[at] = place + (self.config.steps or self.config.seconds or 0)
            self.in_order.append((key, at))
        yield Told(PREDICT, at, at, "nan", "nan")

    def _labels(self, at: int, key: int, place: float, records: Sequence[Record]) -> Iterator[Told]:
        own, value = self.series[key], records[at].value
        for of in list(own.waiting):
            beyond = place - own.due[of]
            if beyond < 0 or (math.isnan(value) and beyond < self.tolerance):
                return
            own.waiting.remove(of)
            self.in_order.remove((key, of))
            if beyond > self.tolerance:
                self.count["expired"] += 1
            elif math.isnan(value):
                self.count["missing"] += 1
            else:
                self.count["joined"] += 1
                yield Told(LEARN, at, of, str(value), str(records[of].value))

    def _evict(self, own: int) -> None:
        key, at = self.in_order.pop(0)
        self.series[key].waiting.remove(at)
        self.count["evicted"] += 1
        if not self.series[key].waiting and key != own:
            del self.series[key]


class Followed:
    """The component, on the same records."""

    def __init__(self, config: Config) -> None:
        self.config = config.model_copy(update={"time": "ts"})
        self.join = Ahead(self.config, "regression")
        self.slot_of: dict[int, int] = {}

    def run(self, records: Sequence[Record], first: int = 0) -> Iterator[Told]:
        keys = [None if record.key == NO_KEY else record.key for record in records]
        values = np.array([record.value for record in records])
        decoded = Decoded(
            rows=np.arange(len(records)),
            values=np.zeros((len(records), 1)),
            labels=values.tolist(),
            rejects=[],
            keys=record_keys.of_values(keys),
            times={"ts": np.array([record.time for record in records])},
        )
        zeros = np.zeros(len(records), np.int64)
        events = self.join.events(decoded, values, RawBatch([], zeros, zeros, 0, None, {}))
        assert events.place is not None
        assert events.before is not None
        columns = (events.event, events.place, events.slot, events.truth, events.before)
        for event, at, slot, label, before in zip(*map(np.ndarray.tolist, columns), strict=True):
            of = self.slot_of.pop(slot) if event == LEARN else first + at
            if event == PREDICT and slot >= 0:
                assert slot < events.slots
                self.slot_of[slot] = first + at
            yield Told(event, first + at, of, str(label), str(before))

    def restart(self) -> None:
        kept = {name: array.copy() for name, array in self.join.arrays().items()}
        self.join = Ahead(self.config, "regression")
        self.join.fill(kept)

    @property
    def count(self) -> Counter[str]:
        figures = self.join.figures
        return Counter(figures.labels) + Counter(figures.predictions)


_PENDING = st.integers(4, 12)
_KEY = st.sampled_from([None, "id"])
CONFIGS = st.one_of(
    st.builds(Config, steps=st.integers(1, 4), key=_KEY, pending=_PENDING),
    st.builds(
        Config,
        seconds=st.sampled_from([1.0, 2.0, 5.0]),
        tolerance_seconds=st.sampled_from([None, 0.0, 3.0]),
        key=_KEY,
        pending=_PENDING,
    ),
)


@st.composite
def streams(draw: st.DrawFn) -> list[Record]:
    steps = draw(
        st.lists(
            st.tuples(
                st.integers(NO_KEY, 4),
                st.sampled_from([1.0, 2.0, 3.0, math.nan]),
                st.sampled_from([0.0, 1.0, 1.0, 1.0, 2.0, 7.0, -2.0, math.nan]),
            ),
            max_size=60,
        )
    )
    records, time = [], 100.0
    for key, value, later in steps:
        time += 0.0 if math.isnan(later) else later
        records.append(Record(key, value, math.nan if math.isnan(later) else time))
    return records


@pytest.fixture(autouse=True, scope="module")
def _from_one_row() -> Iterator[None]:
    """Tables begin so small that every stream makes them grow."""
    patch = pytest.MonkeyPatch()
    patch.setattr(key_table, "FIRST_ROOM", 1)
    yield
    patch.undo()


@given(config=CONFIGS, records=streams())
def test_records_bring_labels_as_in_lists(config: Config, records: list[Record]) -> None:
    expected, found = Lists(config), Followed(config)
    assert list(found.run(records)) == expected.run(records)
    assert found.count == expected.count
    assert found.join.figures.waiting == len(expected.in_order) <= config.pending


@given(config=CONFIGS, records=streams(), data=st.data())
def test_cuts_and_restarts_leave_no_trace(
    config: Config, records: list[Record], data: st.DataObject
) -> None:
    whole, pieces = Followed(config), Followed(config)
    expected = list(whole.run(records))
    cuts = data.draw(st.lists(st.integers(0, len(records)), max_size=6))
    found: list[Told] = []
    for start, stop in pairwise([0, *sorted(cuts), len(records)]):
        found += pieces.run(records[start:stop], start)
        if data.draw(st.booleans()):
            pieces.restart()
    assert found == expected
    assert state_tree.digest(pieces.join.state) == state_tree.digest(whole.join.state)


def test_many_series_come_and_go() -> None:
    """Far more keys and predictions than there is room for: every case occurs, memory stays."""
    limits = {"seconds": 40.0, "tolerance_seconds": 20.0, "key": "id", "pending": 150}
    config = Config.model_validate(limits)
    random = np.random.default_rng(4)
    keys = random.geometric(0.01, 12_000) % 400
    values = np.where(random.random(12_000) < 0.1, np.nan, random.integers(0, 9, 12_000))
    times = np.arange(12_000) // 2 - np.where(random.random(12_000) < 0.02, 300, 0)
    columns = (keys.tolist(), values.tolist(), times.astype(np.float64).tolist())
    records = [Record(*one) for one in zip(*columns, strict=True)]
    expected, found = Lists(config), Followed(config)
    assert list(found.run(records)) == expected.run(records)
    assert found.count == expected.count
    assert set(found.count) == {
        "joined", "expired", "evicted", "missing", "out_of_order", "keyless",
    }  # fmt: skip
    assert len(found.join.state.pairs.waiting.due) == config.pending
