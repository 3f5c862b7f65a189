"""Bold driver: a little faster while the loss falls, much slower when it has risen.

Over windows of ``window`` samples each, with L the mean loss of the window just full and L' that of
the one before,

    rate ← rate · growth    if L < L'
    rate ← rate · shrink    if L > L' · (1 + tolerance)

within [min_rate, max_rate]; between the two it stays.

Notes
-----
It takes every rise of the loss for a step too long. On a stream that drifts the data are to blame,
and a larger rate would be the answer: see ``loss_ratio``, ``drift_boost`` or ``race``.

References
----------
Battiti (1989), "Accelerated backpropagation learning: two optimization methods"; Vogl, Mangis,
Rigler, Zink & Alkon (1988), "Accelerating the convergence of the back-propagation method", for the
tolerance, and its factors 1.05, 0.7 and 4 %. Both judge a whole pass over a training set and take
back the step that raised the error; a stream has no passes, a window stands for one, and what was
learned in it stays learned.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import MaxRate, MinRate, Rate, moved, within

FAMILY = "dynamic"
REASONS = ("unchanged", "loss fell", "loss rose")
_FELL, _ROSE = 1, 2


class Config(constant.OneRate):
    """A rate that grows while the loss falls and shrinks when it has risen."""

    type: Literal["bold_driver"] = "bold_driver"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    window: Annotated[int, Field(ge=1, le=10**9)] = Field(
        1_000, description="samples whose mean loss is compared"
    )
    growth: Annotated[float, Field(ge=1, le=100)] = Field(
        1.05, description="new rate over the old when the loss fell"
    )
    shrink: Annotated[float, Field(gt=0, le=1)] = Field(
        0.7, description="new rate over the old when the loss rose"
    )
    tolerance: Annotated[float, Field(ge=0, le=100)] = Field(
        0.04, description="share of the loss by which it may rise"
    )
    min_rate: MinRate = Field(0.01, description="lowest learning rate")
    max_rate: MaxRate = Field(1.0, description="highest learning rate")


class State(NamedTuple):
    """The rate, and the losses of two windows.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, mean loss of the window, when the rate had doubled or halved.
    settings : float64 [5]
        growth, shrink, tolerance, min_rate, max_rate.
    before : float64 [1]
        Mean loss of the window before; negative while there is none.
    total : float64 [1]
        Sum of the losses in this window.
    samples : int64 [1]
        Samples in it.
    window : int64 [1]
        Samples in a full one.
    """

    rates: np.ndarray
    change: np.ndarray
    settings: np.ndarray
    before: np.ndarray
    total: np.ndarray
    samples: np.ndarray
    window: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first sample's rate."""
    factors = (config.growth, config.shrink, config.tolerance)
    return State(
        rates=np.array([config.rate]),
        change=np.array([config.rate, config.rate, 0.0]),
        settings=np.array([*factors, config.min_rate, config.max_rate]),
        before=np.array([-1.0]),
        total=np.zeros(1),
        samples=np.zeros(1, np.int64),
        window=np.array([config.window]),
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
    mean, before = state.total[0] / state.samples[0], state.before[0]
    state.before[0] = mean
    state.total[0] = 0.0
    state.samples[0] = 0
    if before < 0.0:
        return 0
    growth, shrink, tolerance, lowest, highest = state.settings
    factor = 1.0
    if mean < before:
        factor = growth
    elif mean > before * (1.0 + tolerance):
        factor = shrink
    state.rates[0] = within(state.rates[0] * factor, lowest, highest)
    if not moved(state.change, state.rates[0], mean):
        return 0
    return _FELL if state.change[1] > state.change[0] else _ROSE
