"""A number, which models learn standardised by the labels so far.

References
----------
Welford (1962), "Note on a method for calculating corrected sums of squares and products".
"""

from typing import NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import Shape

MODEL, EVALUATION = "linear", "regression"
CLIP = 10.0
"""Largest standardised label, in standard deviations: one absurd value must not drown the rest."""

_WORST = 4.0  # an error of so many standard deviations is as wrong as can be
_HUGE = 1e100  # a value beyond counts as this: its square, summed, must stay finite


class State(NamedTuple):
    """Moments of the labels.

    Attributes
    ----------
    labels, mean, squares : float64 [1]
        Labels, their mean, and the sum of squared deviations from it.
    deviation : float64 [1]
        Their standard deviation; 0 until two differ.
    """

    labels: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    deviation: np.ndarray


def classes(limit: int) -> int:  # noqa: ARG001 - one signature for every task
    """None."""
    return 0


def outputs(classes: int) -> int:  # noqa: ARG001 - one signature for every task
    """The number."""
    return 1


def init(shape: Shape) -> State:  # noqa: ARG001 - one signature for every task
    """No label seen."""
    return State(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1))


@hot
def known(state: State) -> int:  # noqa: ARG001 - one signature for every task
    """There is one output."""
    return 1


@hot
def say(state: State, answer: np.ndarray, vote: int) -> float:  # noqa: ARG001
    """The number in the label's own units; 0 before the first label."""
    return state.mean[0] + state.deviation[0] * answer[0]  # type: ignore[no-any-return]


@hot
def chance(state: State, label: int, answer: np.ndarray) -> float:  # noqa: ARG001
    """There are no classes."""
    return 0.0


@hot
def error(state: State, truth: float, said: float) -> float:
    """Distance in standard deviations of the labels, cut at 4, as a share of that."""
    if state.deviation[0] == 0.0:
        return 0.0
    return min(abs(truth - said) / state.deviation[0], _WORST) / _WORST  # type: ignore[no-any-return]


@hot
def meet(state: State, truth: float, said: float) -> None:  # noqa: ARG001
    """Take the label into the moments."""
    value, before = min(max(truth, -_HUGE), _HUGE), state.mean[0]
    state.labels[0] += 1.0
    state.mean[0] = before + (value - before) / state.labels[0]
    state.squares[0] += (value - before) * (value - state.mean[0])
    state.deviation[0] = np.sqrt(state.squares[0] / state.labels[0])


@hot
def target(state: State, truth: float) -> float:
    """The label, standardised by the labels up to this one."""
    if state.deviation[0] == 0.0:
        return 0.0
    return min(max((truth - state.mean[0]) / state.deviation[0], -CLIP), CLIP)  # type: ignore[no-any-return]
