"""Blocks of 32 values, for detectors that run in Python: the kernel stops when one is full.

Python answers a block as a whole. What it says is told with the value that follows: at samples 33,
65 and so on, counted from the beginning of the state's life, wherever polls end.
"""

from typing import NamedTuple, Protocol

import numpy as np

from streamlr.compiling import hot
from streamlr.components import DRIFT, NO_SIGNAL, ComponentConfig, Shape

BLOCK = 32


class State(NamedTuple):
    """Values that wait, and what was said of those before.

    Attributes
    ----------
    values : float64 [32]
    held : int64 [1]
        Values that wait.
    signal : int64 [1]
        Of the block before, until it is told.
    severity : float64 [1]
        At the latest signal: mean of its block - mean of the values before it, since the start or
        the latest alarm.
    before : float64 [2]
        Number and mean of those values.
    """

    values: np.ndarray
    held: np.ndarray
    signal: np.ndarray
    severity: np.ndarray
    before: np.ndarray


class Listener(Protocol):
    """Something in Python that hears a detector's values."""

    def hear(self, values: list[float]) -> int:
        """Return the strongest signal among these values, given in order."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything it remembers."""
        ...

    def fill(self, arrays: dict[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave."""
        ...


def init(config: ComponentConfig, shape: Shape) -> State:  # noqa: ARG001 - as every detector's
    """No value yet."""
    return State(
        values=np.zeros(BLOCK),
        held=np.zeros(1, np.int64),
        signal=np.zeros(1, np.int64),
        severity=np.zeros(1),
        before=np.zeros(2),
    )


@hot
def update(state: State, value: float) -> int:
    """Keep the value; the signal of the block before, once."""
    state.values[state.held[0]] = value
    state.held[0] += 1
    signal = state.signal[0]
    state.signal[0] = NO_SIGNAL
    return signal  # type: ignore[no-any-return]


@hot
def is_due(state: State) -> bool:
    """Whether the block is full."""
    return state.held[0] == BLOCK  # type: ignore[no-any-return]


def answer(state: State, listener: Listener) -> None:
    """Let the listener hear a full block; nothing to do while it is not."""
    if state.held[0] < BLOCK:
        return
    signal = listener.hear(state.values.tolist())
    mean = float(state.values.mean())
    count, before = state.before.tolist()
    state.held[0] = 0
    state.signal[0] = signal
    if signal != NO_SIGNAL:
        state.severity[0] = mean - before if count else 0.0
    if signal == DRIFT:
        count = 0.0
    state.before[:] = count + BLOCK, (count * before + BLOCK * mean) / (count + BLOCK)
