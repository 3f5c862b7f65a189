"""Steps at milestones: the rate is multiplied by ``factor`` at each of them.

rate_i = max(min_rate, rate · factor^(milestones not above i)), i the samples learned before this
one.

References
----------
torch's ``MultiStepLR`` (gamma = factor); optax's ``piecewise_constant_schedule`` where all its
scales are one; a step is a sample.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.functional_validators import AfterValidator

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import MinRate, Rate
from streamlr.schedules.piecewise import ascending

FAMILY = "static"
REASONS = ("unchanged", "milestone")
_MILESTONE = 1

Sample = Annotated[int, Field(ge=1, le=10**15)]


class Config(constant.OneRate):
    """A rate that drops at milestones."""

    type: Literal["multi_step"] = "multi_step"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    factor: Annotated[float, Field(gt=0, lt=1)] = Field(0.5, description="new rate over the old")
    milestones: Annotated[
        tuple[Sample, ...], Field(min_length=1, max_length=1000), AfterValidator(ascending)
    ] = Field((10_000, 100_000), description="samples learned before each step, ascending")
    min_rate: MinRate = Field(1e-4, description="lowest learning rate")


class State(NamedTuple):
    """The rate and the milestones.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, samples learned, at the latest milestone.
    samples : int64 [1]
        Samples learned.
    passed : int64 [1]
        Milestones passed.
    milestones : int64 [milestones]
        Samples learned before each step.
    settings : float64 [2]
        factor, min_rate.
    """

    rates: np.ndarray
    change: np.ndarray
    samples: np.ndarray
    passed: np.ndarray
    milestones: np.ndarray
    settings: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        samples=np.zeros(1, np.int64),
        passed=np.zeros(1, np.int64),
        milestones=np.array(config.milestones),
        settings=np.array([config.factor, config.min_rate]),
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
    """Step at a milestone; told as long as the rate still drops."""
    samples, passed = state.samples[0], state.passed[0]
    state.samples[0] += 1
    if passed == state.milestones.shape[0] or samples != state.milestones[passed]:
        return 0
    state.passed[0] += 1
    factor, lowest = state.settings
    old = state.rates[0]
    state.rates[0] = max(lowest, old * factor)
    if state.rates[0] == old:
        return 0
    state.change[0] = old
    state.change[1] = state.rates[0]
    state.change[2] = samples
    return _MILESTONE
