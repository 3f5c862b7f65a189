"""Inverse scaling: the rate falls as a power of the number of samples.

rate_t = max(min_rate, rate / t^power), t = 1 for the first sample. A power of 1 sums the samples as
a mean does, 0.5 suits convex losses on streams that never change; on one that drifts the rate is
soon too low to follow, and nothing brings it back.

References
----------
Robbins & Monro (1951), "A stochastic approximation method", for the powers in (0.5, 1] that
converge. The form is scikit-learn's ``learning_rate="invscaling"``: rate is ``eta0``, power
``power_t``, t its count of updates. There is no libm in the kernel: t^power = e^(power · ln t) from
our own exp and log, within 1e-13 of the exact value, relatively.
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
REASONS = ("unchanged",)


class Config(constant.OneRate):
    """A rate that falls as a power of the number of samples."""

    type: Literal["inverse_scaling"] = "inverse_scaling"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    power: Annotated[float, Field(gt=0, le=4)] = Field(0.25, description="of the sample's number")
    min_rate: MinRate = Field(1e-6, description="lowest learning rate")


class State(NamedTuple):
    """The rate and how far it has come.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Never told: the rate falls a little at every sample.
    samples : int64 [1]
        Samples learned.
    settings : float64 [3]
        rate, power, min_rate.
    """

    rates: np.ndarray
    change: np.ndarray
    samples: np.ndarray
    settings: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        samples=np.zeros(1, np.int64),
        settings=np.array([config.rate, config.power, config.min_rate]),
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
    """Set the rate of this sample by its number."""
    first, power, lowest = state.settings
    state.samples[0] += 1
    state.rates[0] = max(lowest, first / exp(power * log(float(state.samples[0]))))
    return 0
