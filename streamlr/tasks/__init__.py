"""Tasks: what a label is, and so what may be said, how wrong it was, and what is learned from it.

Where there are no labels every record counts as having one, which is 0.

``[stream] task`` names a file. Each offers

``MODEL``, ``EVALUATION``
    the types that are used where the configuration names none;
``classes(limit) -> int`` and ``outputs(classes) -> int``
    how many classes there may be, and how many numbers a lane predicts;
``init(shape)``
    what it remembers before the first label;
``known(state) -> int``
    how many of the outputs are in use: classes met, or 1;
``say(state, answer, vote) -> float``
    what is predicted, of the schedule's read-outs ``answer`` [outputs] and its ``vote`` (NO_VOTE:
    the most probable): a class index, or a number; it may put into ``answer`` what is to be told
    beside it;
``chance(state, label, answer) -> float``
    the probability that was given to a class;
``error(state, truth, said) -> float``
    how wrong it was, from 0 to 1: what a drift detector watches;
``meet(state, truth, said)``
    takes in a label and what was said, once that was scored;
``target(state, truth) -> float``
    the label as a model learns it.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from streamlr.tasks import binary, by_threshold

if TYPE_CHECKING:
    from streamlr.config import ClassesConfig

NAMES = ("binary", "multiclass", "regression", "unsupervised")
INTERNAL = ("by_threshold",)
"""What is run in the place of a task, and nobody names."""


def load(name: str) -> ModuleType:
    """Import a task's module."""
    return importlib.import_module(f"streamlr.tasks.{name}")


def variant(task: ModuleType, config: "ClassesConfig") -> ModuleType:
    """What is run for a task: itself, or what tells two classes apart at a threshold."""
    return by_threshold if task is binary and config.threshold is not None else task
