"""What both clients share and no broker is needed for: positions, patience, what was written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.errors import DataError, UnavailableError
from streamlr.kafka_client.cluster import Topic
from streamlr.sinks.kafka.tail import Tail
from streamlr.sources.kafka import Config
from streamlr.sources.kafka.membership import SESSION_SECONDS, Sole
from streamlr.sources.kafka.numbers import Numbers
from streamlr.sources.kafka.reading import Reading
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


def test_headers_say_what_a_dead_letter_answers() -> None:
    tail = Tail({"0": 0, "writer": 7})
    headers = [(name, text.encode()) for name, text in letter(4).headers.items()]
    tail.take_in([([tail.header, *headers], letter(4).value)])
    assert tail.left_out([letter(4), letter(5)]) == [letter(5)]


def test_a_first_start_reads_no_tail() -> None:
    assert Tail(None).starts(3) == {}
    assert Tail(None).header != Tail(None).header
