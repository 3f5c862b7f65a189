"""Constant learning rate: the baseline that every other schedule has to beat."""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import NO_VOTE, ComponentConfig, Inputs, Shape

FAMILY = "static"
REASONS = ("unchanged",)


class OneRate(ComponentConfig):
    """A table of a schedule with one rate: the keys that all of those have."""

    warm_up: Annotated[
        int, Field(ge=0, le=10**12, description="samples that the rate first climbs in a line")
    ] = 0


class Config(OneRate):
    """The same rate for ever."""

    type: Literal["constant"] = "constant"
    rate: Annotated[float, Field(gt=0, le=1e6, description="learning rate")] = 0.05


class State(NamedTuple):
    """The rate.

    Attributes
    ----------
    rates : float64 [1]
    change : float64 [3]
    """

    rates: np.ndarray
    change: np.ndarray


def lanes(config: ComponentConfig) -> int:  # noqa: ARG001 - one signature for every schedule
    """One learner."""
    return 1


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The configured rate."""
    return State(np.array([config.rate]), np.zeros(3))


@hot
def read_out(state: State, prediction: np.ndarray, answer: np.ndarray) -> int:  # noqa: ARG001
    """The one lane's own."""
    for output in range(prediction.shape[0]):
        answer[output] = prediction[output]
    return NO_VOTE


@hot
def update(
    state: State,  # noqa: ARG001
    prediction: np.ndarray,  # noqa: ARG001
    target: float,  # noqa: ARG001
    loss: float,  # noqa: ARG001
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
    inputs: Inputs,  # noqa: ARG001
) -> int:
    """Nothing moves the rate."""
    return 0


@hot
def move(
    state: State, weights: np.ndarray, inputs: Inputs, prediction: np.ndarray, target: float
) -> None:
    """No lane keeps a rate for each weight."""


@hot
def rate(state: State) -> float:
    """The configured rate."""
    return state.rates[0]  # type: ignore[no-any-return]
