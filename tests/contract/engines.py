"""Engines of any components, and streams to run them on."""

import json
from collections.abc import Iterable
from copy import copy, deepcopy
from functools import lru_cache
from itertools import pairwise, product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import simulators
from streamlr import config, registry
from streamlr.components import NO_CLASS, Inputs, Shape, room
from streamlr.engine import Engine, pending
from streamlr.records import Journal

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Component = str | dict[str, Any]
"""A type, or a whole table."""

FEATURES = 4

NO_INPUTS = room(Shape(1, 2, 1))
"""For what does not look at them."""


def _needs_no_settings(kind: str, name: str) -> bool:
    fields = registry.load(kind, name).Config.model_fields
    return not any(field.is_required() for field in fields.values())


DETECTORS = [name for name in registry.names("detectors") if _needs_no_settings("detectors", name)]
"""Those that are used by their name alone, so not River's, nor a vote."""


def _few_pairs() -> list[tuple[str, str]]:
    """Every schedule and every detector at least once, in as few kernels as can be."""
    first = [("race", "adwin"), ("drift_boost", "adwin"), ("constant", "none")]
    schedules = [s for s in registry.names("schedules") if s not in {s for s, _ in first}]
    detectors = [d for d in DETECTORS if d not in {d for _, d in first}]
    rest = range(max(len(schedules), len(detectors)))
    schedules, detectors = schedules or ["constant"], detectors or ["adwin"]
    return first + [
        (schedules[place % len(schedules)], detectors[place % len(detectors)]) for place in rest
    ]


PAIRS = _few_pairs()
"""Schedules and detectors to compile together: each pair is a kernel, which takes its time."""

ALL_PAIRS = list(product(registry.names("schedules"), DETECTORS))


def dense(values: npt.ArrayLike) -> Inputs:
    """Return inputs whose weights are the rows in order."""
    value = np.asarray(values, np.float64)
    return Inputs(value, np.arange(len(value)), np.array([len(value)]))


class Events(NamedTuple):
    """A piece of a stream: values [rows, FEATURES], NaN where missing, and labels [rows]."""

    values: Floats
    labels: Integers

    def truth(self) -> Floats:
        """Return labels as an engine takes them."""
        return np.where(self.labels == NO_CLASS, np.nan, self.labels)


class Said(NamedTuple):
    """What an engine answered, in bits that compare: NaN equals NaN."""

    label: list[int]
    probability: bytes
    journal: list[Journal]


def engine(
    schedule: Component = "constant", detector: Component = "none", **tables: dict[str, Any]
) -> Engine:
    """Return an engine as good as new: making one takes long, copying the first does not."""
    made = copy(_first(json.dumps([schedule, detector, tables])))
    made.state = deepcopy(made.state)
    return made


@lru_cache(maxsize=64)
def _first(described: str) -> Engine:
    schedule, detector, tables = json.loads(described)
    return Engine(configuration(schedule, detector, **tables), FEATURES)


def configuration(
    schedule: Component = "constant", detector: Component = "none", **tables: dict[str, Any]
) -> config.Configuration:
    """Return a configuration of these components, and of the default ones where none is named."""
    return config.build(
        {
            "source": {"type": "simulator"},
            "stream": {"label": "target"},
            "schedule": {"type": schedule} if isinstance(schedule, str) else schedule,
            "detector": {"type": detector} if isinstance(detector, str) else detector,
            **tables,
        }
    )


@lru_cache(maxsize=8)
def drifting(rows: int, seed: int = 1) -> Events:
    """Return a stream with values and labels missing, which drifts in two ways.

    Every 300 rows labels turn over; from rows 450 to 600 and so on they have no rule at all.
    """
    stream = simulators.make("stationary", seed, features=FEATURES, noise=0.02)
    values, labels = stream.rows(0, rows)
    labels = (labels.astype(np.int64) + np.arange(rows) // 300) % 2
    random = np.random.default_rng(seed)
    unruly = np.arange(rows) // 150 % 5 == 3
    labels[unruly] = random.integers(0, 2, int(unruly.sum()))
    values[random.random(values.shape) < 0.05] = np.nan
    labels[random.random(rows) < 0.1] = NO_CLASS
    return Events(values, labels)


def run(subject: Engine, events: Events, cuts: Iterable[int] = ()) -> Said:
    """Run all events, in as many calls as the cuts make."""
    edges = [0, *sorted(cuts), len(events.labels)]
    answers = [
        subject.run(events.values[start:stop], events.truth()[start:stop])
        for start, stop in pairwise(edges)
    ]
    return Said(
        label=[label for answer in answers for label in answer.said.tolist()],
        probability=b"".join(answer.answers.tobytes() for answer in answers),
        journal=[entry for answer in answers for entry in answer.journal],
    )


def give_slots(subject: Engine, slots: int) -> None:
    """Make room for predictions that wait for their label."""
    room = pending(subject.shape, slots)
    subject.state = subject.state._replace(pending=room)
