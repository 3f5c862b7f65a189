"""Steps: the rate is multiplied by ``factor`` now and then.

Either every ``every`` samples, or once at each of ``milestones``: with i the samples learned before
this one,

    rate_i = max(min_rate, rate · factor^⌊i / every⌋)
    rate_i = max(min_rate, rate · factor^(milestones not above i))

References
----------
torch's ``StepLR`` (step_size = every, gamma = factor) and ``MultiStepLR``; optax's
``piecewise_constant_schedule``; a step is a sample.
"""

from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.exponential import MinRate, Rate

REASONS = ("unchanged", "step")
_STEP = 1
_EVERY = 10_000
_NEVER = -1


class Config(ComponentConfig):
    """A rate that drops in steps."""

    type: Literal["step"] = "step"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    factor: Annotated[float, Field(gt=0, lt=1)] = Field(0.5, description="new rate over the old")
    every: Annotated[int, Field(ge=1, le=10**15)] | None = Field(
        None, description="samples from step to step; 10,000 where there are no milestones"
    )
    milestones: tuple[Annotated[int, Field(ge=1, le=10**15)], ...] = Field(
        (), description="samples learned before each step, in ascending order"
    )
    min_rate: MinRate = Field(1e-4, description="lowest learning rate")

    @field_validator("milestones")
    @classmethod
    def _alone_and_ascending(
        cls, milestones: tuple[int, ...], others: ValidationInfo
    ) -> tuple[int, ...]:
        if milestones and others.data.get("every") is not None:
            raise PydanticCustomError("both", "give every or milestones, not both")
        if any(later <= earlier for earlier, later in pairwise(milestones)):
            raise PydanticCustomError("order", "each has to be above the one before")
        return milestones


class State(NamedTuple):
    """The rate and when it next drops.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, samples learned, at the latest step.
    settings : float64 [2]
        factor, min_rate.
    samples : int64 [1]
        Samples learned.
    due : int64 [1]
        Samples learned when the next step is due; -1: there is none.
    steps : int64 [1]
        Steps taken.
    every : int64 [1]
        Samples from step to step; 0: the milestones say.
    milestones : int64 [milestones, or 1]
        Samples learned before each step; before the first one where they come regularly.
    """

    rates: np.ndarray
    change: np.ndarray
    settings: np.ndarray
    samples: np.ndarray
    due: np.ndarray
    steps: np.ndarray
    every: np.ndarray
    milestones: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    every = 0 if config.milestones else config.every or _EVERY
    milestones = config.milestones or (every,)
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        settings=np.array([config.factor, config.min_rate]),
        samples=np.zeros(1, np.int64),
        due=np.array(milestones[:1]),
        steps=np.zeros(1, np.int64),
        every=np.array([every]),
        milestones=np.array(milestones),
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
    if samples != state.due[0]:
        return 0
    state.steps[0] += 1
    if state.every[0] > 0:
        state.due[0] += state.every[0]
    elif state.steps[0] < state.milestones.shape[0]:
        state.due[0] = state.milestones[state.steps[0]]
    else:
        state.due[0] = _NEVER
    factor, lowest = state.settings
    old = state.rates[0]
    state.rates[0] = max(lowest, old * factor)
    if state.rates[0] == old:
        return 0
    state.change[0] = old
    state.change[1] = state.rates[0]
    state.change[2] = samples
    return _STEP
