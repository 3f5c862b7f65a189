"""vSGD: the step that is best where the loss is a parabola seen through noise.

Averages are kept of each weight's gradients g, of their squares, and of the curvatures h of the
loss along it, over a memory of τ samples that adapts as well:

    ḡ ← (1 - 1/τ) ḡ + g/τ,    v̄ ← (1 - 1/τ) v̄ + g²/τ,    h̄ ← (1 - 1/τ) h̄ + h/τ
    rate = ḡ² / (h̄ · v̄)
    τ ← max(2, (1 - ḡ²/v̄) · τ + 1)

Gradients that agree (ḡ² near v̄) make long steps and a short memory, those that cancel each other
make short steps and a long memory. So by weight (``per = "weight"``); with ``per = "model"`` there
is one rate, Σ ḡ² / (max h̄ · Σ v̄) over the weights of the sample's inputs, and one τ.

For the first ``slow_start`` samples of a weight, or of the model, the averages are plain means and
the rate is the table's; rates are kept within [min_rate, max_rate]. The rate shown is the geometric
mean over the weights in use.

Notes
-----
Memory: five numbers and a count a weight. With ``per = "weight"`` a step is bounded as the models'
own is: divided by 1 + Σ rate · x² · curvature.

References
----------
Schaul, Zhang & LeCun (2013), "No more pesky learning rates", algorithm 1: vSGD-l, by weight; and
its vSGD-g, for the model. For linear models h is exact, x² times the curvature of the
loss. We deviate in the least τ (a memory of one sample takes each gradient for the mean, so that
they agree for ever after), in the bounds on rate and step, in the slow start of each weight on its
own, at the table's rate (theirs overestimates v̄ and h̄ by a factor instead), and in leaving alone
the averages of categories that are not in the sample.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import cold, hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.schedules import constant, gradient
from streamlr.schedules.bounds import MaxRate, MinRate, Rate, moved, within
from streamlr.schedules.by_weight import SHOW_EVERY, mean_rate

FAMILY = "dynamic"
USES_GRADIENTS = True
REASONS = ("unchanged", "gradients agree", "gradients cancel")
_AGREE, _CANCEL = 1, 2
_SHORTEST = 2.0  # memory
_FLAT = 1e-12  # a curvature below counts as this: rates stay finite


class Config(ComponentConfig):
    """Rates from the mean, the variance and the curvature of the gradients."""

    type: Literal["vsgd"] = "vsgd"
    rate: Rate = Field(0.05, description="learning rate of the slow start")
    per: Literal["weight", "model"] = Field("model", description="what has a rate of its own")
    slow_start: Annotated[int, Field(ge=1, le=10**9)] = Field(
        100, description="samples until the rule sets the rate"
    )
    min_rate: MinRate = Field(1e-4, description="lowest learning rate")
    max_rate: MaxRate = Field(1.0, description="highest learning rate")


class State(NamedTuple):
    """Averages of each weight's gradients.

    Attributes
    ----------
    rates : float64 [1 or 0]
        The rate, unless there is one for each weight.
    change : float64 [3]
        Old rate, new rate, samples learned, when the rate shown had doubled or halved.
    mean, square, bend, memory : float64 [rows, outputs]
        ḡ, v̄, h̄ and τ; with one rate, the first τ is the one.
    rate : float64 [rows, outputs]
        Of each weight.
    seen : int64 [rows, outputs]
        Samples of each weight.
    shown : float64 [1]
        The rate that operators see.
    error : float64 [outputs]
        Space to work in.
    settings : float64 [2]
        min_rate, max_rate.
    samples, slow_start, number : int64 [1]
        Samples learned; samples until the rule sets the rate; whether a number is predicted.
    """

    rates: np.ndarray
    change: np.ndarray
    mean: np.ndarray
    square: np.ndarray
    bend: np.ndarray
    memory: np.ndarray
    rate: np.ndarray
    seen: np.ndarray
    shown: np.ndarray
    error: np.ndarray
    settings: np.ndarray
    samples: np.ndarray
    slow_start: np.ndarray
    number: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """The table's rate, and no gradient seen."""
    weights = (shape.rows, shape.outputs)
    return State(
        rates=np.full(1 if config.per == "model" else 0, config.rate),
        change=np.array([config.rate, config.rate, 0.0]),
        mean=np.zeros(weights),
        square=np.zeros(weights),
        bend=np.zeros(weights),
        memory=np.ones(weights),
        rate=np.full(weights, config.rate),
        seen=np.zeros(weights, np.int64),
        shown=np.array([config.rate]),
        error=np.zeros(shape.outputs),
        settings=np.array([config.min_rate, config.max_rate]),
        samples=np.zeros(1, np.int64),
        slow_start=np.array([config.slow_start]),
        number=gradient.outputs_of_numbers(shape),
    )


lanes = constant.lanes
read_out = constant.read_out


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
    """Average this sample's gradient; set the rates."""
    known = gradient.errors(prediction, target, state.error)
    state.samples[0] += 1
    if state.rates.shape[0] > 0:
        _learn_one_rate(state, inputs, known)
    else:
        _learn_rates(state, inputs, known)
        if state.samples[0] % SHOW_EVERY != 0:
            return 0
        _show(state, inputs.used[0], known)
    if not moved(state.change, state.shown[0], float(state.samples[0])):
        return 0
    return _AGREE if state.change[1] > state.change[0] else _CANCEL


@hot
def _learn_one_rate(state: State, inputs: Inputs, known: int) -> None:
    means, squares, steepest, memory = 0.0, 0.0, _FLAT, state.memory[0, 0]
    for place in range(inputs.value.shape[0]):
        row = gradient.row(inputs, place)
        for output in range(known):
            _average(state, row, output, inputs.value[place], 1.0 / memory)
            means += state.mean[row, output] * state.mean[row, output]
            squares += state.square[row, output]
            steepest = max(steepest, state.bend[row, output])
    if state.samples[0] <= state.slow_start[0]:
        state.memory[0, 0] += 1.0
        return
    if squares > 0.0:
        agreement = min(means / squares, 1.0)
        state.rates[0] = within(agreement / steepest, state.settings[0], state.settings[1])
        state.memory[0, 0] = max((1.0 - agreement) * memory + 1.0, _SHORTEST)
    state.shown[0] = state.rates[0]


@hot
def _learn_rates(state: State, inputs: Inputs, known: int) -> None:
    lowest, highest = state.settings
    for place in range(inputs.value.shape[0]):
        row = gradient.row(inputs, place)
        for output in range(known):
            memory = state.memory[row, output]
            _average(state, row, output, inputs.value[place], 1.0 / memory)
            state.seen[row, output] += 1
            if state.seen[row, output] <= state.slow_start[0]:
                state.memory[row, output] = memory + 1.0
                continue
            mean, square = state.mean[row, output], state.square[row, output]
            if square > 0.0:
                agreement = min(mean * mean / square, 1.0)
                best = agreement / max(state.bend[row, output], _FLAT)
                state.rate[row, output] = within(best, lowest, highest)
                state.memory[row, output] = max((1.0 - agreement) * memory + 1.0, _SHORTEST)


@hot
def _average(state: State, row: int, output: int, x: float, share: float) -> None:
    error = state.error[output]
    slope = -error * x
    bend = gradient.curvature(error, state.number[0]) * (x * x)
    state.mean[row, output] += share * (slope - state.mean[row, output])
    state.square[row, output] += share * (slope * slope - state.square[row, output])
    state.bend[row, output] += share * (bend - state.bend[row, output])


@cold
def _show(state: State, used: int, known: int) -> None:
    state.shown[0] = mean_rate(state.rate, used, known)


@hot
def move(
    state: State, weights: np.ndarray, inputs: Inputs, prediction: np.ndarray, target: float
) -> None:
    """Move the weights of these inputs, where each has a rate."""
    if state.rates.shape[0] > 0:
        return
    known = gradient.errors(prediction, target, state.error)
    for output in range(known):
        error, weight = state.error[output], inputs.weight[0]
        curvature, bound = weight * gradient.curvature(error, state.number[0]), 1.0
        for place in range(inputs.value.shape[0]):
            x, row = inputs.value[place], gradient.row(inputs, place)
            bound += state.rate[row, output] * (x * x) * curvature
        for place in range(inputs.value.shape[0]):
            row = gradient.row(inputs, place)
            step = state.rate[row, output] * (weight * error) * inputs.value[place] / bound
            weights[row, output] += step


@hot
def rate(state: State) -> float:
    """The rate, or the geometric mean of those of the weights in use."""
    return state.shown[0]  # type: ignore[no-any-return]
