"""Blocks: lanes side by side on one map's inputs, and how they stand beside the linear lanes.

A block is a whole K-lane model of the task, as :mod:`streamlr.models.logistic` is one, of which the
inputs are a map's and the rates are fixed. Its lanes' predictions follow the linear ones', output
by output, so that a race scores and weighs them all alike.

A lane that lags behind the best of its block (faded loss over 1.3 × that lane's) restarts from its
weights, as laggards of the race's grid do: there it pays, and here it does.
"""

from typing import Any, NamedTuple

import numpy as np

from streamlr.compiling import cold, hot

RATES = tuple(2.0**exponent for exponent in range(-12, 3, 2))
"""Of each block's lanes: mapped inputs are more than the linear lanes' and need smaller ones."""

LANES = len(RATES)

_FADE = 0.5 ** (1.0 / 100.0)
_LOSS_CAP = 8.0
_RESTART_EVERY = 50
_RESTART_MARGIN = 1.3
_RESTART_ROWS = 1024  # with more weights than that, copying them would cost more than learning


class Mapped(NamedTuple):
    """What a map makes of a sample: as :class:`streamlr.components.Inputs` without the weight.

    Attributes
    ----------
    value : float64 [dense + sparse]
    row : int64 [sparse]
    used : int64 [1]
    """

    value: np.ndarray
    row: np.ndarray
    used: np.ndarray


class Block(NamedTuple):
    """A map and the lanes that learn on it; of a map that is not in use, no lanes.

    Attributes
    ----------
    map
        The map's state.
    inputs : Mapped
        Space for what it makes of a sample.
    learner
        State of the task's model, for these inputs and lanes.
    rates, faded : float64 [lanes]
        Learning rates; faded capped loss of each lane.
    learned, restarts : int64 [1]
        Updates made, and lanes that were restarted.
    """

    map: Any
    inputs: Mapped
    learner: Any
    rates: np.ndarray
    faded: np.ndarray
    learned: np.ndarray
    restarts: np.ndarray


def scratch(block: str, learner: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the arrays that predicting writes, of a block with a learner that writes these."""
    inputs = (f"{block}.inputs.value", f"{block}.inputs.row")
    return (*inputs, *(f"{block}.learner.{name}" for name in learner))


@hot
def gather(
    own: np.ndarray, every: np.ndarray, width: int, first: int, lanes: int, known: int
) -> None:
    """Copy the predictions of a block's lanes to where they stand among those of all lanes.

    Parameters
    ----------
    own : [outputs * width]
    every : [outputs * lanes]
    first
        Place of the block's first lane.
    known
        Outputs in use.
    """
    for output in range(known):
        for lane in range(width):
            every[output * lanes + first + lane] = own[output * width + lane]


@hot
def fade(block: Block, lane: int, loss: float, weight: float) -> None:
    """Take in a lane's loss on the sample at hand, and how much it counts."""
    loss = weight * min(loss, _LOSS_CAP)
    block.faded[lane] = _FADE * block.faded[lane] + (1.0 - _FADE) * loss


@hot
def count(block: Block) -> None:
    """Count an update; let laggards restart when that is due."""
    block.learned[0] += 1
    if block.learned[0] % _RESTART_EVERY == 0 and block.inputs.used[0] <= _RESTART_ROWS:
        _restart_laggards(block)


@cold
def _restart_laggards(block: Block) -> None:
    """Lanes that lag far behind the best one go on from its weights."""
    weights, faded = block.learner.weights, block.faded
    lanes, best = faded.shape[0], 0
    for lane in range(lanes):
        best = lane if faded[lane] < faded[best] else best
    for lane in range(lanes):
        if faded[lane] > _RESTART_MARGIN * faded[best]:
            for row in range(block.inputs.used[0]):
                for first in range(0, weights.shape[1], lanes):
                    weights[row, first + lane] = weights[row, first + best]
            faded[lane] = faded[best]
            block.restarts[0] += 1
