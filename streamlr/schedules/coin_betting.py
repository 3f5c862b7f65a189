"""Coin betting: no learning rate at all; each weight bets what it has won so far.

A weight is a gambler who bets on the sign of its next gradient, and its wealth says how far it may
go from 0. With c = -gradient, for each weight w of the inputs at hand:

    L ← max(L, |c|)                    largest gradient
    G ← G + |c|                        their sum
    reward ← max(reward + w · c, 0)    what was won
    θ ← θ + c
    w ← θ · step,  step = (L + reward) / (L · max(G + L, caution · L))

step kept within [min_rate, max_rate]. The rate shown is the geometric mean of the steps of the
weights in use: what a unit of gradient moves a weight by.

Notes
-----
θ never forgets: after a drift the old concept has to be outvoted. The models' bound on a step does
not apply, since weights are set and not moved. Memory: four numbers a weight.

References
----------
Orabona & Tommasi (2017), "Training deep networks without learning rates through coin betting",
algorithm 2 (COCOB-Backprop): α there is ``caution``, w₁ is 0. We deviate in the bounds on the step.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from streamlr.compiling import cold, hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.schedules import constant, gradient
from streamlr.schedules.bounds import moved, within
from streamlr.schedules.by_weight import SHOW_EVERY, mean_rate

FAMILY = "adaptive"
USES_GRADIENTS = True
REASONS = ("unchanged", "larger bets", "smaller bets")
_LARGER, _SMALLER = 1, 2
_MOST = 1e12  # reward: beyond any bound on the step, and finite for ever


class Config(ComponentConfig):
    """No learning rate: each weight bets what it has won."""

    type: Literal["coin_betting"] = "coin_betting"
    caution: Annotated[float, Field(ge=1, le=1e9)] = Field(
        100.0, description="the first steps are this many times shorter than they might be"
    )
    min_rate: Annotated[float, Field(gt=0, le=1e6)] = Field(
        1e-9, description="shortest step by a unit of gradient"
    )
    max_rate: Annotated[float, Field(gt=0, le=1e6)] = Field(
        10.0, description="longest step by a unit of gradient"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "Config":
        if self.max_rate < self.min_rate:
            raise PydanticCustomError("order", "max_rate may not be below min_rate")
        return self


class State(NamedTuple):
    """What each weight has staked and won.

    Attributes
    ----------
    rates : float64 [0]
        No lane has one rate.
    change : float64 [3]
        Old rate, new rate, samples learned, when the rate shown had doubled or halved.
    largest, total, reward, gradients : float64 [rows, outputs]
        L, G, reward and θ.
    step : float64 [rows, outputs]
    shown : float64 [1]
        The rate that operators see.
    error : float64 [outputs]
        Space to work in.
    settings : float64 [3]
        caution, min_rate, max_rate.
    samples : int64 [1]
        Samples learned.
    """

    rates: np.ndarray
    change: np.ndarray
    largest: np.ndarray
    total: np.ndarray
    reward: np.ndarray
    gradients: np.ndarray
    step: np.ndarray
    shown: np.ndarray
    error: np.ndarray
    settings: np.ndarray
    samples: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """Nothing staked: the first step by a unit of gradient is 1 / caution."""
    first = min(max(1.0 / config.caution, config.min_rate), config.max_rate)
    weights = (shape.rows, shape.outputs)
    return State(
        rates=np.zeros(0),
        change=np.array([first, first, 0.0]),
        largest=np.zeros(weights),
        total=np.zeros(weights),
        reward=np.zeros(weights),
        gradients=np.zeros(weights),
        step=np.full(weights, first),
        shown=np.array([first]),
        error=np.zeros(shape.outputs),
        settings=np.array([config.caution, config.min_rate, config.max_rate]),
        samples=np.zeros(1, np.int64),
    )


lanes = constant.lanes
read_out = constant.read_out


@hot
def update(
    state: State,
    prediction: np.ndarray,
    target: float,  # noqa: ARG001
    loss: float,  # noqa: ARG001
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
    inputs: Inputs,
) -> int:
    """Show the rate now and then; the weights bet in :func:`move`."""
    state.samples[0] += 1
    if state.samples[0] % SHOW_EVERY != 0:
        return 0
    return _show(state, inputs.used[0], max(prediction.shape[0], 1))


@cold
def _show(state: State, used: int, known: int) -> int:
    state.shown[0] = mean_rate(state.step, used, known)
    if not moved(state.change, state.shown[0], float(state.samples[0])):
        return 0
    return _LARGER if state.change[1] > state.change[0] else _SMALLER


@hot
def move(
    state: State, weights: np.ndarray, inputs: Inputs, prediction: np.ndarray, target: float
) -> None:
    """Pay out the last bets of the weights of these inputs, and let them bet again."""
    known = gradient.errors(prediction, target, state.error)
    for place in range(inputs.value.shape[0]):
        row = gradient.row(inputs, place)
        for output in range(known):
            descent = inputs.weight[0] * state.error[output] * inputs.value[place]
            _bet(state, weights, row, output, descent)


@hot
def _bet(state: State, weights: np.ndarray, row: int, output: int, descent: float) -> None:
    caution, lowest, highest = state.settings
    largest = max(state.largest[row, output], abs(descent))
    if largest == 0.0:
        return
    total = state.total[row, output] + abs(descent)
    reward = min(max(state.reward[row, output] + weights[row, output] * descent, 0.0), _MOST)
    gradients = state.gradients[row, output] + descent
    step = (largest + reward) / (largest * max(total + largest, caution * largest))
    step = within(step, lowest, highest)
    state.largest[row, output] = largest
    state.total[row, output] = total
    state.reward[row, output] = reward
    state.gradients[row, output] = gradients
    state.step[row, output] = step
    weights[row, output] = gradients * step


@hot
def rate(state: State) -> float:
    """Geometric mean of the steps of the weights in use."""
    return state.shown[0]  # type: ignore[no-any-return]
