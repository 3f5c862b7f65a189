"""Skip samples while the stream is calm, learn the recent ones again after a drift.

With f the mean loss of the last samples and s its own baseline, both fading (half-lives
``half_life`` and 20 times that),

    calm:   f < s, and no warning or drift for ``half_life`` samples
    excess ← ``drifting`` - 1 at a drift, else excess · ½^(1/``half_life``)
    wanted = ``calm`` if calm, else 1 + excess

updates of this sample; of a broken number the whole ones, and the rest goes to the next sample.
Each costs one of a purse that gets ``budget`` a sample and holds ``PURSE`` samples' worth at most;
what it cannot pay is not made. So at every moment

    updates made ≤ budget · samples,

and a burst after a drift is paid by what was saved when it was calm.

References
----------
Skipping what is known already is as old as the perceptron; replays are those of Lin (1992),
"Self-improving reactive agents based on reinforcement learning, planning and teaching", section
3.3, which recommends recent ones. The rule, and the purse, are ours.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import hot
from streamlr.components import (
    DRIFT,
    NO_SIGNAL,
    ComponentConfig,
    Inputs,
    Shape,
    keep_rows,
)

PURSE = 1000.0
"""Samples whose budget may be saved up."""

_SLOWER = 20.0
_LOSS_CAP = 8.0  # one bad sample must not look like a drift


class Config(ComponentConfig):
    """Skip samples while calm, learn recent ones again after a drift."""

    type: Literal["follow_loss"] = "follow_loss"
    calm: Annotated[
        float, Field(ge=0, le=1, description="updates per sample while the loss is below its own")
    ] = 0.5
    drifting: Annotated[
        float, Field(ge=1, le=64, description="updates per sample right after a drift")
    ] = 4.0
    half_life: Annotated[
        float, Field(gt=0, le=1e6, description="samples in which what a drift added is halved")
    ] = 200.0
    budget: Annotated[
        float, Field(gt=0, le=64, description="most updates per sample, on average")
    ] = 1.0


class State(NamedTuple):
    """Losses of late, what is owed and can be paid, and the recent samples.

    Attributes
    ----------
    fast, slow : float64 [2]
        Faded sum of losses, and of their weights.
    excess : float64 [1]
        Updates per sample beyond one, from the latest drift.
    quiet : int64 [1]
        Samples since the latest signal.
    owed : float64 [1]
        The part of an update that is wanted: it is made when it is whole.
    purse : float64 [1]
        Updates that can be paid for.
    settings : float64 [6]
        calm, drifting, half_life, budget, and the fading of ``fast`` and ``slow`` a sample.
    value : float64 [buffer, dense + sparse]
    row : int64 [buffer, sparse]
    target : float64 [buffer]
        The recent samples, a ring.
    kept : int64 [1]
        Samples kept so far: the next place in the ring.
    """

    fast: np.ndarray
    slow: np.ndarray
    excess: np.ndarray
    quiet: np.ndarray
    owed: np.ndarray
    purse: np.ndarray
    settings: np.ndarray
    value: np.ndarray
    row: np.ndarray
    target: np.ndarray
    kept: np.ndarray


def init(config: Config, shape: Shape) -> State:
    """An empty purse and an empty buffer, which is as long as replays go back."""
    buffer = int(np.ceil(config.drifting)) + 1
    fades = [
        0.5 ** (1.0 / half_life) for half_life in (config.half_life, _SLOWER * config.half_life)
    ]
    return State(
        fast=np.zeros(2),
        slow=np.zeros(2),
        excess=np.zeros(1),
        quiet=np.zeros(1, np.int64),
        owed=np.zeros(1),
        purse=np.zeros(1),
        settings=np.array([config.calm, config.drifting, config.half_life, config.budget, *fades]),
        value=np.zeros((buffer, shape.inputs)),
        row=np.zeros((buffer, shape.sparse), np.int64),
        target=np.zeros(buffer),
        kept=np.zeros(1, np.int64),
    )


@hot
def due(state: State, loss: float, signal: int) -> int:
    """Updates wanted and paid for."""
    calm, drifting, half_life, budget, fade_fast, fade_slow = state.settings
    _fade(state.fast, min(loss, _LOSS_CAP), fade_fast)
    _fade(state.slow, min(loss, _LOSS_CAP), fade_slow)
    state.quiet[0] = 0 if signal != NO_SIGNAL else state.quiet[0] + 1
    state.excess[0] = drifting - 1.0 if signal == DRIFT else state.excess[0] * fade_fast
    below = state.fast[0] * state.slow[1] < state.slow[0] * state.fast[1]
    wanted = calm if below and state.quiet[0] > half_life else 1.0 + state.excess[0]
    state.purse[0] = min(state.purse[0] + budget, max(budget * PURSE, 1.0))
    whole = np.floor(state.owed[0] + wanted)
    state.owed[0] += wanted - whole
    made = min(whole, np.floor(state.purse[0]), state.kept[0] + 1.0)
    state.purse[0] -= made
    return int(made)


@hot
def _fade(mean: np.ndarray, loss: float, fade: float) -> None:
    mean[0] = fade * mean[0] + (1.0 - fade) * loss
    mean[1] = fade * mean[1] + (1.0 - fade)


@hot
def keep(state: State, inputs: Inputs, target: float) -> None:
    """Take the sample into the ring."""
    place = state.kept[0] % state.target.shape[0]
    for column in range(inputs.value.shape[0]):
        state.value[place, column] = inputs.value[column]
    keep_rows(inputs.row, state.row[place])
    state.target[place] = target
    state.kept[0] += 1


@hot
def recall(state: State, back: int, inputs: Inputs) -> float:
    """The sample that came ``back`` before the latest."""
    place = (state.kept[0] - 1 - back) % state.target.shape[0]
    for column in range(inputs.value.shape[0]):
        inputs.value[column] = state.value[place, column]
    for column in range(inputs.row.shape[0]):
        inputs.row[column] = state.row[place, column]
    return state.target[place]  # type: ignore[no-any-return]
