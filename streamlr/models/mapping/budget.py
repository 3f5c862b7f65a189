"""Budget: how many features each map gets, so that a sample takes no more than it may."""

from typing import TYPE_CHECKING

from streamlr.components import Shape
from streamlr.models.mapping.blocks import RATES

if TYPE_CHECKING:
    from streamlr.models.mapped import Config

_LEARNING = 2 * len(RATES)  # of one input: to predict and to learn, in each lane


def features(config: "Config", shape: Shape) -> dict[str, int]:
    """Features of each map: those configured, or fewer where an even share of the budget ends.

    A map that is not in use gets none.
    """
    share = config.budget // len(config.maps)
    return {
        name: min(config.features, max(share - _LEARNING * shape.inputs, 0) // cost)
        if name in config.maps
        else 0
        for name, cost in _of_a_feature(shape).items()
    }


def least(config: "Config", shape: Shape) -> int:
    """The budget that leaves each map one feature."""
    dearest = max(cost for name, cost in _of_a_feature(shape).items() if name in config.maps)
    return len(config.maps) * (_LEARNING * shape.inputs + dearest)


def _of_a_feature(shape: Shape) -> dict[str, int]:
    """Multiply-adds of one feature of each map: to make it, to predict and to learn with it."""
    random = shape.inputs + _LEARNING
    return {"relu": random, "cosine": random, "products": 1 + _LEARNING}
