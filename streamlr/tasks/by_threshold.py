"""Two classes, told apart at a probability of one of them that was set: not where both are alike.

All else is as in :mod:`streamlr.tasks.binary`.
"""

from typing import NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import NO_CLASS, Shape
from streamlr.tasks import binary
from streamlr.tasks.binary import MODEL, classes, error, known, outputs, target

__all__ = ["MODEL", "classes", "error", "known", "outputs", "target"]

EVALUATION = binary.EVALUATION
chance = binary.chance
meet = binary.meet


class State(NamedTuple):
    """Labels seen of each class, and where they are told apart.

    Attributes
    ----------
    seen : int64 [2]
    threshold : float64 [1]
        Least probability at which the positive class is said.
    positive : int64 [1]
        Index of that class; NO_CLASS before it was met. Both are set from outside.
    """

    seen: np.ndarray
    threshold: np.ndarray
    positive: np.ndarray


def init(shape: Shape) -> State:
    """No class seen."""
    return State(np.zeros(shape.classes, np.int64), np.full(1, 0.5), np.full(1, NO_CLASS))


@hot
def say(state: State, answer: np.ndarray, vote: int) -> float:  # noqa: ARG001 - as any task
    """The positive class from its threshold on, else the other; never one that was not seen."""
    label = 1 if answer[0] >= 1.0 - answer[0] else 0
    if state.positive[0] != NO_CLASS:
        positive = state.positive[0]
        chance = answer[0] if positive == 1 else 1.0 - answer[0]
        label = positive if chance >= state.threshold[0] else 1 - positive
    if state.seen[label] == 0:
        other = 1 - label
        label = other if state.seen[other] > 0 else NO_CLASS
    return float(label)
