"""Steps: the rate is multiplied by ``factor`` every ``every`` samples.

rate_i = max(min_rate, rate · factor^⌊i / every⌋), i the samples learned before this one.

References
----------
torch's ``StepLR`` (step_size = every, gamma = factor); a step is a sample.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import MinRate, Rate

FAMILY = "static"
REASONS = ("unchanged", "step")
_STEP = 1


class Config(constant.OneRate):
    """A rate that drops in even steps."""

    type: Literal["step"] = "step"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    factor: Annotated[float, Field(gt=0, lt=1)] = Field(0.5, description="new rate over the old")
    every: Annotated[int, Field(ge=1, le=10**15)] = Field(
        10_000, description="samples from step to step"
    )
    min_rate: MinRate = Field(1e-4, description="lowest learning rate")


class State(NamedTuple):
    """The rate and when it next drops.

    Attributes
    ----------
    samples : int64 [1]
        Samples learned.
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, samples learned, at the latest step.
    settings : float64 [2]
        factor, min_rate.
    every : int64 [1]
        Samples from step to step.
    """

    samples: np.ndarray
    rates: np.ndarray
    change: np.ndarray
    settings: np.ndarray
    every: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    return State(
        samples=np.zeros(1, np.int64),
        rates=np.array([config.rate]),
        change=np.zeros(3),
        settings=np.array([config.factor, config.min_rate]),
        every=np.array([config.every]),
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
    """Step when it is due; told as long as the rate still drops."""
    samples = state.samples[0]
    state.samples[0] += 1
    if samples == 0 or samples % state.every[0] != 0:
        return 0
    factor, lowest = state.settings
    old = state.rates[0]
    state.rates[0] = max(lowest, old * factor)
    if state.rates[0] == old:
        return 0
    state.change[0] = old
    state.change[1] = state.rates[0]
    state.change[2] = samples
    return _STEP
