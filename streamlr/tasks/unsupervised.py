"""No label: how far a record is from what was expected of it, and how unusual that is.

Of the standardised inputs a model says, in each lane, three numbers: the root mean square of their
distance, an input, to the nearest that it can expect; the same of their distance to the mean of
the rows before, which is 0; and the group that the record is taken to belong to, or NO_GROUP. The
first is what is said, and its square the loss: to a model and a schedule the label is a distance of
0, so everything that drives the learning rate of other tasks drives it here.

How unusual a score is, is told as its rank: the share of the scores before, the latest counting
most, that were lower.
"""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import log
from streamlr.compiling import cold, hot
from streamlr.components import Shape

MODEL, EVALUATION = "kmeans", "unsupervised"
NO_GROUP = -1

RANK, TO_MEAN, GROUP = 0, 1, 2
"""Places in an answer, once it is said."""

HALF_LIFE = 5000.0
"""Scores after which one counts half as much for the rank."""

_WORST = 4.0  # a distance of so many standard deviations is as wrong as can be
_OCTAVES, _PER_OCTAVE = 16, 64
_LEAST = 2.0**-12  # scores from there to 16 are told apart, by a hundredth or more
_LN_2 = 0.6931471805599453
_GROWTH = 2.0 ** (1.0 / HALF_LIFE)
_RESCALE_AT = 1e50
_NOTHING_KNOWN = 0.5


class State(NamedTuple):
    """Scores so far.

    Attributes
    ----------
    bins : float64 [octaves, bins]
        Weight of the scores in each.
    octaves : float64 [octaves]
        Sums of their bins.
    weight : float64 [1]
        Weight of the next score; it grows, where the past would else have to be multiplied down.
    """

    bins: np.ndarray
    octaves: np.ndarray
    weight: np.ndarray


def classes(limit: int) -> int:  # noqa: ARG001 - one signature for every task
    """None."""
    return 0


def outputs(classes: int) -> int:  # noqa: ARG001 - one signature for every task
    """Distance, distance to the mean, group."""
    return 3


def init(shape: Shape) -> State:  # noqa: ARG001 - one signature for every task
    """No score seen."""
    return State(np.zeros((_OCTAVES, _PER_OCTAVE)), np.zeros(_OCTAVES), np.ones(1))


@hot
def known(state: State) -> int:  # noqa: ARG001 - one signature for every task
    """All three."""
    return 3


@hot
def say(state: State, answer: np.ndarray, vote: int) -> float:  # noqa: ARG001
    """The distance; its rank takes its place in ``answer``."""
    said = answer[0]
    answer[0] = rank(state, said)
    return said  # type: ignore[no-any-return]


@hot
def chance(state: State, label: int, answer: np.ndarray) -> float:  # noqa: ARG001
    """There are no classes; the evaluation is told the distance to the mean in its place."""
    return answer[1]  # type: ignore[no-any-return]


@hot
def error(state: State, truth: float, said: float) -> float:  # noqa: ARG001
    """The distance, cut at 4 standard deviations, as a share of that."""
    return min(abs(said), _WORST) / _WORST


@hot
def meet(state: State, truth: float, said: float) -> None:  # noqa: ARG001
    """Take the score into the ranks of those to come."""
    state.weight[0] *= _GROWTH
    place = int(_place(said))
    state.bins[place // _PER_OCTAVE, place % _PER_OCTAVE] += state.weight[0]
    state.octaves[place // _PER_OCTAVE] += state.weight[0]
    if state.weight[0] > _RESCALE_AT:
        _rescale(state)


@hot
def target(state: State, truth: float) -> float:  # noqa: ARG001 - one signature for every task
    """No distance."""
    return 0.0


@hot
def rank(state: State, said: float) -> float:
    """Share of the scores so far below this one; one half before the first.

    Within a bin they are taken to lie evenly.
    """
    place = _place(said)
    octave, own = int(place) // _PER_OCTAVE, int(place) % _PER_OCTAVE
    below, total = 0.0, 0.0
    for one in range(_OCTAVES):
        below += state.octaves[one] if one < octave else 0.0
        total += state.octaves[one]
    if total == 0.0:
        return _NOTHING_KNOWN
    for one in range(own):
        below += state.bins[octave, one]
    below += (place - int(place)) * state.bins[octave, own]
    return min(below / total, 1.0)  # type: ignore[no-any-return]


@hot
def _place(said: float) -> float:
    """Where a score lies among the bins: the bin's number, and how far into it."""
    place = log(max(said, _LEAST) / _LEAST) * (_PER_OCTAVE / _LN_2)
    return min(max(place, 0.0), _OCTAVES * _PER_OCTAVE - 1e-9)


@cold
def _rescale(state: State) -> None:
    """Bring the weight of the next score back to 1."""
    for octave in range(_OCTAVES):
        state.octaves[octave] /= state.weight[0]
        for one in range(_PER_OCTAVE):
            state.bins[octave, one] /= state.weight[0]
    state.weight[0] = 1.0
