"""What both clients share and no broker is needed for: positions, patience, what was written."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.errors import DataError, UnavailableError
from streamlr.kafka_client.cluster import Topic
from streamlr.records import Positions
from streamlr.sinks.kafka.tail import Tail
from streamlr.sources.kafka import Config
from streamlr.sources.kafka.membership import SESSION_SECONDS, Sole
from streamlr.sources.kafka.numbers import Numbers
from streamlr.sources.kafka.reading import Reading
from streamlr.sources.kafka.sharing import Shared
from streamlr.sources.kafka.watch import TopicWatch
from tests.contract.kafka.documents import documents, letter

ONE = Numbers(("records",))


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def config(**keys: object) -> Config:
    return Config.model_validate({"bootstrap": "x:1", "topic": "records", **keys})


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(1, 12)), max_size=20),
    st.booleans(),
)
def test_each_record_once_however_it_is_handed_out(
    pieces: list[tuple[int, int, int]], stops: bool
) -> None:
    """A client goes back by some records, as after a rebalance; it never leaves one out."""
    reading = Reading(dict.fromkeys(range(3), 0), dict.fromkeys(range(3), 25) if stops else {})
    given_out: dict[int, list[int]] = {0: [], 1: [], 2: []}
    there = dict.fromkeys(range(3), 0)
    for partition, back, count in pieces:
        start = max(0, there[partition] - back)
        offset = np.arange(start, start + count, dtype=np.int64)
        there[partition] = max(there[partition], start + count)
        kept = reading.take(np.full(count, partition, np.int64), offset)
        given_out[partition] += offset[kept if kept is not None else slice(None)].tolist()
    for partition, offsets in given_out.items():
        end = min(there[partition], 25) if stops else there[partition]
        assert offsets == list(range(end))
        assert reading.positions[partition] == there[partition]


def test_several_partitions_in_one_poll() -> None:
    reading = Reading({0: 5, 1: 0}, {0: 7, 1: 2})
    partition, offset = np.array([0, 0, 0, 1, 1]), np.array([4, 5, 6, 0, 1])
    kept = reading.take(partition, offset)
    assert kept is not None
    assert kept.tolist() == [False, True, True, True, True]
    assert reading.finished


def test_markers_are_committed_only_behind_the_last_record() -> None:
    reading = Reading({0: 0, 1: 0}, {})
    reading.take(np.array([0, 0, 1]), np.array([0, 1, 0]))
    reading.skip_to(0, 5)
    reading.skip_to(1, 3)
    assert reading.committable({0: 2, 1: 0}) == {0: 5, 1: 0}
    assert reading.committable({0: 1, 1: 1, 7: 9}) == {0: 1, 1: 3}


def test_a_topic_may_be_away_for_as_long_as_a_start_may_take() -> None:
    clock = Clock()
    watch = TopicWatch(config(startup_seconds=3), "records", Topic("id", 1), clock)
    watch.see(None, {0: 5})
    clock.now += 2
    watch.see(None, {0: 5})
    watch.see(Topic("id", 1), {0: 5})
    clock.now += 2
    watch.see(None, {0: 5})
    clock.now += 4
    with pytest.raises(UnavailableError, match="'records' was deleted on x:1"):
        watch.see(None, {0: 5})


@pytest.mark.parametrize("anew", [Topic("other", 1), Topic("id", 0)])
def test_a_topic_made_anew(anew: Topic) -> None:
    watch = TopicWatch(config(), "records", Topic("id", 1))
    with pytest.raises(DataError, match="offset 5 of partition 0"):
        watch.see(anew, {0: 5})


def test_a_broker_too_old_to_tell_identities() -> None:
    watch = TopicWatch(config(), "records", Topic("", 1))
    assert watch.see(Topic("", 3), {0: 5}) == range(1, 3)
    assert watch.see(Topic("", 3), {0: 5}) == range(0)


@pytest.mark.parametrize("keys", [{"partitions": (0,)}, {"stop_at": "end"}])
def test_partitions_that_are_not_wanted(keys: dict[str, object]) -> None:
    watch = TopicWatch(config(**keys), "records", Topic("id", 1))
    assert watch.see(Topic("id", 2), {}) == range(0)


def test_a_classic_group_gives_all_at_once() -> None:
    membership = Sole(config(group="g"), ONE, Reading({0: 0, 1: 0}, {}), Clock())
    membership.check()
    membership.gain([0])
    with pytest.raises(UnavailableError, match=r"only \[0\] of \[0, 1\]"):
        membership.check()


def test_the_newer_protocol_may_take_a_start_s_time() -> None:
    clock = Clock()
    wanted = config(group="g", group_protocol="consumer", startup_seconds=3)
    membership = Sole(wanted, ONE, Reading({0: 0, 1: 0}, {}), clock)
    membership.gain([0])
    clock.now += 2
    membership.check()
    membership.gain([1])
    clock.now += 10
    membership.check()
    membership.lose([1])
    membership.gain([])
    clock.now += 4
    with pytest.raises(UnavailableError, match=r"only \[0\] of \[0, 1\]"):
        membership.check()


def test_a_rebalance_that_does_not_end_is_overdue_once_a_session() -> None:
    clock = Clock()
    membership = Sole(config(group="g"), ONE, Reading({0: 0}, {}), clock)
    membership.gain([0])
    clock.now += 1000
    assert not membership.overdue()
    membership.lose([0])
    assert not membership.overdue()
    clock.now += SESSION_SECONDS
    assert membership.overdue()
    assert not membership.overdue()
    clock.now += SESSION_SECONDS
    assert membership.overdue()
    membership.gain([0])
    assert not membership.overdue()


class Keeper:
    """Notes what it is asked for; every partition's state stands at 50."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, list[int]]] = []

    def take(self, partitions: Sequence[int]) -> Positions:
        self.notes.append(("take", list(partitions)))
        return dict.fromkeys(partitions, 50)

    def hand_over(self, partitions: Sequence[int]) -> Positions:
        self.notes.append(("hand over", list(partitions)))
        return dict.fromkeys(partitions, 60)

    def lose(self, partitions: Sequence[int]) -> None:
        self.notes.append(("lose", list(partitions)))


def test_members_have_state_taken_handed_over_and_forgotten() -> None:
    clock, keeper, reading = Clock(), Keeper(), Reading({}, {})
    member = Shared(config(group="g"), ONE, reading, keeper, clock)
    assert member.gain([0, 1, 2]) == {0: 50, 1: 50, 2: 50}
    assert member.lose([1]) == {1: 60}
    assert reading.positions == {0: 50, 2: 50}
    member.forget([0])
    assert reading.positions == {2: 50}
    clock.now += SESSION_SECONDS
    assert member.overdue()
    member.gain([])
    member.check()
    assert not member.overdue()
    member.leave()
    assert member.lose([2]) == {}
    member.forget([2])
    assert keeper.notes == [
        ("take", [0, 1, 2]),
        ("hand over", [1]),
        ("lose", [0]),
        ("take", []),
    ]


def test_who_slept_for_a_session_is_in_doubt_until_the_broker_confirms() -> None:
    clock = Clock()
    member = Shared(config(group="g"), ONE, Reading({}, {}), Keeper(), clock)
    asked: list[bool] = []

    def answer(*, is_member: bool) -> bool:
        asked.append(is_member)
        return is_member

    yes, no = partial(answer, is_member=True), partial(answer, is_member=False)
    clock.now += 100
    assert not member.in_doubt(no)  # it holds nothing
    member.gain([0])
    clock.now += SESSION_SECONDS
    assert not member.in_doubt(no)
    assert asked == []
    clock.now += SESSION_SECONDS + 1
    assert member.in_doubt(no)
    assert member.in_doubt(no)
    assert not member.in_doubt(yes)
    assert not member.in_doubt(no)
    assert member.in_doubt(no, silent=True)
    assert asked == [False, False, True, False]


def test_markers_behind_what_is_handed_over_are_committed() -> None:
    reading = Reading({}, {})
    member = Shared(config(group="g"), ONE, reading, Keeper(), Clock())
    member.gain([0])
    reading.take(np.zeros(10, np.int64), np.arange(50, 60))
    reading.skip_to(0, 63)
    assert member.lose([0]) == {0: 63}


def test_records_of_a_partition_that_went_amid_a_poll_are_passed_over() -> None:
    reading = Reading({}, {})
    reading.stand({0: 10, 1: 5})
    reading.drop([0])
    assert reading.sole is None  # there is one, but at hand may be records of the other
    kept = reading.take(np.array([0, 0, 1]), np.array([10, 11, 5]))
    assert kept is not None
    assert kept.tolist() == [False, False, True]
    assert reading.positions == {1: 6}
    assert reading.take(np.array([1]), np.array([6])) is None
    reading.skip_to(0, 99)
    assert reading.positions == {1: 7}


def test_records_of_a_partition_that_came_back_amid_a_poll_count_once() -> None:
    reading = Reading({}, {})
    reading.stand({0: 10})
    reading.drop([0])
    reading.stand({0: 10})
    kept = reading.take(np.zeros(5, np.int64), np.array([10, 11, 10, 11, 12]))
    assert kept is not None
    assert kept.tolist() == [True, True, False, False, True]
    assert reading.positions == {0: 13}


def test_a_tail_is_forgotten_when_it_was_compared() -> None:
    tail = Tail({"0": 3, "writer": 7})
    signed = [tail.header]
    messages = [(signed, document.value) for document in documents(3, 6)]
    tail.take_in([*messages, ([("streamlr.writer", b"8")], documents(6, 7)[0].value), (None, b"?")])
    assert tail.starts(2) == {0: 3, 1: 0}
    assert [d.offset for d in tail.left_out(documents(2, 8))] == [2, 6, 7]
    everything = documents(4, 6)
    assert tail.left_out(everything) is everything
    assert tail.mark({0: 9}) == {"0": 9, "writer": 7}


def test_a_mark_waits_for_the_tail() -> None:
    """Else a second crash would find nothing behind it, and write the rest of the tail again."""
    tail = Tail({"0": 3, "writer": 7})
    tail.take_in([([tail.header], document.value) for document in documents(3, 6)])
    tail.left_out(documents(3, 5))
    assert tail.mark({0: 6}) == {"0": 3, "writer": 7}
    assert tail.left_out(documents(5, 7)) == documents(6, 7)
    assert tail.mark({0: 7}) == {"0": 7, "writer": 7}


def test_one_partition_s_tail_is_where_its_documents_go() -> None:
    assert Tail({"1": 4, "writer": 7}, only=3).starts(2) == {1: 4}
    assert Tail(None, only=3).written(2) == (1,)
    # the topic has more partitions now: some may be in the one, some in the other
    assert Tail({"1": 4, "writer": 7}, only=3).starts(4) == {1: 4, 3: 0}


def test_headers_say_what_a_dead_letter_answers() -> None:
    tail = Tail({"0": 0, "writer": 7})
    headers = [(name, text.encode()) for name, text in letter(4).headers.items()]
    tail.take_in([([tail.header, *headers], letter(4).value)])
    assert tail.left_out([letter(4), letter(5)]) == [letter(5)]


def test_a_first_start_reads_no_tail() -> None:
    assert Tail(None).starts(3) == {}
    assert Tail(None).header != Tail(None).header
