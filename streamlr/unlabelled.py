"""Records without a label, of a model that learns nothing of them: they are predicted only.

A model that does learn from them offers the same functions in their place.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from streamlr.compiling import hot
from streamlr.components import Inputs

if TYPE_CHECKING:
    from streamlr.config import Configuration


def are_learned(config: "Configuration") -> bool:
    """Whether the configuration asks for that."""
    return getattr(config.labels, "unlabelled", "ignore") == "pseudo"


@hot
def see(state: Any, inputs: Inputs, answer: np.ndarray, truth: float, known: int) -> None:  # noqa: ANN401
    """A record that has a label, the model's state, and what was read out before."""


@hot
def suppose(state: Any, inputs: Inputs, answer: np.ndarray, known: int) -> None:  # noqa: ANN401
    """A record of which no label will come."""
