"""One cycle: the rate climbs to ``peak``, then falls to ``min_rate``, within ``samples``.

With n = samples, i the samples learned before this one, r = rise · n - 1 the end of the rise and
n - 1 the end of all, the rate goes from ``rate`` to ``peak`` over i in [0, r], and from ``peak`` to
``min_rate`` over [r, n - 1]; from a to b at a share u of the way it is

    b + (a - b) · (1 + cos(π u)) / 2     with shape "cosine"
    a + (b - a) · u                      with shape "linear"

Afterwards it stays at ``min_rate``.

References
----------
Smith (2018), "A disciplined approach to neural network hyper-parameters: part 1". As
torch's ``OneCycleLR`` in two phases: max_lr = peak, total_steps = samples, pct_start = rise,
anneal_strategy = shape, div_factor = peak / rate, final_div_factor = rate / min_rate. The momentum
that is cycled there has no counterpart here. A step is a sample.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import MaxRate, MinRate, Rate
from streamlr.schedules.cosine import half_wave

FAMILY = "static"
REASONS = ("unchanged", "peak reached", "end reached")
_PEAK, _END = 1, 2


class Config(constant.OneRate):
    """A rate that climbs to a peak and falls to an end, once."""

    type: Literal["one_cycle"] = "one_cycle"
    rate: Rate = Field(0.02, description="learning rate of the first sample")
    peak: MaxRate = Field(0.5, description="highest learning rate")
    samples: Annotated[int, Field(ge=2, le=10**12)] = Field(100_000, description="of the cycle")
    rise: Annotated[float, Field(gt=0, lt=1)] = Field(0.3, description="share of it that climbs")
    shape: Literal["cosine", "linear"] = Field("cosine", description="of either way")
    min_rate: MinRate = Field(1e-4, description="learning rate it ends at")

    @model_validator(mode="after")
    def _has_a_rise(self) -> "Config":
        if self.rise * self.samples <= 1:
            raise PydanticCustomError(
                "short",
                "rise = {rise} of samples = {samples} leaves no sample to climb in; raise either",
                {"rise": self.rise, "samples": self.samples},
            )
        return self


class State(NamedTuple):
    """The rate and how far it has come.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Rate at the start of the way, rate at its end, samples learned, at the peak and at the end.
    settings : float64 [3]
        rate, peak, min_rate.
    ends : float64 [2]
        Samples learned before the end of the rise, and before the end of all.
    samples : int64 [1]
        Samples learned.
    linear : int64 [1]
        Whether it goes in a line.
    """

    rates: np.ndarray
    change: np.ndarray
    settings: np.ndarray
    ends: np.ndarray
    samples: np.ndarray
    linear: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    ends = (config.rise * config.samples - 1, config.samples - 1)
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        settings=np.array([config.rate, config.peak, config.min_rate]),
        ends=np.array(ends, np.float64),
        samples=np.zeros(1, np.int64),
        linear=np.array([int(config.shape == "linear")]),
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
    """Set the rate of this sample; the peak and the end are told."""
    first, peak, lowest = state.settings
    turn, end = state.ends
    samples = state.samples[0]
    state.samples[0] += 1
    if samples > end:
        return 0
    if samples <= turn:
        state.rates[0] = _between(first, peak, samples / turn, state.linear[0])
    else:
        state.rates[0] = _between(peak, lowest, (samples - turn) / (end - turn), state.linear[0])
    if samples == end:
        return _tell(state, peak, lowest, _END)
    if samples <= turn < samples + 1:
        return _tell(state, first, peak, _PEAK)
    return 0


@hot
def _between(start: float, stop: float, share: float, linear: int) -> float:
    left = 1.0 - share if linear > 0 else half_wave(share)
    return left * start + (1.0 - left) * stop


@hot
def _tell(state: State, old: float, new: float, reason: int) -> int:
    if old == new:
        return 0
    state.change[0] = old
    state.change[1] = new
    state.change[2] = state.samples[0] - 1
    return reason
