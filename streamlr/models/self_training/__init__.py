"""Self-training: lanes beside a linear model's that learn from records without a label, too.

They stand in the same race as the others, which scores them on true labels alone: where a model
that confirms itself does worse, it is not heard.

- ``pseudo``: of a record without a label they learn the class that the race names, at a share of
  their rates (:mod:`streamlr.models.self_training.trust`: when it is sure enough);
- ``whitened``: they learn labels alone, but their steps go by how the inputs of all records,
  labelled or not, vary together (:mod:`streamlr.models.self_training.covariance`).

One of either kind that lags (faded loss over 1.3 × the best lane's) restarts from the best lane's
weights. The lanes that the schedule asks for are what they are without these. Of few labels nobody
can tell who predicts well; so at first all eight together say no more than one of the others.

The table of its settings is ``[labels]``, as labels that come inline have it.

References
----------
Scudder (1965), "Probability of error of some adaptive pattern-recognition machines"; Lee (2013),
"Pseudo-label: the simple and efficient semi-supervised learning method for deep neural networks".
That a race weighs such lanes on true labels is ours.
"""

from types import ModuleType
from typing import Any

from streamlr.components import Brought
from streamlr.models.self_training import binary, lanes, multiclass

_VARIANTS = {"binary": binary, "multiclass": multiclass}

TASKS = tuple(_VARIANTS)
BESIDE = ("logistic", "softmax")
"""Models that it runs in the place of."""


def variant(task: str) -> ModuleType:
    """The model as it is run for a task."""
    return _VARIANTS[task]


def brings(config: Any) -> tuple[Brought, ...]:  # noqa: ANN401, ARG001 - one signature for every model
    """Lanes beside the schedule's, with their own rates."""
    say = 1.0 / (len(lanes.PSEUDO) + len(lanes.WHITENED))
    return (Brought("pseudo", lanes.PSEUDO, say), Brought("whitened", lanes.WHITENED, say))
