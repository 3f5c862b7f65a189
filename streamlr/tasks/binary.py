"""Two classes, each known once it was seen."""

from typing import NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import NO_CLASS, NO_VOTE, Shape

MODEL, EVALUATION = "logistic", "prequential"


class State(NamedTuple):
    """Labels seen of each class.

    Attributes
    ----------
    seen : int64 [2]
    """

    seen: np.ndarray


def classes(limit: int) -> int:  # noqa: ARG001 - one signature for every task
    """Two."""
    return 2


def outputs(classes: int) -> int:  # noqa: ARG001 - one signature for every task
    """P(class 1): the other one is known by it."""
    return 1


def init(shape: Shape) -> State:
    """No class seen."""
    return State(np.zeros(shape.classes, np.int64))


@hot
def known(state: State) -> int:  # noqa: ARG001 - one signature for every task
    """One output says both."""
    return 1


@hot
def say(state: State, answer: np.ndarray, vote: int) -> float:
    """The class voted for, or the more probable one; never one that was not seen."""
    likelier = 1 if answer[0] >= 1.0 - answer[0] else 0
    label = likelier if vote == NO_VOTE else vote
    if state.seen[label] == 0:
        other = 1 - label
        label = other if state.seen[other] > 0 else NO_CLASS
    return float(label)


@hot
def chance(state: State, label: int, answer: np.ndarray) -> float:
    """What was given to a class; nothing to one that was not seen."""
    if label == NO_CLASS or state.seen[label] == 0:
        return 0.0
    return answer[0] if label == 1 else 1.0 - answer[0]  # type: ignore[no-any-return]


@hot
def error(state: State, truth: float, said: float) -> float:  # noqa: ARG001
    """Right or wrong."""
    return 1.0 if said != truth else 0.0


@hot
def meet(state: State, truth: float, said: float) -> None:  # noqa: ARG001
    """Count the class."""
    state.seen[int(truth)] += 1


@hot
def target(state: State, truth: float) -> float:  # noqa: ARG001 - one signature for every task
    """The class index."""
    return truth
