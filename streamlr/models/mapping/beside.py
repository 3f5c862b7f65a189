"""The linear lanes with the maps' lanes beside them: what a task's model becomes with maps."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from streamlr.compiling import cold, hot
from streamlr.components import Inputs, Shape
from streamlr.models.mapping import blocks, budget, cosine, products, relu
from streamlr.models.mapping.blocks import Block

if TYPE_CHECKING:
    from streamlr.models.mapped import Config


class State(NamedTuple):
    """Weights and the latest predictions.

    Attributes
    ----------
    weights : float64 [rows, outputs * linear lanes]
        Of the linear lanes, which the schedule may move.
    prediction : float64 [outputs * lanes]
        Of all lanes: the linear ones first, then each block's.
    linear
        What else the task's model has: its own predictions, and space to work in.
    lanes : int64 [2]
        Linear lanes, and all.
    relu, cosine, products : Block
    """

    weights: np.ndarray
    prediction: np.ndarray
    linear: Any
    lanes: np.ndarray
    relu: Block
    cosine: Block
    products: Block


def init(config: "Config", shape: Shape, model: ModuleType, space: Any, loss: float) -> State:  # noqa: ANN401
    """Zero weights in every lane.

    Parameters
    ----------
    model
        The task's.
    space
        NamedTuple of what its state has beside the weights.
    loss
        Of whoever knows nothing.
    """
    random = np.random.default_rng(config.seed)
    features = budget.features(config, shape)
    maps = {
        "relu": (relu, relu.init(random, shape, features["relu"])),
        "cosine": (cosine, cosine.init(random, shape, features["cosine"])),
        "products": (products, products.init(random, shape, features["products"], config.buckets)),
    }
    found = {}
    for name, (module, state) in maps.items():
        rates = np.array(blocks.RATES if name in config.maps else (), np.float64)
        inputs = module.room(state, shape)
        own = Shape(int(inputs.used[0]) - 1, shape.classes, len(rates), outputs=shape.outputs)
        found[name] = Block(
            map=state,
            inputs=inputs,
            learner=model.init(model.Config(), own),
            rates=rates,
            faded=np.full(len(rates), loss),
            learned=np.zeros(1, np.int64),
            restarts=np.zeros(1, np.int64),
        )
    mapped = sum(len(block.rates) for block in found.values())
    linear = model.init(model.Config(), shape._replace(lanes=shape.lanes - mapped))
    parts = linear._asdict()
    start = float(linear.prediction[0]) if len(linear.prediction) else 0.0
    return State(
        weights=parts.pop("weights"),
        prediction=np.full(shape.outputs * shape.lanes, start),
        linear=space(**parts),
        lanes=np.array([shape.lanes - mapped, shape.lanes]),
        **found,
    )


def scratch(model: ModuleType) -> tuple[str, ...]:
    """Arrays that predicting writes."""
    own: tuple[str, ...] = model.SCRATCH
    linear = (f"linear.{name}" for name in own)
    maps = (name for block in ("relu", "cosine", "products") for name in blocks.scratch(block, own))
    return ("prediction", *linear, *maps)


def functions(
    model: ModuleType,
    linear: Callable[..., Any],
    loss: Callable[..., float],
    fits: Callable[..., bool],
) -> tuple[Callable[..., None], Callable[..., None]]:
    """``predict`` and ``learn`` of a task's model with maps.

    Parameters
    ----------
    model
        The task's.
    linear
        State of the linear lanes, as the model's own.
    loss
        Of a lane: of its block's predictions [outputs * lanes], the target, and its number.
    fits
        Whether the arrays over lanes of a block's learner are of ``blocks.LANES``.

    Notes
    -----
    Blocks are called, not inlined: so the compiler goes through them once for all maps of a kind.
    """

    @hot
    def predict(state: State, inputs: Inputs, known: int) -> None:
        """Fill ``state.prediction`` with each lane's, of all maps."""
        own, first, lanes = linear(state), state.lanes[0], state.lanes[1]
        model.predict(own, inputs, known)
        blocks.gather(own.prediction, state.prediction, first, 0, lanes, known)
        if state.relu.rates.shape[0] > 0:
            relu.fill(state.relu.map, inputs, state.relu.inputs)
            first = ask(state.relu, state.prediction, first, lanes, known)
        if state.cosine.rates.shape[0] > 0:
            cosine.fill(state.cosine.map, inputs, state.cosine.inputs)
            first = ask(state.cosine, state.prediction, first, lanes, known)
        if state.products.rates.shape[0] > 0:
            products.fill(state.products.map, inputs, state.products.inputs)
            ask(state.products, state.prediction, first, lanes, known)

    @cold
    def ask(block: Block, every: np.ndarray, first: int, lanes: int, known: int) -> int:
        """Let a block predict; where the next one's lanes begin is returned."""
        if not is_whole(block):
            return first
        model.predict(block.learner, block.inputs, known)
        blocks.gather(block.learner.prediction, every, blocks.LANES, first, lanes, known)
        return first + blocks.LANES

    @hot
    def learn(state: State, inputs: Inputs, target: float, rates: np.ndarray, known: int) -> None:
        """Move the linear lanes at ``rates``, and each block's at its own.

        Uses the predictions of these inputs at the current weights.
        """
        model.learn(linear(state), inputs, target, rates, known)
        if state.relu.rates.shape[0] > 0:
            teach(state.relu, inputs.weight, target, known)
        if state.cosine.rates.shape[0] > 0:
            teach(state.cosine, inputs.weight, target, known)
        if state.products.rates.shape[0] > 0:
            teach(state.products, inputs.weight, target, known)

    @cold
    def teach(block: Block, weight: np.ndarray, target: float, known: int) -> None:
        """Score a block's lanes, and move them."""
        if not is_whole(block):
            return
        for lane in range(blocks.LANES):
            own = loss(block.learner.prediction, target, lane)
            blocks.fade(block, lane, own, weight[0])
        inputs = Inputs(block.inputs.value, block.inputs.row, block.inputs.used, weight)
        model.learn(block.learner, inputs, target, block.rates, known)
        blocks.count(block)

    @hot
    def is_whole(block: Block) -> bool:
        """Whether it has all its lanes, which it always has: behind this the compiler knows it."""
        whole = block.rates.shape[0] == blocks.LANES and block.faded.shape[0] == blocks.LANES
        return whole and fits(block.learner)

    return predict, learn
