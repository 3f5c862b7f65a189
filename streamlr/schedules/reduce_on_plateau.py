"""Reduce on plateau: the rate drops when the log-loss has stopped falling.

After every sample the faded mean of the log-loss is compared with the best there was: it is better
when it is under best · (1 - threshold). When none of the latest ``patience`` samples, nor the one
after them, was better, rate ← max(rate · factor, min_rate), and for ``cooldown`` samples nothing
counts against the rate.

Notes
-----
A drift looks like a plateau: the loss rises above the best, the rate drops further, and nothing
brings it back. Use it where the stream settles, or ``drift_boost`` or ``race`` where it does not.

References
----------
torch's ``ReduceLROnPlateau`` with mode "min" and threshold_mode "rel"; an epoch is a sample and the
metric the log-loss with the weights 0.5^(age / half_life), its own normalised mean. As there, a
drop of no more than 1e-8 is not made. Unlike there, the first ``half_life`` samples are not
compared: the mean of a few could be so good by chance that none would ever be better.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import MinRate, Rate

FAMILY = "dynamic"
REASONS = ("unchanged", "loss on a plateau")
_PLATEAU = 1
_WORST = 1e300  # any loss is better
_LEAST_DROP = 1e-8


class Config(constant.OneRate):
    """A rate that drops when the log-loss no longer does."""

    type: Literal["reduce_on_plateau"] = "reduce_on_plateau"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    factor: Annotated[float, Field(gt=0, lt=1)] = Field(0.5, description="new rate over the old")
    patience: Annotated[int, Field(ge=0, le=10**15)] = Field(
        5_000, description="samples no better than best"
    )
    threshold: Annotated[float, Field(ge=0, lt=1)] = Field(
        1e-4, description="share of the best by which a loss has to be lower to be better"
    )
    cooldown: Annotated[int, Field(ge=0, le=10**15)] = Field(0, description="samples after a drop")
    half_life: Annotated[float, Field(ge=1, le=1e9)] = Field(
        1_000.0, description="of the faded log-loss, in samples"
    )
    min_rate: MinRate = Field(1e-4, description="lowest learning rate")


class State(NamedTuple):
    """The rate, the loss and how long it has not been better.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, faded log-loss (nats), at the latest drop.
    settings : float64 [4]
        factor, threshold, min_rate, fading of the loss per sample.
    limits : int64 [3]
        patience, cooldown, samples before the first comparison.
    faded : float64 [2]
        Faded sum of log-losses, and of their weights.
    best : float64 [1]
        Lowest faded log-loss.
    samples : int64 [1]
        Samples learned.
    stale : int64 [1]
        Samples since the loss was better.
    resting : int64 [1]
        Samples of the cooldown left.
    """

    rates: np.ndarray
    change: np.ndarray
    settings: np.ndarray
    limits: np.ndarray
    faded: np.ndarray
    best: np.ndarray
    samples: np.ndarray
    stale: np.ndarray
    resting: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    fading = 0.5 ** (1.0 / config.half_life)
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        settings=np.array([config.factor, config.threshold, config.min_rate, fading]),
        limits=np.array([config.patience, config.cooldown, int(config.half_life)]),
        faded=np.zeros(2),
        best=np.array([_WORST]),
        samples=np.zeros(1, np.int64),
        stale=np.zeros(1, np.int64),
        resting=np.zeros(1, np.int64),
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
    loss: float,
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
    inputs: Inputs,  # noqa: ARG001
) -> int:
    """Score this sample's loss; drop the rate when patience is at its end."""
    factor, threshold, lowest, fading = state.settings
    patience, cooldown, unsettled = state.limits
    state.faded[0] = fading * state.faded[0] + loss
    state.faded[1] = fading * state.faded[1] + 1.0
    state.samples[0] += 1
    if state.samples[0] < unsettled:
        return 0

    # how long it has not been better
    mean = state.faded[0] / state.faded[1]
    state.stale[0] += 1
    if mean < state.best[0] * (1.0 - threshold):
        state.best[0] = mean
        state.stale[0] = 0
    if state.resting[0] > 0:
        state.resting[0] -= 1
        state.stale[0] = 0
    if state.stale[0] <= patience:
        return 0

    # too long
    state.resting[0] = cooldown
    state.stale[0] = 0
    old = state.rates[0]
    new = max(lowest, old * factor)
    if not old - new > _LEAST_DROP:
        return 0
    state.rates[0] = new
    state.change[0] = old
    state.change[1] = new
    state.change[2] = mean
    return _PLATEAU
