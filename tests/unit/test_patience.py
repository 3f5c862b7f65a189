"""What cannot be had now is asked for again, less and less often, and told once."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
import structlog
from prometheus_client import CollectorRegistry

from streamlr.errors import NotNowError, UnavailableError
from streamlr.patience import Patience
from streamlr.telemetry.events import Events


class Time:
    """Passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


class Scene:
    """Something that is away until a time, and who waits for it."""

    def __init__(self, back_at: float, given_up_at: float = float("inf")) -> None:
        self.time = Time()
        self.back_at = back_at
        self.asked: list[float] = []
        self.looked = 0
        self._given_up_at = given_up_at
        events = Events(CollectorRegistry(), "test")
        self.patience = Patience(events, self._goes_on, self.time.sleep, self.time)

    def _goes_on(self) -> bool:
        self.looked += 1
        return self.time.now < self._given_up_at

    def ask(self) -> None:
        self.asked.append(self.time.now)
        if self.time.now < self.back_at:
            raise NotNowError("it is away")


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield cast("list[Any]", captured)


def test_what_is_there_is_not_waited_for(lines: list[Any]) -> None:
    scene = Scene(back_at=0.0)
    assert scene.patience.has(scene.ask)
    assert (scene.asked, scene.looked, lines) == ([0.0], 0, [])


def test_it_asks_less_and_less_often(lines: list[Any]) -> None:
    scene = Scene(back_at=30.0)
    assert scene.patience.has(scene.ask)
    pauses = [after - before for before, after in zip(scene.asked, scene.asked[1:], strict=False)]
    assert pauses == pytest.approx([0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0, 5.0])
    assert scene.looked > 300  # while it waits, the loop turns


def test_it_says_so_once(lines: list[Any]) -> None:
    scene = Scene(back_at=10.0)
    assert scene.patience.has(scene.ask)
    assert [line["log_level"] for line in lines] == ["warning", "info"]
    assert lines[0]["why"] == "it is away"
    assert lines[1]["seconds"] >= 10.0
    scene.back_at = scene.time.now + 1.0
    assert scene.patience.has(scene.ask)
    assert len(lines) == 4  # the next time it is told anew


def test_it_gives_up_soon_when_told_to(lines: list[Any]) -> None:
    scene = Scene(back_at=1e9, given_up_at=20.0)
    assert not scene.patience.has(scene.ask)
    assert scene.time.now == pytest.approx(20.0, abs=0.2)


def test_another_trouble_is_not_waited_out(lines: list[Any]) -> None:
    scene = Scene(back_at=0.0)

    def refused() -> None:
        raise UnavailableError("no entry")

    with pytest.raises(UnavailableError, match="no entry"):
        scene.patience.has(refused)
    assert lines == []
