"""Mapped: the linear lanes of a race, and lanes on feature maps beside them.

A linear model cannot tell what matters only together. A feature map makes more of the inputs, a
fixed function of them, and a linear model on those can. Which map helps depends on the stream; so
each gets lanes of its own, eight learning rates a factor of four apart, in the same race as the
linear ones, and whoever predicts well is heard.

- ``relu``: random rectified linear units (:mod:`streamlr.models.mapping.relu`);
- ``cosine``: random cosine features, a Gaussian kernel's (:mod:`streamlr.models.mapping.cosine`);
- ``products``: pairs of columns, pairs of categorical values among them
  (:mod:`streamlr.models.mapping.products`).

``budget`` bounds the time: multiply-adds a sample of all maps together, for each output. A map that
would take more than its share gets fewer features, which is told at start.

Categorical values enter random features by a row of the projection, of which there are 256, and
products by a table of their pairs; both are bounded, and shared where they are full.

Notes
-----
Random numbers are drawn at start from ``seed`` and are part of the state. What waits for a label
keeps the inputs, of which its features are made anew. Memory: eight lanes of ``features``, and of
``buckets`` where there are categorical columns; that again for each class there may be.
"""

from types import ModuleType
from typing import Annotated, Literal

import structlog
from pydantic import Field

from streamlr.components import Brought, ComponentConfig, Shape
from streamlr.errors import ConfigurationError
from streamlr.models.mapping import binary, blocks, budget, multiclass, regression
from streamlr.models.mapping.beside import State
from streamlr.models.mapping.binary import SCRATCH, init, learn, predict

__all__ = ["SCRATCH", "State", "init", "learn", "predict"]

TASKS = ("binary", "multiclass", "regression")
LINEAR = True  # in the lanes that the schedule moves
_VARIANTS = {"binary": binary, "multiclass": multiclass, "regression": regression}

Map = Literal["relu", "cosine", "products"]

log = structlog.get_logger("streamlr")


class Config(ComponentConfig):
    """Linear model and feature maps, for a race."""

    type: Literal["mapped"] = "mapped"
    maps: Annotated[tuple[Map, ...], Field(min_length=1)] = Field(
        default=("relu", "cosine", "products"), description="feature maps, each with its own lanes"
    )
    features: Annotated[int, Field(ge=1, le=2**16)] = Field(
        default=300, description="most features of each map"
    )
    buckets: Annotated[int, Field(ge=1, le=2**24)] = Field(
        default=2**16, description="weights of a lane for products with categorical columns"
    )
    budget: Annotated[int, Field(ge=1)] = Field(
        default=50_000, description="most multiply-adds a sample and output, of all maps together"
    )
    seed: Annotated[int, Field(ge=0)] = 0


def variant(task: str) -> ModuleType:
    """The model as it is run for a task."""
    return _VARIANTS[task]


def settle(config: Config, shape: Shape) -> None:
    """Say what the budget leaves of each map, where it leaves less than all.

    Raises
    ------
    ConfigurationError
        Nothing of one.
    """
    features = {name: budget.features(config, shape)[name] for name in config.maps}
    if min(features.values()) == 0:
        message = (
            f"[model] budget = {config.budget}: it leaves a map of these {shape.inputs} inputs "
            f"without a feature; set at least {budget.least(config, shape)}, or name fewer maps "
            f"than {len(config.maps)}"
        )
        raise ConfigurationError(message)
    if min(features.values()) < config.features:
        log.warning("feature maps cut to the budget", budget=config.budget, **features)


def brings(config: Config) -> tuple[Brought, ...]:
    """Lanes beside the schedule's, with their own rates: each map's."""
    order = ("relu", "cosine", "products")
    return tuple(Brought(name, blocks.RATES) for name in order if name in config.maps)
