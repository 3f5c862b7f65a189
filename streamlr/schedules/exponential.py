"""Exponential decay: the rate halves every ``half_life`` samples.

rate_i = max(min_rate, rate · 0.5^(i / half_life)), i the samples learned before this one.

On a stream without end every decay arrives at a rate that learns nothing: ``min_rate`` is where it
stops. Nothing brings the rate back after a drift.

References
----------
torch's ``ExponentialLR`` with gamma = 0.5^(1 / half_life), and optax's ``exponential_decay`` with
transition_steps = half_life, decay_rate = 0.5 and end_value = min_rate; a step is a sample.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import MinRate, Rate

FAMILY = "static"
REASONS = ("unchanged", "end reached")
_END = 1


class Config(constant.OneRate):
    """A rate that halves again and again."""

    type: Literal["exponential"] = "exponential"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    half_life: Annotated[float, Field(ge=1, le=1e12)] = Field(10_000.0, description="in samples")
    min_rate: MinRate = Field(1e-4, description="learning rate it ends at")


class State(NamedTuple):
    """The rate and its decay.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, samples learned, when the end was reached.
    settings : float64 [2]
        Decay a sample, min_rate.
    samples : int64 [1]
        Samples learned.
    """

    rates: np.ndarray
    change: np.ndarray
    settings: np.ndarray
    samples: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        settings=np.array([0.5 ** (1.0 / config.half_life), config.min_rate]),
        samples=np.zeros(1, np.int64),
    )


lanes = constant.lanes
read_out = constant.read_out
move = constant.move
rate = constant.rate


@hot
def update(
    state: State,
    prediction: np.ndarray,  # noqa: ARG001
    target: float,  # noqa: ARG001
    loss: float,  # noqa: ARG001
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
    inputs: Inputs,  # noqa: ARG001
) -> int:
    """Decay by one sample."""
    decay, lowest = state.settings
    state.samples[0] += 1
    old = state.rates[0]
    if state.samples[0] == 1 or old == lowest:
        return 0
    state.rates[0] = max(lowest, old * decay)
    if state.rates[0] > lowest:
        return 0
    state.change[0] = old
    state.change[1] = lowest
    state.change[2] = state.samples[0] - 1
    return _END
