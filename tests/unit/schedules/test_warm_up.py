"""Warm-up: the climb, the schedule behind it, and how both are one to the engine."""

from typing import Any

import numpy as np
import pytest

from streamlr import registry
from streamlr.components import DRIFT, NO_SIGNAL, Shape
from streamlr.config import build
from streamlr.errors import ConfigurationError
from streamlr.schedules import warm_up as subject
from tests.contract.engines import NO_INPUTS, drifting, engine, run

SHAPE = Shape(features=1, classes=2, lanes=1)


class Subject:
    """A schedule behind its warm-up."""

    def __init__(self, type_: str, **settings: object) -> None:
        schedule = registry.load("schedules", type_)
        config = schedule.Config.model_validate(settings)
        self.module: Any = subject.before(schedule, config)
        self.state = self.module.init(config, SHAPE)
        self.told: list[tuple[str, list[float]]] = []

    @property
    def rate(self) -> float:
        return float(self.module.rate(self.state))

    def hears(self, signal: int = NO_SIGNAL) -> float:
        reason = self.module.update(self.state, np.array([0.5]), 1.0, 0.7, signal, 0.2, NO_INPUTS)
        if reason:
            self.told.append((self.module.REASONS[reason], self.state.change.tolist()))
        return self.rate


def test_the_rate_climbs_in_a_line() -> None:
    climbing = Subject("constant", rate=0.5, warm_up=4)
    assert climbing.rate == 0.1  # what is shown before the first sample
    rates = [climbing.hears() for _ in range(7)]
    assert rates == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5])
    assert climbing.told == [("warmed up", [0.4, 0.5, 4.0])]


@pytest.mark.parametrize(
    ("type_", "settings"),
    [
        ("step", {"every": 7}),
        ("cosine_restarts", {"period": 11}),
        ("reduce_on_plateau", {"patience": 5, "half_life": 2.0}),
    ],
)
def test_the_schedules_clock_starts_after_it(type_: str, settings: dict[str, Any]) -> None:
    behind, alone = Subject(type_, **settings, warm_up=20), Subject(type_, **settings)
    for _ in range(20):
        behind.hears()
    assert [behind.hears() for _ in range(100)] == [alone.hears() for _ in range(100)]
    assert behind.told[1:] == alone.told
    assert len(alone.told) > 2


def test_alarms_meanwhile_are_not_answered() -> None:
    climbing = Subject("drift_boost", rate=0.05, warm_up=10)
    rates = [climbing.hears(DRIFT) for _ in range(10)]
    assert rates == sorted(rates)
    assert rates[-1] < 0.05
    assert climbing.hears(DRIFT) > 0.05
    assert climbing.told[0][0] == "warmed up"


def test_without_one_the_schedule_is_run_itself() -> None:
    schedule = registry.load("schedules", "step")
    assert subject.before(schedule, schedule.Config()) is schedule
    race = registry.load("schedules", "race")
    assert subject.before(race, race.Config()) is race


def test_each_schedule_has_its_own() -> None:
    first, second = Subject("step", warm_up=3), Subject("cosine", warm_up=3)
    assert first.module is Subject("step", warm_up=9).module
    assert first.module is not second.module
    assert second.module.REASONS == ("unchanged", "warmed up", "end reached")


def test_the_engine_runs_both_as_one() -> None:
    """As a line between points does, to the last digits."""
    stream = drifting(400)
    warmed = engine({"type": "constant", "rate": 0.3, "warm_up": 199})
    line = engine({"type": "piecewise", "points": [[0, 0.0015], [199, 0.3]], "between": "linear"})
    said, expected = run(warmed, stream), run(line, stream)
    met, formula = np.frombuffer(said.answers), np.frombuffer(expected.answers)
    np.testing.assert_allclose(met, formula, rtol=1e-9)
    assert warmed.learning_rate == pytest.approx(line.learning_rate) == 0.3
    assert [entry.reason for entry in said.journal] == ["warmed up"]
    assert [entry.sample for entry in said.journal] == [entry.sample for entry in expected.journal]


def test_a_race_needs_none() -> None:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    with pytest.raises(ConfigurationError, match="warm_up: unknown key"):
        build({**tables, "schedule": {"type": "race", "warm_up": 10}})
