"""Cosine decay with warm restarts: half a wave from ``rate`` to ``min_rate``, again and again.

rate_j = min_rate + (rate - min_rate) · (1 + cos(π j / period)) / 2, j the samples learned in this
period before this one. At j = period a new one begins at ``rate``, ``growth`` times as long.

References
----------
Loshchilov & Hutter (2017), "SGDR: stochastic gradient descent with warm restarts", equation 5: its
T_0 is ``period``, T_mult ``growth``, η_max ``rate``, η_min ``min_rate``; as torch's
``CosineAnnealingWarmRestarts``. A step is a sample.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import MinRate, Rate
from streamlr.schedules.cosine import half_wave

FAMILY = "static"
REASONS = ("unchanged", "restart")
_RESTART = 1
_LONGEST = 10**15  # periods grow no further: their length has to fit


class Config(constant.OneRate):
    """A rate that falls along half a cosine wave, and starts over."""

    type: Literal["cosine_restarts"] = "cosine_restarts"
    rate: Rate = Field(0.05, description="learning rate at the start of a period")
    period: Annotated[int, Field(ge=1, le=10**12)] = Field(
        20_000, description="the first one's, in samples"
    )
    growth: Annotated[int, Field(ge=1, le=100)] = Field(
        1, description="length of a period over that of the one before"
    )
    min_rate: MinRate = Field(1e-4, description="learning rate at the end of a period")


class State(NamedTuple):
    """The rate and where in its period it is.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, samples learned, at the latest restart.
    settings : float64 [2]
        rate, min_rate.
    period : int64 [1]
        Length of the current period.
    elapsed : int64 [1]
        Samples learned in it.
    samples : int64 [1]
        Samples learned.
    growth : int64 [1]
        Length of a period over that of the one before.
    """

    rates: np.ndarray
    change: np.ndarray
    settings: np.ndarray
    period: np.ndarray
    elapsed: np.ndarray
    samples: np.ndarray
    growth: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        settings=np.array([config.rate, config.min_rate]),
        period=np.array([config.period]),
        elapsed=np.zeros(1, np.int64),
        samples=np.zeros(1, np.int64),
        growth=np.array([config.growth]),
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
    """Set the rate of this sample by its place in the period; restarts are told."""
    first, lowest = state.settings
    old, restarts = state.rates[0], state.elapsed[0] == state.period[0]
    if restarts:
        state.elapsed[0] = 0
        state.period[0] = min(state.period[0] * state.growth[0], _LONGEST)
    share = half_wave(state.elapsed[0] / state.period[0])
    state.rates[0] = share * first + (1.0 - share) * lowest
    state.elapsed[0] += 1
    state.samples[0] += 1
    if not restarts or state.rates[0] == old:
        return 0
    state.change[0] = old
    state.change[1] = state.rates[0]
    state.change[2] = state.samples[0] - 1
    return _RESTART
