"""The loop we are compared with learns, and learns every record that it is given."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest

from benchmarks.ingest import messages
from benchmarks.loops.river_loop import learn


class Record(NamedTuple):
    value: bytes
    offset: int = 0


class Sink:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.flushed = False

    def write(self, value: bytes) -> None:
        assert not self.flushed
        self.written.append(value)

    def flush(self) -> None:
        self.flushed = True


def polls(values: Sequence[bytes], size: int) -> Iterator[list[Record]]:
    for start in range(0, len(values), size):
        yield [Record(value) for value in values[start : start + size]]


def test_it_learns_a_rule() -> None:
    values = [json.dumps({"x": i % 7 - 3, "target": int(i % 7 > 2)}).encode() for i in range(700)]
    outcome = learn(polls(values, 50), 700)
    assert outcome.learned == 700
    assert outcome.accuracy > 0.95
    assert outcome.cpu_seconds > 0


def test_it_learns_the_benchmarks_stream_and_hears_the_drift() -> None:
    values = list(messages(12_000))
    before = learn(polls(values, 5_000), 10_000)
    assert before.accuracy > 0.85
    after = learn(polls(values, 5_000), 12_000)
    assert after.accuracy < before.accuracy
    assert after.alarms > 0


def test_how_polls_cut_the_stream_changes_nothing() -> None:
    values = list(messages(600))
    outcomes = [learn(polls(values, size), 600) for size in (7, 600)]
    assert outcomes[0].accuracy == outcomes[1].accuracy


def test_it_writes_each_prediction_before_it_says_it_is_done() -> None:
    sink = Sink()
    learn([[Record(value, place) for place, value in enumerate(messages(50))]], 40, sink)
    said = [json.loads(value) for value in sink.written]
    assert [prediction["offset"] for prediction in said] == list(range(40))
    assert {prediction["label"] for prediction in said} <= {0, 1}
    assert sink.flushed


def test_it_stops_amid_a_poll() -> None:
    assert learn(polls(list(messages(100)), 60), 90).learned == 90


def test_too_few_records_are_an_error() -> None:
    with pytest.raises(EOFError, match="99 records, 100 wanted"):
        learn(polls(list(messages(99)), 60), 100)
