"""By class: given weights, or such that all classes met so far count alike.

With n labels before this one, n_c of them of its class, and k classes met, "balanced" is

    w = (n + k) / (k · (n_c + 1)), held to [1/100, 100].

A step is multiplied by w. Lanes race on u = w · Σw / Σw², sums over the labels before, at most 4:
weights that sum to the number of samples they are worth (Kish), so that one rare sample does not
decide the race alone.

References
----------
King & Zeng (2001), "Logistic regression in rare events data", for weights by class; Karampatziakis
& Langford (2011), "Online importance weight aware updates", for why a weight belongs within an
implicit step and not before it; Kish (1965), "Survey sampling", for Σ(w)² / Σw².
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import Shape

if TYPE_CHECKING:
    from streamlr.config import ClassesConfig

_MOST = 100.0
_MOST_OF_RACE = 4.0


class State(NamedTuple):
    """Weights given, and labels counted.

    Attributes
    ----------
    given : float64 [classes]
        Weight of each class that was met; 0: by the counts. Set from outside, where the classes'
        names are known.
    labels : int64 [classes]
        Labels of each class.
    total : int64 [2]
        Labels, and classes met.
    sums : float64 [2]
        Σw and Σw².
    """

    given: np.ndarray
    labels: np.ndarray
    total: np.ndarray
    sums: np.ndarray


def init(config: "ClassesConfig", shape: Shape) -> State:
    """No label seen; what is not named weighs one."""
    other = 0.0 if config.weights == "balanced" else 1.0
    return State(
        given=np.full(shape.classes, other),
        labels=np.zeros(shape.classes, np.int64),
        total=np.zeros(2, np.int64),
        sums=np.zeros(2),
    )


@hot
def weigh(state: State, truth: float, weight: np.ndarray) -> None:
    """Fill ``weight``: of the step, and in the race."""
    label, classes = int(truth), max(state.total[1], 1)
    own = state.given[label]
    if own == 0.0:
        even = (state.total[0] + classes) / (classes * (state.labels[label] + 1.0))
        own = min(max(even, 1.0 / _MOST), _MOST)
    scale = state.sums[0] / state.sums[1] if state.sums[1] > 0.0 else 1.0
    weight[0] = own
    weight[1] = min(own * scale, _MOST_OF_RACE)


@hot
def meet(state: State, truth: float, weight: np.ndarray) -> None:
    """Count the label, and its weight."""
    label = int(truth)
    state.total[0] += 1
    state.total[1] += 1 if state.labels[label] == 0 else 0
    state.labels[label] += 1
    state.sums[0] += weight[0]
    state.sums[1] += weight[0] * weight[0]
