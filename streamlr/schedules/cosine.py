"""Cosine decay: from ``rate`` to ``min_rate`` along half a wave.

rate_i = min_rate + (rate - min_rate) · (1 + cos(π i / period)) / 2, i the samples learned before
this one; from i = period on it stays at ``min_rate``.

References
----------
Loshchilov & Hutter (2017), "SGDR: stochastic gradient descent with warm restarts", equation 5, of
which this is the first period; as optax's ``cosine_decay_schedule`` (alpha = min_rate / rate) and
torch's ``CosineAnnealingLR``, which would climb back after T_max = period. A step is a sample.
There is no libm in the kernel: the half wave comes from a Taylor polynomial.
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
_HALF_PI = 1.5707963267948966


class Config(constant.OneRate):
    """A rate that falls along half a cosine wave."""

    type: Literal["cosine"] = "cosine"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    period: Annotated[int, Field(ge=1, le=10**12)] = Field(100_000, description="in samples")
    min_rate: MinRate = Field(1e-4, description="learning rate it falls to")


class State(NamedTuple):
    """The rate and how far it has come.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, samples learned, at the end.
    period : int64 [1]
        In samples.
    samples : int64 [1]
        Samples learned.
    settings : float64 [2]
        rate, min_rate.
    """

    rates: np.ndarray
    change: np.ndarray
    period: np.ndarray
    samples: np.ndarray
    settings: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        period=np.array([config.period]),
        samples=np.zeros(1, np.int64),
        settings=np.array([config.rate, config.min_rate]),
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
    """Set the rate of this sample; the end is told."""
    samples, period = state.samples[0], state.period[0]
    state.samples[0] += 1
    if samples > period:
        return 0
    first, lowest = state.settings
    old = state.rates[0]
    share = half_wave(samples / period)
    state.rates[0] = share * first + (1.0 - share) * lowest
    if samples < period or first == lowest:
        return 0
    state.change[0] = old
    state.change[1] = state.rates[0]
    state.change[2] = samples
    return _END


@hot
def half_wave(u: float) -> float:
    """(1 + cos(π u)) / 2 for u in [0, 1], which is cos²(π u / 2); absolute error under 1e-15.

    Examples
    --------
    >>> half_wave(0.0), half_wave(1.0)
    (1.0, 0.0)
    """
    x = _HALF_PI * min(u, 1.0 - u)
    q = x * x
    tail = 1 / 362880 + q * (-1 / 39916800 + q * (1 / 6227020800 - q / 1307674368000))
    sine = x * (1.0 + q * (-1 / 6 + q * (1 / 120 + q * (-1 / 5040 + q * tail))))
    return 1.0 - sine * sine if u < 0.5 else sine * sine
