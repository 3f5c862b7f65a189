"""A multilayer perceptron in K lanes: one hidden layer of leaky ReLUs, learned online by SGD.

The step of a lane is bounded as Polyak's is: rate·‖gradient‖² never exceeds the loss, so that no
lane diverges whatever its rate. The output weights begin at zero, so all lanes begin by saying what
is said of nothing known.

Over a long stream a network loses its plasticity: units that say little receive small gradients and
learn no more. So every 1,000 samples the unit of least use in each lane begins anew (continual
backpropagation): its inputs' weights are drawn again, its outputs' weights are zero, which leaves
what the lane says nearly as it was.

References
----------
Polyak (1987), "Introduction to Optimization", section 5.3, for the bound; He et al. (2015),
"Delving deep into rectifiers", for the initial weights; Dohare et al. (2024), "Loss of plasticity
in deep continual learning", for units that begin anew, of which we take one in so many samples.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.arithmetic import dot, log, sigmoid
from streamlr.compiling import cold, hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.models.logistic import shift, weigh
from streamlr.models.softmax import share_out
from streamlr.tasks.regression import CLIP

TASKS = ("binary", "multiclass", "regression")
SCRATCH = ("prediction", "hidden", "highest", "total")

_BINARY, _MULTICLASS, _REGRESSION = 0, 1, 2
_SLOPE = 0.01  # of a unit below zero
_FLOOR = 1e-6  # least probability, as far as the loss goes
_FRESH_EVERY = 1000
_FADE = 0.999  # of a unit's activity
_POOL = 61  # columns of weights to begin anew from, in turn: prime, so that no unit has its own


class Config(ComponentConfig):
    """One hidden layer."""

    type: Literal["mlp"] = "mlp"
    units: Annotated[int, Field(ge=1, le=4096)] = Field(default=64, description="hidden units")
    seed: Annotated[int, Field(ge=0)] = Field(default=0, description="of the first weights")


class State(NamedTuple):
    """Weights of both layers, and the latest prediction.

    Columns of ``weights`` are ``unit * lanes + lane``, those of ``output`` ``output * lanes +
    lane``.

    Attributes
    ----------
    weights : float64 [rows, units * lanes]
    output : float64 [units + 1, outputs * lanes]
        The last row: of the bias.
    prediction : float64 [outputs * lanes]
        Probabilities, or the standardised number.
    hidden : float64 [units * lanes]
        What the units say of the latest inputs.
    activity : float64 [units * lanes]
        Its faded absolute value.
    fresh : float64 [dense, pool]
        Weights to begin anew from; constant.
    learned : int64 [1]
    head : int64 [1]
        Which task; constant.
    back : float64 [units * lanes]
    error : float64 [outputs * lanes]
    highest, total, bounded : float64 [lanes]
        Space to work in.
    """

    weights: np.ndarray
    output: np.ndarray
    prediction: np.ndarray
    hidden: np.ndarray
    activity: np.ndarray
    fresh: np.ndarray
    learned: np.ndarray
    head: np.ndarray
    back: np.ndarray
    error: np.ndarray
    highest: np.ndarray
    total: np.ndarray
    bounded: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """Draw the hidden layer, the same in every lane; weights of categories begin at zero."""
    draw, dense = np.random.default_rng(config.seed), shape.features + 1
    scale = np.sqrt(2.0 / shape.inputs)
    units, columns = config.units * shape.lanes, shape.outputs * shape.lanes
    weights = np.zeros((shape.rows, units))
    first = draw.normal(scale=scale, size=(dense, config.units))
    weights[:dense] = np.repeat(first, shape.lanes, axis=1)
    classes = {0: _REGRESSION, 2: _BINARY if shape.outputs == 1 else _MULTICLASS}
    return State(
        weights=weights,
        output=np.zeros((config.units + 1, columns)),
        prediction=np.zeros(columns),
        hidden=np.zeros(units),
        activity=np.zeros(units),
        fresh=draw.normal(scale=scale, size=(dense, _POOL)),
        learned=np.zeros(1, np.int64),
        head=np.array([classes.get(shape.classes, _MULTICLASS)]),
        back=np.zeros(units),
        error=np.zeros(columns),
        highest=np.zeros(shape.lanes),
        total=np.zeros(shape.lanes),
        bounded=np.zeros(shape.lanes),
    )


@hot
def predict(state: State, inputs: Inputs, known: int) -> None:
    """Fill ``state.prediction`` with what each lane says."""
    hidden, lanes = state.hidden, state.total.shape[0]
    columns, units = known * lanes, state.output.shape[0] - 1
    prediction, head = state.prediction[:columns], state.head[0]
    weigh(state.weights, inputs, hidden)
    for column in range(hidden.shape[0]):
        hidden[column] = max(hidden[column], _SLOPE * hidden[column])
    for column in range(columns):
        prediction[column] = state.output[units, column]
    for unit in range(units):
        for first in range(0, columns, lanes):
            for lane in range(lanes):
                weight = state.output[unit, first + lane]
                prediction[first + lane] += weight * hidden[unit * lanes + lane]
    if head == _BINARY:
        for lane in range(lanes):
            prediction[lane] = sigmoid(prediction[lane])
    elif head == _MULTICLASS:
        share_out(prediction, state.highest, state.total)
    else:
        for lane in range(lanes):
            prediction[lane] = min(max(prediction[lane], -CLIP), CLIP)


@hot
def learn(state: State, inputs: Inputs, target: float, rates: np.ndarray, known: int) -> None:
    """Move lane k by a bounded step at ``rates[k]``; lanes beyond ``len(rates)`` stay.

    Uses ``state.prediction`` and ``state.hidden`` of these inputs at the current weights.
    """
    hidden, back, lanes = state.hidden, state.back, state.total.shape[0]
    columns, units = known * lanes, state.output.shape[0] - 1
    _judge(state, target, columns, lanes)
    _pass_back(state, columns, lanes)
    _bound(state, inputs, rates, columns, lanes)
    for first in range(0, columns, lanes):
        for lane in range(lanes):
            state.error[first + lane] *= state.bounded[lane]
    for unit in range(units):
        for first in range(0, columns, lanes):
            for lane in range(lanes):
                moved = state.error[first + lane] * hidden[unit * lanes + lane]
                state.output[unit, first + lane] += moved
        for lane in range(lanes):
            back[unit * lanes + lane] *= state.bounded[lane]
    for column in range(columns):
        state.output[units, column] += state.error[column]
    shift(state.weights, inputs, back)
    for column in range(hidden.shape[0]):
        active = abs(hidden[column])
        state.activity[column] = _FADE * state.activity[column] + (1.0 - _FADE) * active
    state.learned[0] += 1
    if state.learned[0] % _FRESH_EVERY == 0:
        _begin_anew(state, columns)


@hot
def _judge(state: State, target: float, columns: int, lanes: int) -> None:
    """Fill ``state.error`` with target less prediction, and ``state.total`` with the losses."""
    prediction, label = state.prediction, int(target)
    for lane in range(lanes):
        state.total[lane] = 0.0
    if state.head[0] == _MULTICLASS:
        for column in range(columns):
            state.error[column] = -prediction[column]
        for lane in range(lanes):
            p = prediction[label * lanes + lane]
            state.error[label * lanes + lane] += 1.0
            state.total[lane] = -log(max(p, _FLOOR))
        return
    for lane in range(lanes):
        error = target - prediction[lane]
        state.error[lane] = error
        if state.head[0] == _BINARY:
            state.total[lane] = -log(max(1.0 - abs(error), _FLOOR))
        else:
            state.total[lane] = 0.5 * error * error


@hot
def _pass_back(state: State, columns: int, lanes: int) -> None:
    """Fill ``state.back`` with what each unit should have said more of."""
    back, hidden = state.back, state.hidden
    for column in range(back.shape[0]):
        back[column] = 0.0
    for unit in range(back.shape[0] // lanes):
        for first in range(0, columns, lanes):
            for lane in range(lanes):
                weight = state.output[unit, first + lane]
                back[unit * lanes + lane] += state.error[first + lane] * weight
    for column in range(back.shape[0]):
        back[column] *= 1.0 if hidden[column] > 0.0 else _SLOPE


@hot
def _bound(state: State, inputs: Inputs, rates: np.ndarray, columns: int, lanes: int) -> None:
    """Fill ``state.bounded`` with each lane's rate: its own, or what its loss allows."""
    square, said, bounded = state.highest, state.bounded, state.bounded
    norm, weight = dot(inputs.value, inputs.value), inputs.weight[0]
    for lane in range(lanes):
        square[lane] = 0.0
        said[lane] = 1.0  # the bias
    for first in range(0, state.hidden.shape[0], lanes):
        for lane in range(lanes):
            said[lane] += state.hidden[first + lane] * state.hidden[first + lane]
            square[lane] += norm * (state.back[first + lane] * state.back[first + lane])
    for first in range(0, columns, lanes):
        for lane in range(lanes):
            square[lane] += said[lane] * (state.error[first + lane] * state.error[first + lane])
    for lane in range(lanes):
        most = state.total[lane] / max(square[lane], _FLOOR)
        bounded[lane] = min(weight * rates[lane], most) if lane < rates.shape[0] else 0.0


@cold
def _begin_anew(state: State, columns: int) -> None:
    """Replace the unit of least use in each lane."""
    lanes, dense = state.total.shape[0], state.fresh.shape[0]
    chosen = (state.learned[0] // _FRESH_EVERY) % state.fresh.shape[1]
    for lane in range(lanes):
        least, use_of_least = 0, np.inf
        for unit in range(state.output.shape[0] - 1):
            use = 0.0
            for first in range(0, columns, lanes):
                use += abs(state.output[unit, first + lane])
            use *= state.activity[unit * lanes + lane]
            if use < use_of_least:
                least, use_of_least = unit, use
        column = least * lanes + lane
        for row in range(state.weights.shape[0]):
            state.weights[row, column] = state.fresh[row, chosen] if row < dense else 0.0
        for first in range(0, state.output.shape[1], lanes):
            state.output[least, first + lane] = 0.0
