"""Cosine decay: from ``rate`` to ``min_rate`` along half a wave, once or with warm restarts.

rate_j = min_rate + (rate - min_rate) · (1 + cos(π j / period)) / 2, j the samples learned in this
period before this one. Without ``restarts`` the rate stays at ``min_rate`` from j = period on. With
them it goes back to ``rate`` there, and the new period is ``growth`` times as long.

References
----------
Loshchilov & Hutter (2017), "SGDR: stochastic gradient descent with warm restarts", equation 5: its
T_0 is ``period``, T_mult ``growth``, η_max ``rate``, η_min ``min_rate``. With restarts as torch's
``CosineAnnealingWarmRestarts``; without, as optax's ``cosine_decay_schedule`` (alpha = min_rate /
rate): torch's ``CosineAnnealingLR`` would climb back. A step is a sample. There is no libm in the
kernel: the half wave comes from a Taylor polynomial.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.exponential import MinRate, Rate

REASONS = ("unchanged", "restart", "end reached")
_RESTART, _END = 1, 2
_HALF_PI = 1.5707963267948966


class Config(ComponentConfig):
    """A rate that falls along half a cosine wave."""

    type: Literal["cosine"] = "cosine"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    period: Annotated[int, Field(ge=1, le=10**12)] = Field(100_000, description="in samples")
    restarts: bool = Field(default=False, description="whether a new period follows the first")
    growth: Annotated[int, Field(ge=1, le=100)] = Field(1, description="of the next period")
    min_rate: MinRate = Field(1e-4, description="learning rate it falls to")

    @field_validator("growth")
    @classmethod
    def _of_restarts(cls, growth: int, others: ValidationInfo) -> int:
        if growth > 1 and not others.data.get("restarts", True):
            raise PydanticCustomError("alone", "periods only grow with restarts = true")
        return growth


class State(NamedTuple):
    """The rate and where in its period it is.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, samples learned, at the latest restart or at the end.
    settings : float64 [2]
        rate, min_rate.
    period : int64 [1]
        Length of the current period.
    elapsed : int64 [1]
        Samples learned in it; one more than its length once the end was told.
    samples : int64 [1]
        Samples learned.
    growth : int64 [1]
        Of the next period; 0: there is none.
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
        growth=np.array([config.growth if config.restarts else 0]),
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
    """Set the rate of this sample by its place in the period."""
    state.samples[0] += 1
    if state.elapsed[0] > state.period[0]:
        return 0
    reason = 0
    if state.elapsed[0] == state.period[0]:
        reason = _END
        if state.growth[0] > 0:
            reason = _RESTART
            state.elapsed[0] = 0
            state.period[0] *= state.growth[0]
    first, lowest = state.settings
    old = state.rates[0]
    share = _half_wave(state.elapsed[0] / state.period[0])
    state.rates[0] = share * first + (1.0 - share) * lowest
    state.elapsed[0] += 1
    if reason != 0:
        state.change[0] = old
        state.change[1] = state.rates[0]
        state.change[2] = state.samples[0] - 1
    return reason


@hot
def _half_wave(u: float) -> float:
    """(1 + cos(π u)) / 2 for u in [0, 1], which is cos²(π u / 2); absolute error under 1e-15.

    Examples
    --------
    >>> _half_wave(0.0), _half_wave(1.0)
    (1.0, 0.0)
    """
    x = _HALF_PI * min(u, 1.0 - u)
    q = x * x
    tail = 1 / 362880 + q * (-1 / 39916800 + q * (1 / 6227020800 - q / 1307674368000))
    sine = x * (1.0 + q * (-1 / 6 + q * (1 / 120 + q * (-1 / 5040 + q * tail))))
    return 1.0 - sine * sine if u < 0.5 else sine * sine
