"""What every component's file holds, and the few words they share.

A component is one file in its kind's folder; the file's name is its ``type`` in the
configuration. In it are:

``Config``
    a frozen :class:`ComponentConfig`: the table of the configuration, ranges in the types;
``State``
    a NamedTuple of numpy arrays (float64 or int64): everything it remembers, so that a checkpoint
    holds it all. Scalars are arrays of one element;
``init(config, shape)``
    the state before the first record;
functions marked ``@hot`` or ``@cold``
    what the kernel calls, by the names that the kind's package docstring lists. They make no
    arrays: where one needs space to work in, it is part of the state, and called so there.
"""

from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from streamlr.compiling import hot


class ComponentConfig(BaseModel):
    """A table of the configuration: unknown keys are errors, values are checked."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @property
    def needs_pickle(self) -> bool:
        """Whether a checkpoint of it holds a pickle."""
        return False


class Brought(NamedTuple):
    """Lanes that a model has of itself, beside those that the schedule asks for.

    Attributes
    ----------
    kind
        What they learn on.
    rates
        The learning rate of each: fixed.
    say
        How much each says before labels told who predicts well, of what one of the schedule's does.
    """

    kind: str
    rates: tuple[float, ...]
    say: float = 1.0


class Shape(NamedTuple):
    """Sizes that a component's arrays depend on.

    Attributes
    ----------
    features
        Number of numeric columns, the bias not counted.
    classes
        Number of classes that a stream may show; 0 for regression.
    lanes
        Number of learners side by side in the model, one a learning rate.
    categories
        Number of categorical columns.
    buckets
        Number of weight rows for the values of categorical columns, and tokens.
    outputs
        Numbers a lane predicts at most: a probability a class, or just one.
    brought
        The last of the lanes: those that the model has of itself.
    beside
        Numbers that come with a sample's inputs: outputs of a model that Python asked before.
    tokens
        Most tokens of all texts of a sample together.
    """

    features: int
    classes: int
    lanes: int
    categories: int = 0
    buckets: int = 0
    outputs: int = 1
    brought: tuple[Brought, ...] = ()
    beside: int = 0
    tokens: int = 0

    @property
    def sparse(self) -> int:
        """Most inputs of one sample that say which weight rows they have: values and tokens."""
        return self.categories + self.tokens

    @property
    def inputs(self) -> int:
        """Most inputs of one sample: numeric columns, the bias, the sparse ones, and ``beside``."""
        return self.features + 1 + self.sparse + self.beside

    @property
    def rows(self) -> int:
        """Weights of one learner: numeric columns, the bias, categorical values and tokens."""
        return self.features + 1 + self.buckets


UNWEIGHTED = np.ones(2)
UNWEIGHTED.flags.writeable = False
"""``weight`` of inputs that are not for a kernel to fill."""


class Inputs(NamedTuple):
    """What a model sees of one sample: a sparse vector.

    Attributes
    ----------
    value : float64 [dense + sparse]
        Standardised numeric columns and the bias 1, which have a weight row each, in order; then 1
        for each categorical column, and a value for each token that the sample's texts have. What
        is missing is 0, or not there. Behind them what comes ``beside``.
    row : int64 [sparse]
        The weight rows of the latter. Each sample has as many as it has tokens.
    used : int64 [1]
        Weight rows in use so far: those beyond are 0 in every lane.
    weight : float64 [2]
        How much the sample counts: in a step, whose rate it multiplies; and in the losses that a
        race goes by. Both are 1 where all samples count alike (:mod:`streamlr.weighing`).
    """

    value: np.ndarray
    row: np.ndarray
    used: np.ndarray
    weight: np.ndarray = UNWEIGHTED


def room(shape: Shape) -> Inputs:
    """Space for the inputs of one sample, of as many tokens as there may be."""
    return Inputs(
        value=np.zeros(shape.inputs),
        row=np.zeros(shape.sparse, np.int64),
        used=np.array([shape.features + 1]),
        weight=np.ones(2),
    )


END = -1
"""Behind the weight rows of a sample that is kept, where there is room for more."""


@hot
def before_end(row: np.ndarray) -> int:
    """How many weight rows of a sample are kept here."""
    count = 0
    while count < row.shape[0] and row[count] != END:
        count += 1
    return count


@hot
def keep_rows(row: np.ndarray, kept: np.ndarray) -> None:
    """Keep the weight rows of a sample."""
    for place in range(row.shape[0]):
        kept[place] = row[place]
    if row.shape[0] < kept.shape[0]:
        kept[row.shape[0]] = END


NO_SIGNAL, WARNING, DRIFT = 0, 1, 2
"""What a drift detector says of one value."""


@hot
def never_due(state: Any) -> bool:  # noqa: ANN401, ARG001 - any detector's
    """``is_due`` of a detector that has no part in Python."""
    return False


NO_VOTE = -1
"""A schedule that leaves it to the task to name the most probable class."""

NO_CLASS = -1
"""Class index of a missing label, and of a prediction made before any class was seen."""
