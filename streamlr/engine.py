"""The native engine: a configuration's components, their state, and the kernel that runs them.

One engine is one unit of state. It knows nothing of Kafka, files or clocks: numbers in, numbers
out, so it serves the daemon, ``backtest`` and whoever uses streamlr as a library.
"""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from streamlr import compiling, kernel, registry
from streamlr.components import DRIFT, Shape
from streamlr.config import Configuration
from streamlr.records import Journal

_JOURNAL_ENTRIES = 256
_REASONS = 8  # most reasons that a schedule may tell
_TASK_CLASSES = {"binary": 2}


@dataclass(frozen=True, slots=True)
class Answers:
    """What the kernel said of each event.

    Attributes
    ----------
    label : int64 [events]
        Predicted class index, NO_CLASS before any was seen.
    probability : float64 [events]
        P(class 1).
    journal
        Alarms and rate changes, in order.
    """

    label: np.ndarray
    probability: np.ndarray
    journal: list[Journal]


class Engine:
    """Predict, score, learn, and keep choosing the learning rate.

    Parameters
    ----------
    config
        Which components, and their settings.
    features
        Number of numeric columns.
    """

    def __init__(self, config: Configuration, features: int) -> None:
        self._stages: dict[str, ModuleType] = {
            "features": registry.load("features", config.features.type),
            "model": registry.load("models", config.model.type),
            "detector": registry.load("detectors", config.detector.type),
            "schedule": registry.load("schedules", config.schedule.type),
            "evaluator": registry.load("evaluation", config.evaluation.type),
        }
        lanes = self._stages["schedule"].lanes(config.schedule)
        shape = Shape(features, _TASK_CLASSES[config.stream.task], lanes)
        self.state = _initial_state(self._stages, config, shape)
        self._process = compiling.fuse(kernel.process, self._stages, allocates=False)
        self._rate = compiling.fuse(kernel.learning_rate, {"schedule": self._stages["schedule"]})
        self._features = features

    def warm_up(self) -> None:
        """Compile the kernel, or load it from the cache: the first record shall not wait."""
        self.run(np.empty((0, self._features)), np.empty(0, np.int64))
        self._rate(self.state)

    def run(self, values: np.ndarray, labels: np.ndarray) -> Answers:
        """Predict each row, then learn it where it has a label.

        Parameters
        ----------
        values : float64 [rows, features]
            NaN where missing.
        labels : int64 [rows]
            Class index, NO_CLASS where there is none.
        """
        events = np.where(labels >= 0, kernel.BOTH, kernel.PREDICT)
        return self.run_events(events, values, labels, np.full(len(labels), -1))

    def run_events(
        self, events: np.ndarray, values: np.ndarray, labels: np.ndarray, slots: np.ndarray
    ) -> Answers:
        """Run any mixture of PREDICT, LEARN and BOTH events; see :class:`streamlr.kernel.Batch`."""
        batch = kernel.Batch(events, np.ascontiguousarray(values), labels, slots)
        out = kernel.Output(
            label=np.empty(len(labels), np.int64),
            probability=np.empty(len(labels)),
            journal=np.empty((_JOURNAL_ENTRIES, 6)),
            entries=np.zeros(1, np.int64),
            inputs=np.empty(self._features + 1),
            answer=np.empty(2),
        )
        journal: list[Journal] = []
        done = -1
        while done < len(labels):
            done = self._process(self.state, batch, max(done, 0), out)
            journal.extend(self._entry(row) for row in out.journal[: out.entries[0]])
        return Answers(out.label, out.probability, journal)

    def _entry(self, row: np.ndarray) -> Journal:
        sample, event, code, old, new, evidence = row.tolist()
        if int(event) == kernel.ALARM:
            return Journal(
                int(sample), "drift" if int(code) == DRIFT else "warning", "", 0.0, 0.0, evidence
            )
        return Journal(int(sample), "rate", self.reasons[int(code)], old, new, evidence)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why this schedule may change its rate; the first stands for no change."""
        reasons: tuple[str, ...] = self._stages["schedule"].REASONS
        return reasons

    @property
    def learning_rate(self) -> float:
        """The one rate that stands for the schedule now."""
        return float(self._rate(self.state))

    def metrics(self) -> dict[str, dict[str, float]]:
        """Prequential metrics: view → metric → value."""
        metrics: dict[str, dict[str, float]] = self._stages["evaluator"].metrics(
            self.state.evaluator
        )
        return metrics


def _initial_state(
    stages: dict[str, ModuleType], config: Configuration, shape: Shape
) -> kernel.State:
    def zeros(count: int) -> np.ndarray:
        return np.zeros(count, np.int64)

    tables: dict[str, Any] = {
        "features": config.features,
        "model": config.model,
        "detector": config.detector,
        "schedule": config.schedule,
        "evaluator": config.evaluation,
    }
    parts = {stage: stages[stage].init(table, shape) for stage, table in tables.items()}
    return kernel.State(
        counters=kernel.Counters(
            predicted=zeros(1),
            learned=zeros(1),
            updates=zeros(1),
            alarms=zeros(3),
            rate_changes=zeros(_REASONS),
            class_seen=zeros(shape.classes),
        ),
        pending=kernel.Pending(
            inputs=np.zeros((0, shape.features + 1)),
            probability=np.zeros((0, shape.lanes)),
            answer=np.zeros((0, 2)),
            label=zeros(0),
        ),
        **parts,
    )
