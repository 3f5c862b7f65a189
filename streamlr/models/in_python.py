"""What models that run in Python have in common: other libraries' objects, asked row by row."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from streamlr.components import Inputs, Shape

SCRATCH = ("prediction",)


class State(NamedTuple):
    """What the kernel sees of one.

    Attributes
    ----------
    weights : float64 [0, 1]
        None.
    prediction : float64 [outputs]
    """

    weights: np.ndarray
    prediction: np.ndarray


def init(config: Any, shape: Shape) -> State:  # noqa: ANN401, ARG001 - one signature for every model
    """Nothing predicted."""
    return State(np.zeros((0, 1)), np.zeros(shape.outputs))


class Learner(Protocol):
    """Another library's object in the kernel's place for a model.

    Attributes
    ----------
    vote
        The class that the latest prediction names, by the library's own rule, or NO_VOTE.
    """

    vote: int

    def predict(self, state: State, inputs: Inputs, known: int) -> None:
        """Fill ``state.prediction``: P(class 1), the probability of each known class, or a number.

        Raises
        ------
        DataError
            The library cannot do with such a record.
        """

    def learn(
        self, state: State, inputs: Inputs, target: float, rates: np.ndarray, known: int
    ) -> None:
        """Learn one sample, at the schedule's rate ``rates[0]``.

        Raises
        ------
        DataError
            As above.
        """

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that it has learned."""

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave."""
