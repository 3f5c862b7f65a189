"""Hypergradient descent: the rate itself goes down the gradient of the loss.

A gradient g that points the way of the one before, g', says that the step between them was too
short, and one that points back that it was too long:

    rate ← rate + meta_rate · g · g'                       rule "additive"
    rate ← rate · (1 + meta_rate · g · g' / (‖g‖ ‖g'‖))    rule "multiplicative"

within [min_rate, max_rate]; where a gradient vanishes the rate stays.

Notes
-----
Where samples come in runs of a kind, successive gradients agree because the samples do, and the
rate climbs for no good reason: the bounds are what holds it. The multiplicative rule hears the
small gradients of samples long learned as loudly as any, which makes it climb further.

References
----------
Baydin, Cornish, Martínez Rubio, Schmidt & Wood (2018), "Online learning rate adaptation with
hypergradient descent", SGD-HD (algorithm 4, the additive rule) and its multiplicative rule;
α there is ``rate``, β ``meta_rate``. The models' bound on a step is left out of the
derivative. Where labels come late, gradients are those of what was said at the time.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant, gradient
from streamlr.schedules.bounds import MaxRate, MinRate, Rate, moved, within

FAMILY = "adaptive"
USES_GRADIENTS = True
TEXTS = False  # it compares a gradient with the one before, place by place
REASONS = ("unchanged", "gradients agree", "gradients oppose")
_AGREE, _OPPOSE = 1, 2


class Config(constant.OneRate):
    """A rate that descends the gradient of the loss by itself."""

    type: Literal["hypergradient"] = "hypergradient"
    rate: Rate = Field(0.05, description="learning rate of the first sample")
    rule: Literal["multiplicative", "additive"] = Field(
        "additive", description="what a step does to the rate"
    )
    meta_rate: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.001, description="learning rate of the learning rate"
    )
    min_rate: MinRate = Field(1e-3, description="lowest learning rate")
    max_rate: MaxRate = Field(1.0, description="highest learning rate")


class State(NamedTuple):
    """The rate, and the gradient of the sample before.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, cosine between the gradients, when the rate had doubled or halved.
    settings : float64 [3]
        meta_rate, min_rate, max_rate.
    error, error_before : float64 [outputs]
        Of this sample, and of the one before.
    value_before : float64 [inputs]
        Its inputs; 0 before the first.
    norm_before : float64 [1]
        Its gradient's norm, squared.
    additive : int64 [1]
        Whether the rule is the additive one.
    row_before : int64 [categories]
        Weight rows of its categories.
    """

    rates: np.ndarray
    change: np.ndarray
    settings: np.ndarray
    error: np.ndarray
    error_before: np.ndarray
    value_before: np.ndarray
    norm_before: np.ndarray
    additive: np.ndarray
    row_before: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """The first sample's rate, and no gradient."""
    return State(
        rates=np.array([config.rate]),
        change=np.array([config.rate, config.rate, 0.0]),
        settings=np.array([config.meta_rate, config.min_rate, config.max_rate]),
        error=np.zeros(shape.outputs),
        error_before=np.zeros(shape.outputs),
        value_before=np.zeros(shape.inputs),
        norm_before=np.zeros(1),
        additive=np.array([int(config.rule == "additive")]),
        row_before=np.zeros(shape.categories, np.int64),
    )


lanes = constant.lanes
read_out = constant.read_out
move = constant.move
rate = constant.rate


@hot
def update(
    state: State,
    prediction: np.ndarray,
    target: float,
    loss: float,  # noqa: ARG001
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
    inputs: Inputs,
) -> int:
    """Compare the gradient with the one before; keep it for the next."""
    meta_rate, lowest, highest = state.settings
    gradient.errors(prediction, target, state.error)
    same = gradient.product(state.error, state.error_before)
    same *= gradient.overlap(inputs, state.value_before, state.row_before)
    norm = gradient.product(state.error, state.error)
    norm *= gradient.overlap(inputs, inputs.value, inputs.row)
    norms = np.sqrt(norm) * np.sqrt(state.norm_before[0])
    cosine = same / norms if norms > 0.0 else 0.0
    old = state.rates[0]
    new = old + meta_rate * same if state.additive[0] > 0 else old * (1.0 + meta_rate * cosine)
    state.rates[0] = within(new, lowest, highest)
    gradient.keep(inputs, state.value_before, state.row_before)
    for output in range(state.error.shape[0]):
        state.error_before[output] = state.error[output]
    state.norm_before[0] = norm
    if not moved(state.change, state.rates[0], cosine):
        return 0
    return _AGREE if state.change[1] > state.change[0] else _OPPOSE
