"""What is compared with what, when it is told, and that it is found."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from streamlr.kernel import BOTH, LEARN, PREDICT
from streamlr.records import Journal
from streamlr.shifts.watch import ALARM, LABELS_BACK, ShiftWatch, Signals

SIGNALS = Signals(("amount", "age"), ("country",), classes=True)
RECORDS = 1000


@dataclass
class Stream:
    """Draws records and has them watched, a poll of 700 at a time."""

    watch: ShiftWatch
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))
    told: list[tuple[int, Journal]] = field(default_factory=list)
    records: int = 0

    def draw(self, count: int, shift: float = 0.0, confidence: float = 0.8) -> np.ndarray:
        amount, age = self.random.standard_normal((2, count))
        country = self.random.choice([101.0, 102.0, 103.0], count)
        said = self.random.integers(0, 2, count)
        chance = self.random.beta(10 * confidence, 10 * (1 - confidence), count)
        return np.column_stack([amount + shift, age, country, said, chance])

    def take(self, columns: np.ndarray, event: int) -> None:
        for start in range(0, len(columns), 700):
            part = columns[start : start + 700]
            found = self.watch.take(np.full(len(part), event), lambda part=part: part)  # type: ignore[misc]
            self.records += len(part)
            self.told += [(self.records, entry) for entry in found]

    def labelled(self, blocks: float, **changes: float) -> None:
        self.take(self.draw(int(blocks * RECORDS), **changes), BOTH)

    def bare(self, blocks: float, **changes: float) -> None:
        self.take(self.draw(int(blocks * RECORDS), **changes), PREDICT)

    @property
    def events(self) -> list[str]:
        return [entry.event for _, entry in self.told]


@pytest.fixture
def stream() -> Stream:
    return Stream(ShiftWatch(SIGNALS, labelled=True))


def test_while_labels_come_nothing_is_compared(stream: Stream) -> None:
    stream.labelled(12)
    stream.labelled(12, shift=3.0)
    assert (stream.told, stream.watch.distances, stream.watch.alarms) == ([], {}, 0)


def test_a_field_that_shifts_when_labels_have_stopped_is_told_and_named(stream: Stream) -> None:
    stream.labelled(12)
    stream.bare(4)
    assert stream.told == []
    assert set(stream.watch.distances) == {"feature:amount", "feature:age", "feature:country"}
    stream.bare(3, shift=1.0)
    ((_, entry),) = stream.told
    assert (entry.event, entry.sample) == (ALARM, 12_000)
    assert entry.reason.startswith("feature:amount 0.0")
    assert "→ 0.3" in entry.reason
    assert "age" not in entry.reason
    assert 0.3 < entry.evidence < 0.4
    assert 0.3 < stream.watch.distances["feature:amount"] < 0.4
    assert stream.watch.distances["feature:age"] < 0.1
    assert stream.watch.alarms == 1


def test_each_signal_is_told_once_and_then_that_labels_are_back(stream: Stream) -> None:
    stream.labelled(8)
    stream.bare(10)
    stream.bare(10, shift=1.0)
    assert stream.events == [ALARM]
    stream.bare(4, shift=1.0, confidence=0.6)
    assert stream.events == [ALARM, ALARM]
    assert stream.told[1][1].reason.startswith("confidence 0.0")
    stream.labelled(2, shift=1.0)
    assert stream.events == [ALARM, ALARM, LABELS_BACK]
    assert stream.told[2][1].reason == "feature:amount, confidence"
    assert stream.watch.distances == {}
    assert stream.watch.alarms == 2


def test_labels_that_come_back_without_drift_are_no_news(stream: Stream) -> None:
    stream.labelled(8)
    stream.bare(8)
    stream.labelled(3)
    assert stream.told == []


def test_what_a_model_says_is_compared_with_what_it_said_once_it_stood_still(
    stream: Stream,
) -> None:
    stream.labelled(10, confidence=0.6)
    stream.bare(12, confidence=0.8)
    assert stream.told == []
    assert stream.watch.distances["confidence"] < 0.1


def test_one_strange_block_is_no_alarm(stream: Stream) -> None:
    stream.labelled(8)
    stream.bare(4)
    stream.bare(1, shift=2.0)
    stream.bare(3)
    assert stream.told == []


def test_a_reference_needs_some_blocks(stream: Stream) -> None:
    stream.labelled(4)
    stream.bare(4)
    stream.bare(6, shift=3.0)
    assert stream.told == []
    assert set(stream.watch.distances) == {"prediction", "confidence"}


def test_where_labels_are_rare_their_end_is_noticed_later(stream: Stream) -> None:
    for _ in range(10):
        stream.labelled(0.001)
        stream.bare(0.999)
    stream.bare(8, shift=2.0)
    assert stream.watch.distances == {}  # one of 1,000: ten times as many is not too long
    stream.bare(6, shift=2.0)
    assert stream.events == [ALARM]


def test_labels_that_come_by_themselves_count(stream: Stream) -> None:
    stream.labelled(8)
    for _ in range(10):
        stream.bare(1, shift=2.0)
        stream.watch.take(np.array([LEARN]), lambda: np.empty((0, 5)))
    assert (stream.told, stream.watch.distances) == ([], {})


def test_without_labels_the_first_blocks_are_what_later_ones_are_compared_with() -> None:
    stream = Stream(
        ShiftWatch(Signals(("amount", "age"), ("country",), classes=True), labelled=False)
    )
    stream.bare(15)
    assert stream.told == []
    stream.bare(6, shift=1.0)
    assert stream.events == [ALARM]
    assert stream.told[0][1].reason.startswith("feature:amount")
    stream.bare(20, shift=1.0)  # that is what it is like now
    assert stream.events == [ALARM]
    stream.bare(6)
    assert stream.events == [ALARM, ALARM]


def test_without_labels_one_block_in_five_is_looked_at() -> None:
    """The model goes on learning, so its loop must not wait for this."""
    watch = ShiftWatch(SIGNALS, labelled=False)
    stream, asked = Stream(watch), []

    def columns() -> np.ndarray:
        asked.append(stream.records)
        return stream.draw(RECORDS)

    for stream.records in range(30):
        watch.take(np.full(RECORDS, BOTH), columns)
    assert asked == [*range(10), 14, 19, 24, 29]


def test_of_texts_alone_there_is_what_is_said_to_compare() -> None:
    watch = ShiftWatch(Signals((), (), classes=True), labelled=True)
    random = np.random.default_rng(3)
    told: list[Journal] = []
    for block in range(20):
        rows = np.column_stack([random.integers(0, 2, RECORDS), random.random(RECORDS)])
        rows[:, 1] /= 1.0 + (block > 15)
        told += watch.take(np.full(RECORDS, BOTH if block < 6 else PREDICT), lambda rows=rows: rows)  # type: ignore[misc]
    ((word, *_),) = [entry.reason.split() for entry in told]
    assert word == "confidence"


@pytest.mark.parametrize("labelled", [True, False])
def test_a_stream_that_stays_as_it_is_gives_no_alarm(labelled: bool) -> None:
    stream = Stream(ShiftWatch(SIGNALS, labelled=labelled))
    if labelled:
        stream.labelled(50)
    for _ in range(30):
        stream.bare(10)
    assert stream.told == []
    assert max(stream.watch.distances.values()) < 0.12


def test_begun_amid_a_stream_it_waits_for_labels_as_ever() -> None:
    stream = Stream(ShiftWatch(SIGNALS, labelled=True))
    stream.watch.begin(records=50_000, learned=50_000)
    stream.labelled(6)
    stream.bare(6, shift=2.0)
    ((_, entry),) = stream.told
    assert entry.sample == 56_000


def test_of_many_signals_the_furthest_are_named() -> None:
    names = tuple(f"x{place}" for place in range(8))
    watch = ShiftWatch(Signals(names, (), classes=False), labelled=False)
    random = np.random.default_rng(2)
    told: list[Journal] = []
    for shift in [0.0] * 10 + [1.0] * 6:
        block = random.standard_normal((RECORDS, 9))
        block[:, 2:8] += shift * 0.4 * np.arange(1, 7)
        told += watch.take(np.full(RECORDS, PREDICT), lambda block=block: block)  # type: ignore[misc]
    ((words, more),) = [entry.reason.split(" and ") for entry in told]
    assert [word.split()[0] for word in words.split(", ")] == [
        f"feature:x{n}" for n in (7, 6, 5, 4, 3)
    ]
    assert more == "1 more"


def test_arrays_of_other_signals_do_not_fit() -> None:
    other = ShiftWatch(Signals(("a",), (), classes=False), labelled=True).arrays()
    watch = ShiftWatch(SIGNALS, labelled=True)
    with pytest.raises(ValueError, match="broadcast"):
        watch.fill(other)
    with pytest.raises(ValueError, match="counts"):
        watch.fill({"block": np.empty(0)})
