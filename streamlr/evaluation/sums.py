"""Sums over samples in three views, where every sample has the same few numbers to add.

An evaluation whose state has ``sums`` [2, numbers], ``weight`` [2], ``growth`` [1], ``ring``
[window, numbers], ``samples`` [1] and ``slot`` [1] is served: a sample's numbers are written to the
ring's row at the slot, the weight 1 first, and added from there.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from streamlr.compiling import cold, hot
from streamlr.evaluation.prequential import VIEWS

_RESCALE_AT = 1e50  # times the square of the largest error it is finite


@hot
def add(state: Any) -> None:  # noqa: ANN401 - any evaluation's
    """Add the sample at the slot to the cumulative and the faded view, and move on."""
    own = state.ring[state.slot[0]]
    state.weight[1] *= state.growth[0]
    for view in range(2):
        for place in range(own.shape[0]):
            state.sums[view, place] += state.weight[view] * own[place]
    if state.weight[1] > _RESCALE_AT:
        _rescale(state)
    state.slot[0] = state.slot[0] + 1 if state.slot[0] + 1 < state.ring.shape[0] else 0


@cold
def _rescale(state: Any) -> None:  # noqa: ANN401
    """Bring the weight of the next sample in the faded view back to 1."""
    for place in range(state.sums.shape[1]):
        state.sums[1, place] /= state.weight[1]
    state.weight[1] = 1.0


def by_view(state: Any, view: Callable[..., dict[str, float]]) -> dict[str, dict[str, float]]:  # noqa: ANN401
    """Every view's metrics, which ``view`` makes of its sums."""
    window = state.ring[: min(int(state.samples[0]), len(state.ring))].sum(axis=0)
    sums: tuple[np.ndarray, ...] = (state.sums[0], state.sums[1], window)
    return {name: view(*one.tolist()) for name, one in zip(VIEWS, sums, strict=True)}
