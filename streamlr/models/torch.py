"""Any module of torch's, by dotted path: a network of your own, learned a batch at a time.

Its weights change with every ``batch`` learned samples, counted from the beginning of the stream:
each sample is predicted by the weights of the latest step, and then is one of the next batch. The
loss is that of the task: cross-entropy of logits (one for two classes, one for each that there may
be, of which those not met have no part), or the squared error of the standardised label. [schedule]
sets the rate of the optimizer, which is any of torch's: of the first group of parameters, where a
module makes several by a method ``parameter_groups``; others keep their proportion to it.

The module is given a row for each sample: numbers standardised as for streamlr's own models, and
``one_hot`` inputs for each categorical field. Rows must not depend on each other but in training
(as those of a batch normalisation do). It is made at once, lazy layers by a batch of zeros::

    module = "torch.nn.Sequential"
    parameters = { args = [
        { path = "torch.nn.LazyLinear", out_features = 64 },
        { path = "torch.nn.ReLU" },
        { path = "torch.nn.LazyLinear", out_features = 1 },
    ] }

Notes
-----
Gradients are cut to a norm of ``clip``. Where a loss or a weight is not finite, the last good
weights come back, the optimizer begins anew, and ``restarts`` counts it. Random numbers follow from
``seed``. On a processor the same stream gives the same bits, on one thread; on a CUDA device it
need not. A checkpoint holds weights twice (the last good ones), the optimizer's memory and the
unfinished batch, all as arrays.
"""

from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr import by_path
from streamlr.arithmetic import sigmoid
from streamlr.by_path import PathError
from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.deep import network
from streamlr.models.softmax import share_out
from streamlr.tasks.regression import CLIP

TASKS = ("binary", "multiclass", "regression")
SCRATCH = ("prediction", "highest", "total")
OWNER = "torch"
BATCHED = True
"""The outputs of its rows come with their inputs, and Python takes a step when a batch is full."""

_BINARY, _MULTICLASS, _REGRESSION = 0, 1, 2


class Config(ComponentConfig):
    """A module of torch's."""

    type: Literal["torch"] = "torch"
    module: str = Field(
        description="its class, as torch.nn.Sequential or my_package.nets:Wide",
        examples=["torch.nn.Sequential"],
    )
    parameters: dict[str, Any] = Field(
        default={}, description="what its constructor takes", validate_default=True
    )
    optimizer: str = Field(
        default="torch.optim.SGD", description="its class", validate_default=True
    )
    optimizer_parameters: dict[str, Any] = Field(
        default={}, description="what its constructor takes, but for the rate"
    )
    batch: Annotated[int, Field(ge=1, le=2**16)] = Field(
        default=32, description="learned samples from one step to the next"
    )
    one_hot: Annotated[int, Field(ge=1, le=2**16)] = Field(
        default=32, description="inputs for the values of a categorical field; beyond, some share"
    )
    clip: Annotated[float, Field(gt=0, le=1e6)] = Field(
        default=1.0, description="largest norm of a gradient"
    )
    device: Literal["cpu", "cuda", "auto"] = Field(
        default="cpu", description="where it computes; auto: on a CUDA device where there is one"
    )
    seed: Annotated[int, Field(ge=0, le=2**62)] = 0

    @field_validator("module")
    @classmethod
    def _is_module(cls, module: str) -> str:
        return _checked(module, "torch.nn.Module", {})

    @field_validator("optimizer")
    @classmethod
    def _is_optimizer(cls, optimizer: str) -> str:
        return _checked(optimizer, "torch.optim.Optimizer", {})

    @field_validator("parameters")
    @classmethod
    def _fit(cls, parameters: dict[str, Any], others: ValidationInfo) -> dict[str, Any]:
        if "module" in others.data:
            _checked(others.data["module"], "torch.nn.Module", parameters)
        return parameters

    @field_validator("optimizer_parameters")
    @classmethod
    def _optimizer_fits(cls, parameters: dict[str, Any], others: ValidationInfo) -> dict[str, Any]:
        if "lr" in parameters:
            why = "[schedule] sets lr; remove it here, and set the rate there"
            raise PydanticCustomError("torch", "{why}", {"why": why})
        if "optimizer" in others.data:
            _checked(others.data["optimizer"], "torch.optim.Optimizer", parameters)
        return parameters


def _checked(path: str, base: str, parameters: dict[str, Any]) -> str:
    try:
        by_path.check(network.find(path, base), parameters)
    except PathError as error:
        raise PydanticCustomError("torch", "{why}", {"why": str(error)}) from error
    return path


def takes_weight(config: Config) -> bool:  # noqa: ARG001 - one signature for every model
    """Any module's samples may count more or less: the weight is one of the loss."""
    return True


class State(NamedTuple):
    """The latest prediction and the unfinished batch; weights are the network's own.

    Attributes
    ----------
    weights : float64 [0, 1]
        None.
    prediction : float64 [outputs]
        Probabilities, or the standardised number.
    value : float64 [batch, inputs]
    row : int64 [batch, categories]
        Inputs of the samples that wait for the step.
    target : float64 [batch]
        Their labels.
    weight : float64 [batch]
        How much each of them counts in the step.
    held : int64 [1]
        How many they are.
    known : int64 [1]
        Outputs in use at the latest.
    place : int64 [1]
        Events since the latest step, modulo the rows that the network is asked about at a time.
    steps, restarts : int64 [1]
        Steps taken, and how many of them were not finite.
    head : int64 [1]
        Which task; constant.
    highest, total : float64 [1]
        Space to work in.
    """

    weights: np.ndarray
    prediction: np.ndarray
    value: np.ndarray
    row: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    held: np.ndarray
    known: np.ndarray
    place: np.ndarray
    steps: np.ndarray
    restarts: np.ndarray
    head: np.ndarray
    highest: np.ndarray
    total: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """Nothing predicted, nothing held."""
    classes = {0: _REGRESSION, 2: _BINARY if shape.outputs == 1 else _MULTICLASS}
    return State(
        weights=np.zeros((0, 1)),
        prediction=np.zeros(shape.outputs),
        value=np.zeros((config.batch, shape.inputs - shape.beside)),
        row=np.zeros((config.batch, shape.categories), np.int64),
        target=np.zeros(config.batch),
        weight=np.ones(config.batch),
        held=np.zeros(1, np.int64),
        known=np.zeros(1, np.int64),
        place=np.zeros(1, np.int64),
        steps=np.zeros(1, np.int64),
        restarts=np.zeros(1, np.int64),
        head=np.array([classes.get(shape.classes, _MULTICLASS)]),
        highest=np.zeros(1),
        total=np.zeros(1),
    )


@hot
def predict(state: State, inputs: Inputs, known: int) -> None:
    """Fill ``state.prediction`` of the network's outputs, which stand behind the inputs."""
    prediction, first = state.prediction[:known], state.value.shape[1]
    for output in range(known):
        prediction[output] = inputs.value[first + output]
    if state.head[0] == _BINARY:
        prediction[0] = sigmoid(prediction[0])
    elif state.head[0] == _MULTICLASS:
        share_out(prediction, state.highest, state.total)
    else:
        prediction[0] = min(max(prediction[0], -CLIP), CLIP)


@hot
def learn(state: State, inputs: Inputs, target: float, rates: np.ndarray, known: int) -> None:  # noqa: ARG001
    """Put the sample into the batch; Python takes the step when that is full."""
    place = state.held[0]
    for column in range(state.value.shape[1]):
        state.value[place, column] = inputs.value[column]
    for column in range(state.row.shape[1]):
        state.row[place, column] = inputs.row[column]
    state.target[place] = target
    state.weight[place] = inputs.weight[0]
    state.known[0] = known
    state.held[0] = place + 1
