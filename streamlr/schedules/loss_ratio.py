"""Loss ratio: the rate is multiplied by what the loss was multiplied by.

Over windows of ``window`` samples each, with L the mean loss of the window just full and L' that of
the one before,

    rate ← rate · (1 + (L - L') / L')^power = rate · (L / L')^power

within [min_rate, max_rate], one factor being at most 16 and at least 1/16. A loss that rises asks
for larger steps, one that falls for smaller ones. The factors multiply up: until a bound is met,
the rate is the first one times (L / L₁)^power, L₁ the loss of the first window.

References
----------
Kuncheva & Plumpton (2008), "Adaptive learning rate for online linear discriminant classifiers",
whose idea this is: the change of the rate is guided by the change of a running estimate of the
classification error. Ours deviates: it is guided by the loss, relatively, so that it is the same
rule for classes and for numbers in any unit, and by windows rather than sample by sample. The
paper's own equation was not at hand.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.arithmetic import exp, log
from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import MaxRate, MinRate, Rate, moved, within

FAMILY = "dynamic"
REASONS = ("unchanged", "loss rose", "loss fell")
_ROSE, _FELL = 1, 2
_LARGEST = 16.0  # one window's factor
_NO_LOSS = 1e-300  # a loss below counts as this: ratios stay finite


class Config(constant.OneRate):
    """A rate that rises and falls as the loss does."""

    type: Literal["loss_ratio"] = "loss_ratio"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    window: Annotated[int, Field(ge=1, le=10**9)] = Field(
        200, description="samples whose mean loss is compared"
    )
    power: Annotated[float, Field(gt=0, le=16)] = Field(
        1.0, description="of the ratio of one window's loss to that of the one before"
    )
    min_rate: MinRate = Field(1e-3, description="lowest learning rate")
    max_rate: MaxRate = Field(1.0, description="highest learning rate")


class State(NamedTuple):
    """The rate, and the losses of two windows.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, mean loss of the window, when the rate had doubled or halved.
    samples : int64 [1]
        Samples in this window.
    window : int64 [1]
        Samples in a full one.
    settings : float64 [3]
        power, min_rate, max_rate.
    before : float64 [1]
        Mean loss of the window before; negative while there is none.
    total : float64 [1]
        Sum of the losses in this window.
    """

    rates: np.ndarray
    change: np.ndarray
    samples: np.ndarray
    window: np.ndarray
    settings: np.ndarray
    before: np.ndarray
    total: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    return State(
        rates=np.array([config.rate]),
        change=np.array([config.rate, config.rate, 0.0]),
        samples=np.zeros(1, np.int64),
        window=np.array([config.window]),
        settings=np.array([config.power, config.min_rate, config.max_rate]),
        before=np.array([-1.0]),
        total=np.zeros(1),
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
    """Add the loss; at the end of a window compare."""
    state.total[0] += loss
    state.samples[0] += 1
    if state.samples[0] < state.window[0]:
        return 0
    mean, before = max(state.total[0] / state.samples[0], _NO_LOSS), state.before[0]
    state.before[0] = mean
    state.total[0] = 0.0
    state.samples[0] = 0
    if before < 0.0:
        return 0
    power, lowest, highest = state.settings
    factor = within(exp(power * (log(mean) - log(before))), 1.0 / _LARGEST, _LARGEST)
    state.rates[0] = within(state.rates[0] * factor, lowest, highest)
    if not moved(state.change, state.rates[0], mean):
        return 0
    return _ROSE if state.change[1] > state.change[0] else _FELL
