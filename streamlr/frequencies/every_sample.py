"""Every sample is learned, once."""

from typing import Literal, NamedTuple

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape


class Config(ComponentConfig):
    """Learn every sample, once."""

    type: Literal["every_sample"] = "every_sample"


class State(NamedTuple):
    """Nothing to remember."""


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every component
    """Return nothing."""
    return State()


@hot
def due(state: State, loss: float, signal: int) -> int:  # noqa: ARG001 - one signature
    """Once."""
    return 1


@hot
def keep(state: State, inputs: Inputs, target: float) -> None:
    """Nothing is recalled."""


@hot
def recall(state: State, back: int, inputs: Inputs) -> float:  # noqa: ARG001 - one signature
    """Never asked for."""
    return 0.0
