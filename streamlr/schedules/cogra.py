"""Cogra: vSGD's rate, from a mean of the gradients that forgets as fast as they drift.

The mean gradient is tracked at several memories side by side, τ = 4, 16, 64, … 4096 samples, and
so is how well each predicted the next gradient g; whichever did best of late speaks. With n the
samples learned and s = max(1/n, 1/horizon),

    error_τ ← (1 - s) error_τ + s ‖g - ḡ_τ‖²    before
    ḡ_τ ← ḡ_τ + max(1/n, 1/τ) (g - ḡ_τ)
    v̄ ← (1 - s) v̄ + s ‖g‖²,    h̄ ← (1 - s) h̄ + s h, h the curvature of the loss along each weight
    rate = ‖ḡ_τ‖² / (max h̄ · v̄), τ the memory of the least error

within [min_rate, max_rate]; norms and the maximum are over the weights of the sample's inputs. For
the first ``slow_start`` samples the rate is the table's.

Notes
-----
Memory: seven numbers a weight.

References
----------
Miyaguchi & Kajino (2019), "Cogra: concept-drift-aware stochastic gradient descent for time-series
forecasting", for the idea: vSGD's rate (:mod:`streamlr.schedules.vsgd`, ``per = "model"``) from a
mean tracker that is best by a stated criterion, where vSGD's memory is a heuristic. The paper's own
tracker (SMT) was not at hand; ours is the one above, its criterion the error of the next gradient.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant, gradient
from streamlr.schedules.bounds import MaxRate, MinRate, Rate, moved, within

FAMILY = "dynamic"
USES_GRADIENTS = True
REASONS = ("unchanged", "gradients agree", "gradients cancel")
_AGREE, _CANCEL = 1, 2
_FLAT = 1e-12  # a curvature below counts as this: rates stay finite
MEMORIES = (4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0)


class Config(constant.OneRate):
    """A rate from the tracked mean, the variance and the curvature of the gradients."""

    type: Literal["cogra"] = "cogra"
    rate: Rate = Field(0.05, description="learning rate of the slow start")
    horizon: Annotated[int, Field(ge=1, le=10**9)] = Field(
        1_000, description="samples over which squares, curvatures and errors are averaged"
    )
    slow_start: Annotated[int, Field(ge=1, le=10**9)] = Field(
        100, description="samples until the rule sets the rate"
    )
    min_rate: MinRate = Field(1e-4, description="lowest learning rate")
    max_rate: MaxRate = Field(1.0, description="highest learning rate")


class State(NamedTuple):
    """The rate, and the tracked gradient.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, memory of the mean in samples, when the rate had doubled or halved.
    mean : float64 [rows, outputs, memories]
        ḡ of each weight by each memory.
    bend : float64 [rows, outputs]
        h̄ of each weight.
    square : float64 [1]
        v̄.
    wrong : float64 [memories]
        Error of each.
    memory : float64 [memories]
        τ.
    error : float64 [outputs]
    size, missed : float64 [memories]
        Space to work in.
    settings : float64 [3]
        1 / horizon, min_rate, max_rate.
    samples, slow_start, number : int64 [1]
        Samples learned; samples until the rule sets the rate; whether a number is predicted.
    """

    rates: np.ndarray
    change: np.ndarray
    mean: np.ndarray
    bend: np.ndarray
    square: np.ndarray
    wrong: np.ndarray
    memory: np.ndarray
    error: np.ndarray
    size: np.ndarray
    missed: np.ndarray
    settings: np.ndarray
    samples: np.ndarray
    slow_start: np.ndarray
    number: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """The table's rate, and no gradient seen."""
    memories = len(MEMORIES)
    return State(
        rates=np.array([config.rate]),
        change=np.array([config.rate, config.rate, 0.0]),
        mean=np.zeros((shape.rows, shape.outputs, memories)),
        bend=np.zeros((shape.rows, shape.outputs)),
        square=np.zeros(1),
        wrong=np.zeros(memories),
        memory=np.array(MEMORIES),
        error=np.zeros(shape.outputs),
        size=np.zeros(memories),
        missed=np.zeros(memories),
        settings=np.array([1.0 / config.horizon, config.min_rate, config.max_rate]),
        samples=np.zeros(1, np.int64),
        slow_start=np.array([config.slow_start]),
        number=gradient.outputs_of_numbers(shape),
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
    """Track the gradient; set the rate by the mean that predicted it best."""
    known = gradient.errors(prediction, target, state.error)
    state.samples[0] += 1
    shortest, lowest, highest = state.settings
    whole = 1.0 / state.samples[0]
    share = max(whole, shortest)
    steepest = _track(state, inputs, known, whole, share)
    best = 0
    for place in range(state.memory.shape[0]):
        state.wrong[place] += share * (state.missed[place] - state.wrong[place])
        best = place if state.wrong[place] < state.wrong[best] else best
    if state.samples[0] <= state.slow_start[0] or state.square[0] <= 0.0:
        return 0
    agreement = min(state.size[best] / state.square[0], 1.0)
    state.rates[0] = within(agreement / steepest, lowest, highest)
    if not moved(state.change, state.rates[0], state.memory[best]):
        return 0
    return _AGREE if state.change[1] > state.change[0] else _CANCEL


@hot
def _track(state: State, inputs: Inputs, known: int, whole: float, share: float) -> float:
    """Move the means of the weights of these inputs; their largest h̄ is returned.

    ``state.missed`` and ``state.size`` are filled with ‖g - ḡ‖² before and ‖ḡ‖² after.
    """
    memory, size, missed = state.memory, state.size, state.missed
    for place in range(memory.shape[0]):
        size[place] = 0.0
        missed[place] = 0.0
    square, steepest = 0.0, _FLAT
    for at in range(inputs.value.shape[0]):
        x, row = inputs.value[at], gradient.row(inputs, at)
        for output in range(known):
            error = state.error[output]
            slope, bend = -error * x, gradient.curvature(error, state.number[0]) * (x * x)
            square += slope * slope
            state.bend[row, output] += share * (bend - state.bend[row, output])
            steepest = max(steepest, state.bend[row, output])
            mean = state.mean[row, output]
            for place in range(memory.shape[0]):
                off = slope - mean[place]
                missed[place] += off * off
                mean[place] += max(whole, 1.0 / memory[place]) * off
                size[place] += mean[place] * mean[place]
    state.square[0] += share * (square - state.square[0])
    return steepest
