"""Polynomial decay: from ``rate`` to ``min_rate`` in ``samples``, along a power of what is left.

rate_i = min_rate + (rate - min_rate) · (1 - j / samples)^power, with j = i - begin kept within 0
and ``samples``, and i the samples learned before this one. A power of 1 is a straight line. For
runs whose length is known; afterwards the rate stays.

References
----------
optax's ``polynomial_schedule`` (init_value = rate, end_value = min_rate, transition_steps =
samples, transition_begin = begin); torch's ``PolynomialLR`` has neither a begin nor an end value; a
step is a sample. There is no libm in the kernel: x^power = e^(power · ln x) from our own exp and
log.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.arithmetic import exp, log
from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import MinRate, Rate

FAMILY = "static"
REASONS = ("unchanged", "end reached")
_END = 1


class Config(constant.OneRate):
    """A rate that falls to an end within a number of samples."""

    type: Literal["polynomial"] = "polynomial"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    power: Annotated[float, Field(gt=0, le=16)] = Field(1.0, description="of the share left")
    samples: Annotated[int, Field(ge=1, le=10**15)] = Field(100_000, description="of the fall")
    begin: Annotated[int, Field(ge=0, le=10**15)] = Field(0, description="samples before the fall")
    min_rate: MinRate = Field(1e-4, description="learning rate it ends at")


class State(NamedTuple):
    """The rate and how far it has come.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, samples learned, when the end was reached.
    span : int64 [2]
        Samples learned when the fall begins and when it ends.
    settings : float64 [3]
        rate, power, min_rate.
    samples : int64 [1]
        Samples learned.
    """

    rates: np.ndarray
    change: np.ndarray
    span: np.ndarray
    settings: np.ndarray
    samples: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        span=np.array([config.begin, config.begin + config.samples]),
        settings=np.array([config.rate, config.power, config.min_rate]),
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
    """Set the rate of this sample by what is left."""
    first, power, lowest = state.settings
    begin, end = state.span
    samples = state.samples[0]
    state.samples[0] += 1
    if samples <= begin or samples > end:
        return 0
    old = state.rates[0]
    if samples < end:
        left = exp(power * log((end - samples) / (end - begin)))
        state.rates[0] = left * first + (1.0 - left) * lowest
        return 0
    state.rates[0] = lowest
    state.change[0] = old
    state.change[1] = lowest
    state.change[2] = samples
    return _END
