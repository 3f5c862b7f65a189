"""Any number of classes up to a limit, met as they come: a new one changes nothing before it."""

from typing import NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import NO_CLASS, NO_VOTE, Shape
from streamlr.tasks import binary

MODEL, EVALUATION = "softmax", "prequential"


class State(NamedTuple):
    """Classes met, in the order of their indices.

    Attributes
    ----------
    seen : int64 [classes]
        Labels seen of each class.
    met : int64 [1]
        How many classes were seen: always the first ones.
    """

    seen: np.ndarray
    met: np.ndarray


def classes(limit: int) -> int:
    """As many as are allowed."""
    return limit


def outputs(classes: int) -> int:
    """A probability a class."""
    return classes


def init(shape: Shape) -> State:
    """No class seen."""
    return State(np.zeros(shape.classes, np.int64), np.zeros(1, np.int64))


@hot
def known(state: State) -> int:
    """The classes met."""
    return state.met[0]  # type: ignore[no-any-return]


@hot
def say(state: State, answer: np.ndarray, vote: int) -> float:
    """The class voted for, or the most probable one."""
    if state.met[0] == 0:
        return float(NO_CLASS)
    if vote != NO_VOTE:
        return float(vote)
    label = 0
    for other in range(state.met[0]):
        label = other if answer[other] > answer[label] else label
    return float(label)


@hot
def chance(state: State, label: int, answer: np.ndarray) -> float:
    """What was given to a class; nothing to one that was not seen."""
    if label == NO_CLASS or label >= state.met[0]:
        return 0.0
    return answer[label]  # type: ignore[no-any-return]


error = binary.error
target = binary.target


@hot
def meet(state: State, truth: float, said: float) -> None:  # noqa: ARG001
    """Count the class; a new one is the next."""
    label = int(truth)
    state.seen[label] += 1
    state.met[0] = max(state.met[0], label + 1)
