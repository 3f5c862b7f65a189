"""Our policies: the daemon's own engine on rows in memory, with one schedule or another."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.contest import fixed_rates
from benchmarks.contest.scores import Outcome
from benchmarks.contest.streams import LABEL, Table
from streamlr import config, registry
from streamlr.engine import Engine
from streamlr.records import Journal

RACE = "race"
FOLLOWING = "race_follow_loss"
MAPS = "race_maps"
BEST_FIXED = "best_fixed"
_CHUNK = 4096

Settings = Mapping[str, Mapping[str, Any]]
"""Tables of the configuration."""


def policies() -> dict[str, Settings]:
    """Return every schedule of the catalogue at its defaults, and the race in other ways."""
    catalogue: dict[str, Settings] = {
        name: {"schedule": {"type": name}} for name in registry.names("schedules")
    }
    following: Settings = {"schedule": {"type": RACE}, "frequency": {"type": "follow_loss"}}
    maps: Settings = {"schedule": {"type": RACE}, "model": {"type": "mapped"}}
    return {RACE: catalogue.pop(RACE), MAPS: maps, FOLLOWING: following, **catalogue}


@dataclass(frozen=True, slots=True)
class Ran:
    """An engine after its last row.

    Attributes
    ----------
    engine
        With its state.
    said : float64 [rows]
        Class index or number predicted, before the label was seen.
    journal
        Alarms and rate changes.
    cpu_seconds
        From the first row to the last.
    """

    engine: Engine
    said: np.ndarray
    journal: list[Journal]
    cpu_seconds: float

    @property
    def metrics(self) -> dict[str, float]:
        """Cumulative."""
        return self.engine.metrics()["cumulative"]


def run(table: Table, settings: Settings) -> Ran:
    """Predict and learn every row."""
    stream = {"task": table.task, "label": LABEL}
    whole = config.build({"source": {"type": "simulator"}, "stream": stream, **settings})
    engine = Engine(whole, table.features, table.categories, table.names)
    engine.warm_up()
    said, journal = [], []
    began = time.process_time()
    for start in range(0, len(table.truth), _CHUNK):
        rows = slice(start, start + _CHUNK)
        answers = engine.run(table.values[rows], table.truth[rows])
        said.append(answers.said)
        journal += answers.journal
    return Ran(engine, np.concatenate(said), journal, time.process_time() - began)


def outcome(table: Table, settings: Settings) -> Outcome:
    """Return what a policy reaches."""
    ran = run(table, settings)
    return Outcome(ran.metrics, len(table.truth), ran.cpu_seconds)


def constant(exponent: float) -> Settings:
    """Return the policy that holds a rate of two to this power."""
    return {"schedule": {"type": "constant", "rate": 2.0**exponent}}


def best_fixed(table: Table) -> Outcome:
    """Return what the best fixed rate in hindsight reaches: same model, same inputs, one lane."""

    def measure(exponent: float) -> Outcome:
        return outcome(table, constant(exponent))

    task = table.task
    found = fixed_rates.measured(measure, fixed_rates.grid(task), fixed_rates.CRITERIA[task])
    return fixed_rates.in_hindsight(found, task)
