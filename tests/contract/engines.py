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
from streamlr import category_codes, config, registry
from streamlr.assembly import pending
from streamlr.components import Inputs, Shape, room
from streamlr.engine import Engine
from streamlr.models import mapped
from streamlr.records import Journal

Floats = npt.NDArray[np.float64]

Component = str | dict[str, Any]
"""A type, or a whole table."""

FEATURES = 4
CATEGORIES = 2
BUCKETS = 24
"""Fewer than a stream has values: some share their weights."""
NO_CLASSES = ("regression", "unsupervised")
CLASSES = 4
"""Of a multiclass stream; one more is allowed."""

MODELS: dict[str, dict[str, Any]] = {
    # all maps: of ten pairs of columns of numbers, two of categories and eight of both, twelve
    "maps": {"type": "mapped", "features": 12, "buckets": 32, "seed": 5},
    "network": {"type": "mlp", "units": 6, "seed": 5},
}
"""Beside the task's own."""

LABELS: dict[str, dict[str, Any]] = {"pseudo": {"unlabelled": "pseudo"}}
"""Tables that say what is made of records without a label: the model gets lanes of its own."""

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


class Case(NamedTuple):
    """An engine: what it is made of, and what its stream brings."""

    schedule: str
    detector: str
    task: str = "binary"
    categories: int = 0
    model: str = ""

    def __str__(self) -> str:
        more = [*(["categories"] if self.categories else []), *([self.model] if self.model else [])]
        return "-".join([self.schedule, self.detector, self.task, *more])


CASES = [
    *(Case(*pair) for pair in _few_pairs()),
    Case("race", "adwin", categories=CATEGORIES),
    *(
        Case(schedule, detector, task, CATEGORIES)
        for task in ("multiclass", "regression")
        for schedule, detector in [
            ("race", "adwin"),
            ("drift_boost", "adwin"),
            ("constant", "none"),
        ]
    ),
    *(
        Case(schedule, detector, "unsupervised")
        for schedule, detector in [
            ("race", "adwin"),
            ("drift_boost", "adwin"),
            ("constant", "none"),
        ]
    ),
    *(Case("race", "adwin", task, CATEGORIES, model) for model in MODELS for task in mapped.TASKS),
    Case("drift_boost", "adwin", "binary", CATEGORIES, "network"),
    *(Case("race", "adwin", task, CATEGORIES, "pseudo") for task in ("binary", "multiclass")),
]
"""What to compile: each is a kernel, which takes its time."""

ALL_PAIRS = list(product(registry.names("schedules"), DETECTORS))


def dense(values: npt.ArrayLike) -> Inputs:
    """Return inputs whose weights are the rows in order."""
    value = np.asarray(values, np.float64)
    return Inputs(value, np.zeros(0, np.int64), np.array([len(value)]))


class Events(NamedTuple):
    """A piece of a stream.

    Values [rows, FEATURES + categories], NaN where missing; labels [rows], class indices or
    numbers, NaN where there is none.
    """

    values: Floats
    labels: Floats


class Said(NamedTuple):
    """What an engine answered, in bits that compare: NaN equals NaN."""

    label: list[float]
    answers: bytes
    journal: list[Journal]


def engine(
    schedule: Component = "constant",
    detector: Component = "none",
    task: str = "binary",
    categories: int = 0,
    model: Component = "",
    **tables: dict[str, Any],
) -> Engine:
    """Return an engine as good as new: making one takes long, copying the first does not."""
    made = copy(_first(json.dumps([schedule, detector, task, categories, model, tables])))
    made.state = deepcopy(made.state)
    return made


@lru_cache(maxsize=64)
def _first(described: str) -> Engine:
    *parts, tables = json.loads(described)
    return new(*parts, **tables)


def new(
    schedule: Component = "constant",
    detector: Component = "none",
    task: str = "binary",
    categories: int = 0,
    model: Component = "",
    **tables: dict[str, Any],
) -> Engine:
    """Return an engine that is no copy.

    Its model is one of ``MODELS``, of a table, or the task's own, beside it one of ``LABELS``.
    """
    if isinstance(model, str) and model in LABELS:
        tables = {"labels": LABELS[model], **tables}
    elif model:
        tables = {"model": MODELS[model] if isinstance(model, str) else model, **tables}
    return Engine(configuration(schedule, detector, task, **tables), FEATURES, categories)


def configuration(
    schedule: Component = "constant",
    detector: Component = "none",
    task: str = "binary",
    **tables: dict[str, Any],
) -> config.Configuration:
    """Return a configuration of these components, and of the default ones where none is named."""
    return config.build(
        {
            "source": {"type": "simulator"},
            "stream": {"label": "target", "task": task, "max_classes": CLASSES + 1},
            "features": {"type": "scaling", "buckets": BUCKETS},
            "schedule": {"type": schedule} if isinstance(schedule, str) else schedule,
            "detector": {"type": detector} if isinstance(detector, str) else detector,
            **tables,
        }
    )


@lru_cache(maxsize=16)
def drifting(rows: int, seed: int = 1, task: str = "binary", categories: int = 0) -> Events:
    """Return a stream with values and labels missing, which drifts in two ways.

    Every 300 rows labels turn over; from rows 450 to 600 and so on they have no rule at all.
    Two classes follow the numbers alone; of more, the last one comes late. Where there are no
    labels it is the numbers' place that turns over, and they are scattered where there is no rule.
    """
    stream = simulators.make("stationary", seed, features=FEATURES, noise=0.02)
    values, labels = (column.astype(np.float64) for column in stream.rows(0, rows))
    random = np.random.default_rng(seed)
    turn = np.arange(rows) // 300
    unruly = np.arange(rows) // 150 % 5 == 3
    if task == "binary":
        labels = (labels + turn) % 2
        labels[unruly] = random.integers(0, 2, int(unruly.sum()))
    codes, effect = categorical(rows, seed, categories)
    if task == "unsupervised":
        places = np.where(turn % 2 == 0, 1.0, -1.0)[:, None] * [1.0, -1.0, 2.0, 0.0]
        values = values * np.where(unruly, 4.0, 0.5)[:, None] + places
        labels = np.zeros(rows)
    elif task != "binary":
        numbers = values @ [1.0, -2.0, 0.5, 1.5] + effect
        numbers = np.where(turn % 2 == 0, numbers, -numbers)
        numbers[unruly] = random.uniform(-12.0, 12.0, int(unruly.sum()))
        labels = 1e3 + 50.0 * numbers
    if task == "multiclass":
        labels = np.digitize(numbers, [-1.5, 0.0, 1.5]).astype(np.float64)
        labels[unruly] = random.integers(0, CLASSES, int(unruly.sum()))
        labels[:300][labels[:300] == CLASSES - 1] = 0.0
    values[random.random(values.shape) < 0.05] = np.nan
    labels[random.random(rows) < 0.1] = np.nan
    values = np.hstack([values, codes])
    return Events(values, labels if task in NO_CLASSES else as_met(labels))


def stream_of(case: Case, rows: int, seed: int = 1) -> Events:
    """Return a drifting stream of the case's kind."""
    return drifting(rows, seed, case.task, case.categories)


def categorical(rows: int, seed: int, columns: int) -> tuple[Floats, Floats]:
    """Return codes of categories, NaN where missing, and what they add to a label."""
    random = np.random.default_rng([seed, columns])
    chosen = np.minimum(random.geometric(0.2, (rows, columns)), 12)
    known = [
        [category_codes.code(f"value {value}", category_codes.seed(f"column {column}"))]
        for column in range(columns)
        for value in range(13)
    ]
    table = np.array(known).reshape(columns, 13)
    codes = np.take_along_axis(table.T, chosen, axis=0)
    effect = np.sin(2.0 * chosen).sum(axis=1)
    codes[random.random(codes.shape) < 0.05] = np.nan
    return codes, effect


def as_met(labels: Floats) -> Floats:
    """Number classes in the order in which they are met, as a stream's labels are."""
    known = labels[~np.isnan(labels)]
    _, first, inverse = np.unique(known, return_index=True, return_inverse=True)
    numbered = labels.copy()
    numbered[~np.isnan(labels)] = np.argsort(np.argsort(first))[inverse]
    return numbered


def run(subject: Engine, events: Events, cuts: Iterable[int] = ()) -> Said:
    """Run all events, in as many calls as the cuts make."""
    edges = [0, *sorted(cuts), len(events.labels)]
    answers = [
        subject.run(events.values[start:stop], events.labels[start:stop])
        for start, stop in pairwise(edges)
    ]
    return Said(
        label=[label for answer in answers for label in answer.said.tolist()],
        answers=b"".join(answer.answers.tobytes() for answer in answers),
        journal=[entry for answer in answers for entry in answer.journal],
    )


def give_slots(subject: Engine, slots: int) -> None:
    """Make room for predictions that wait for their label."""
    room = pending(subject.shape, slots)
    subject.state = subject.state._replace(pending=room)
