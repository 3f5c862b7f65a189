"""A second score: what would be said when the label comes, by the model as it is then.

What counts is what was said at feature time; the difference tells what the delay costs.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from streamlr import compiling
from streamlr.kernel import PREDICT

WINDOW = 1000


class State(NamedTuple):
    """Errors: 0 or 1, or in the label's units.

    Attributes
    ----------
    window : float64 [window]
        Those of the latest samples.
    sum : float64 [1]
        Of all.
    samples : int64 [1]
    """

    window: np.ndarray
    sum: np.ndarray
    samples: np.ndarray


def begin() -> State:
    """Nothing scored."""
    return State(np.zeros(WINDOW), np.zeros(1), np.zeros(1, np.int64))


def add(
    state: State,
    event: np.ndarray,
    truth: np.ndarray,
    said: np.ndarray,
    numbers: bool,  # noqa: FBT001 - a compiled function's argument
) -> None:
    """Score every event that brings a label; a template."""
    for index in range(event.shape[0]):
        if event[index] != PREDICT:
            error = abs(truth[index] - said[index])
            if not numbers:
                error = 1.0 if error != 0.0 else 0.0
            state.window[state.samples[0] % state.window.shape[0]] = error
            state.sum[0] += error
            state.samples[0] += 1


def score(
    state: State, event: np.ndarray, truth: np.ndarray, said: np.ndarray, *, numbers: bool
) -> None:
    """Score a poll's events."""
    _fused()(state, event, truth, said, numbers)


@functools.cache
def _fused() -> Callable[..., None]:
    return compiling.fuse(add, {}, allocates=False)


def metrics(state: State, *, numbers: bool) -> dict[str, dict[str, float]]:
    """View → ``accuracy``, or ``mae``; NaN before the first sample."""
    samples = int(state.samples[0])
    if samples == 0:
        means = {"cumulative": float("nan"), "windowed": float("nan")}
    else:
        windowed = float(state.window[:samples].mean())
        means = {"cumulative": float(state.sum[0]) / samples, "windowed": windowed}
    if numbers:
        return {view: {"mae": mean} for view, mean in means.items()}
    return {view: {"accuracy": 1.0 - mean} for view, mean in means.items()}
