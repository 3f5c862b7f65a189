"""A rate of records per second, by a clock of our own."""

import pytest

from simulators.pace import Pace
from simulators.stream import BLOCK_ROWS


class Clock:
    """Time that passes only in sleep, or when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def test_each_record_waits_until_it_is_due() -> None:
    clock = Clock()
    pace = Pace(10, clock, clock.sleep)
    due = []
    for record in range(4):
        pace.wait(record)
        due.append(clock.now)
    assert due == pytest.approx([100.0, 100.1, 100.2, 100.3])


def test_a_delay_is_caught_up() -> None:
    clock = Clock()
    pace = Pace(10, clock, clock.sleep)
    clock.now += 5
    for record in range(50):
        pace.wait(record)
    assert clock.now == 105
    pace.wait(51)
    assert clock.now == pytest.approx(105.1)


def test_without_a_rate_nothing_waits() -> None:
    clock = Clock()
    pace = Pace(None, clock, clock.sleep)
    pace.wait(10**9)
    assert clock.now == 100
    assert pace.chunk == BLOCK_ROWS


@pytest.mark.parametrize(("rate", "chunk"), [(0.1, 1), (20, 1), (200, 10), (1e9, BLOCK_ROWS)])
def test_a_chunk_is_a_twentieth_of_a_second(rate: float, chunk: int) -> None:
    assert Pace(rate).chunk == chunk
