"""Race: every learning rate at once, the best ones speak.

Lanes learn side by side on the same samples: a grid of rates a factor of two apart, and a few lanes
whose rates Autostep learns weight by weight. Nobody picks a rate: two read-outs weigh the lanes by
how well they predict: :mod:`streamlr.schedules.racing.fixed_share` for probabilities,
:mod:`streamlr.schedules.racing.ballot` for the label, :mod:`streamlr.schedules.racing.hedge` for a
number.

A grid lane that lags (faded loss over 1.3 × the leader's) restarts from the leader's weights, so
that after a drift the fast lanes' knowledge reaches the slow ones, which then refine it. Where a
concept of the past recurs, all go on from what was known of it
(:mod:`streamlr.schedules.racing.memory`). The learning rate shown is the lanes' geometric mean
under the mixture's weights: it rises after a drift and falls as things settle.

Of a model that is not linear only the grid races: no Autostep lanes, no memory, and no restarts
where its lanes cannot be copied.

Notes
-----
The race over learning rates, the two read-outs and the restarts are ours. Where labels come late,
lanes are scored on what they said at the time; the candidates for the label, whose votes are not
kept, on how they vote now on what the lanes said then.
"""

from types import ModuleType
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from streamlr.components import ComponentConfig
from streamlr.schedules.racing import binary, multiclass, regression, unsupervised
from streamlr.schedules.racing.binary import REASONS, State, init, move, rate, read_out, update

__all__ = ["REASONS", "State", "init", "move", "rate", "read_out", "update"]

FAMILY = "adaptive"
_VARIANTS = {
    "binary": binary,
    "multiclass": multiclass,
    "regression": regression,
    "unsupervised": unsupervised,
}

_NOTHING_BESIDE: dict[str, Any] = {"autostep": (), "memory": 0, "restarts": False}

Rate = Annotated[float, Field(gt=0, le=1e6)]


class Config(ComponentConfig):
    """Race a grid of learning rates and Autostep lanes."""

    type: Literal["race"] = "race"
    slowest: Rate | None = Field(
        default=None, description="lowest rate of the grid; none: 2**-12, without classes 2**-14"
    )
    fastest: Rate | None = Field(
        default=None, description="highest rate of the grid; none: 2**3, without classes 2**2"
    )
    rates: Annotated[int, Field(ge=1, le=256)] = Field(default=16, description="lanes on the grid")
    autostep: tuple[tuple[Rate, Rate], ...] = Field(
        default=((0.1, 0.05), (0.1, 0.005), (0.03, 0.05), (0.03, 0.005)),
        description="Autostep lanes: (meta-rate, initial rate) of each",
    )
    memory: Annotated[int, Field(ge=0, le=64)] | None = Field(
        default=None,
        description="past concepts to go back to when they recur; 0: none; by default 4, for "
        "regression none",
    )
    restarts: bool = Field(
        default=True, description="whether lanes that lag go on from the leader's weights"
    )

    def past(self, usual: int) -> int:
        """How many past concepts are kept, where so many are usual."""
        return usual if self.memory is None else self.memory

    def grid(self, slowest: float, fastest: float) -> np.ndarray:
        """The grid's rates; its ends where none are configured are given."""
        first = slowest if self.slowest is None else self.slowest
        last = fastest if self.fastest is None else self.fastest
        return np.geomspace(first, last, self.rates)


def lanes(config: Config) -> int:
    """Grid lanes and Autostep lanes."""
    return config.rates + len(config.autostep)


def of_texts(config: Config) -> Config:
    """The same over texts: few lanes, and no weights beside theirs; what was configured stays."""
    few = {"slowest": 2.0**-8, "fastest": 2.0**2, "rates": 6} | _NOTHING_BESIDE
    left_open = {key: few[key] for key in few.keys() - config.model_fields_set}
    return config.model_copy(update=left_open)


def grid_alone(config: Config, *, copied: bool) -> Config:
    """The same over a model that is not linear; one whose lanes can be copied has restarts."""
    alone = {"autostep": (), "memory": 0, "restarts": copied and config.restarts}
    return config.model_copy(update=alone)


def variant(task: str) -> ModuleType:
    """The race as it is run for a task."""
    return _VARIANTS[task]
