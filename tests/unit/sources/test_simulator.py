"""A generator as a stream: its rows from any position, as fast as asked."""

from typing import Any

import numpy as np
import pytest

import simulators
from streamlr.errors import ConfigurationError
from streamlr.records import RawBatch
from streamlr.sources import Lag
from streamlr.sources import simulator as subject
from streamlr.sources.simulator import SimulatorSource


def source(**values: object) -> SimulatorSource:
    return subject.build(subject.Config.model_validate(values), "p")


def poll(subject: SimulatorSource, records: int) -> RawBatch:
    batch = subject.poll(records, 0.0)
    assert batch is not None
    return batch


@pytest.mark.parametrize("position", [0, 777])
def test_rows_are_the_generators(position: int) -> None:
    stream = source(stream="sea", seed=5)
    assert stream.open({0: position} if position else None) == {0: position}
    batch = poll(stream, 20)
    values, labels = simulators.make("sea", seed=5).rows(position, position + 20)
    assert np.array_equal(np.column_stack(list(batch.payload.values())[:-1]), values)
    assert np.array_equal(batch.payload["target"], labels)
    assert batch.offset.tolist() == list(range(position, position + 20))
    assert batch.positions == {0: position + 20}
    stream.commit({0: 1})
    stream.close()


def test_options_reach_the_generator() -> None:
    stream = source(stream="abrupt", options={"drift_every": 70, "features": 3})
    assert stream.stream.change_points(150) == [70, 140]
    assert stream.stream.feature_names == ("x0", "x1", "x2")


def test_it_ends_after_its_samples() -> None:
    stream = source(samples=25)
    stream.open(None)
    sizes: list[int] = []
    while not stream.finished:
        assert stream.lag() == Lag({0: 25 - sum(sizes)})
        sizes.append(len(poll(stream, 10)))
    assert sizes == [10, 10, 5]
    assert stream.poll(10, 0.0) is None
    assert stream.lag() == Lag({0: 0})


def test_it_may_be_at_its_end_from_the_start() -> None:
    stream = source(samples=25)
    stream.open({0: 25})
    assert stream.finished


def test_without_a_number_it_never_ends() -> None:
    stream = source()
    stream.open({0: 10**12})
    poll(stream, 10)
    assert not stream.finished
    assert stream.lag() == Lag({})


def test_a_rate_holds_rows_back_until_they_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.sleep", sleep)
    stream = source(rate=100.0)
    stream.open({0: 50})
    assert stream.poll(500, 0.001) is None  # none is due: it waits as long as it may
    assert slept == [0.001]
    now[0] = 100.5
    assert poll(stream, 500).offset.tolist() == list(range(50, 100))
    now[0] = 200.0
    assert len(poll(stream, 500)) == 500  # no more than asked, however late
    assert len(slept) == 1


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"stream": "nonsense"}, "unknown simulator 'nonsense'; allowed: abrupt"),
        ({"options": {"nonsense": 1}}, "nonsense"),
        ({"options": {"drift_every": 0}}, "drift_every"),
        ({"seed": 2**64}, "seed"),
    ],
)
def test_what_the_generator_refuses_is_a_fault(values: dict[str, Any], part: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        source(**values)
    (fault,) = caught.value.faults
    assert fault.startswith("[source] stream: ")
    assert part in fault
