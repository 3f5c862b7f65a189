"""ADWIN: a window over the latest values that is cut where their mean changed.

The window is kept as an exponential histogram: row i holds up to ``_PER_ROW`` buckets of 2**i
values each. Every ``clock`` values the window is tried at each bucket boundary; while some cut
separates two parts whose means differ by more than chance allows, the oldest bucket is dropped.

References
----------
Bifet & Gavaldà (2007), "Learning from time-changing data with adaptive windowing", ADWIN2 and
equation 3.1 for the cut. River's ``drift.ADWIN`` is the reference: same alarms and same width on
the same values. Like it, and unlike the paper, the whole window is forgotten at the value that
follows an alarm.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.arithmetic import log
from streamlr.compiling import cold, hot
from streamlr.components import DRIFT, NO_SIGNAL, Shape, never_due
from streamlr.detectors.watch import DetectorConfig

_PER_ROW = 5
_ROWS = 48  # windows of up to 5 · 2**48 values


class Config(DetectorConfig):
    """Adaptive windowing over the error of the predictions."""

    type: Literal["adwin"] = "adwin"
    delta: Annotated[float, Field(gt=0, lt=1, description="chance of a false cut")] = 0.002
    clock: Annotated[int, Field(ge=1, le=10**15, description="values between two checks")] = 32
    min_window_length: Annotated[
        int, Field(ge=1, le=10**15, description="of either part of a cut")
    ] = 5
    grace_period: Annotated[
        int, Field(ge=1, le=10**15, description="values before the first check")
    ] = 10


class State(NamedTuple):
    """The exponential histogram.

    Attributes
    ----------
    total, spread : float64 [rows, buckets]
        Sum, and sum of squared deviations from its mean, of each bucket; oldest first in a row.
    buckets : int64 [rows]
        Buckets in use.
    rows : int64 [1]
        Rows in use.
    window : float64 [3]
        Values in the window, their sum, and their sum of squared deviations.
    severity : float64 [1]
        At the latest alarm: by how much the mean changed, where it changed the most.
    delta : float64 [1]
    limits : int64 [3]
        clock, min_window_length, grace_period.
    seen : int64 [1]
        Values since the window was last empty.
    alarmed : int64 [1]
        Whether the latest value raised an alarm.
    """

    total: np.ndarray
    spread: np.ndarray
    buckets: np.ndarray
    rows: np.ndarray
    window: np.ndarray
    severity: np.ndarray
    delta: np.ndarray
    limits: np.ndarray
    seen: np.ndarray
    alarmed: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every detector
    """An empty window."""
    return State(
        total=np.zeros((_ROWS, _PER_ROW + 1)),
        spread=np.zeros((_ROWS, _PER_ROW + 1)),
        buckets=np.zeros(_ROWS, np.int64),
        rows=np.ones(1, np.int64),
        window=np.zeros(3),
        severity=np.zeros(1),
        delta=np.array([config.delta]),
        limits=np.array([config.clock, config.min_window_length, config.grace_period]),
        seen=np.zeros(1, np.int64),
        alarmed=np.zeros(1, np.int64),
    )


is_due = never_due


@hot
def update(state: State, value: float) -> int:
    """Take in one value; DRIFT when the window was cut."""
    if state.alarmed[0]:
        _empty(state)
    _insert(state, value)
    _compress(state)
    state.seen[0] += 1
    window = state.window
    if state.seen[0] % state.limits[0] != 0 or window[0] <= state.limits[2]:
        return NO_SIGNAL
    if _change(state, thorough=False) == 0.0:
        return NO_SIGNAL
    state.severity[0] = _change(state, thorough=True)
    while _change(state, thorough=False) != 0.0:
        _drop_oldest(state)
    state.alarmed[0] = 1
    return DRIFT


@cold
def _empty(state: State) -> None:
    """Forget the whole window."""
    state.buckets[:] = 0
    state.rows[0] = 1
    state.window[:] = 0.0
    state.seen[0] = 0
    state.alarmed[0] = 0


@hot
def _insert(state: State, value: float) -> None:
    """Put the value in a bucket of its own."""
    slot = state.buckets[0]
    state.total[0, slot] = value
    state.spread[0, slot] = 0.0
    state.buckets[0] = slot + 1
    window = state.window
    window[0] += 1.0
    if window[0] > 1.0:
        before = window[0] - 1.0
        deviation = value - window[1] / before
        window[2] += before * deviation * deviation / window[0]
    window[1] += value


@hot
def _compress(state: State) -> None:
    """Merge the two oldest buckets of every row that overflows into one of the next row."""
    row, size = 0, 1.0
    while row < state.rows[0] and state.buckets[row] == _PER_ROW + 1:
        if row + 1 == state.rows[0]:
            state.rows[0] += 1
        first, second = state.total[row, 0], state.total[row, 1]
        gap = first / size - second / size
        above = state.buckets[row + 1]
        state.total[row + 1, above] = first + second
        between = size * size * gap * gap / (size + size)
        state.spread[row + 1, above] = state.spread[row, 0] + state.spread[row, 1] + between
        state.buckets[row + 1] = above + 1
        _forget_first(state, row, 2)
        row += 1
        size *= 2.0


@hot
def _forget_first(state: State, row: int, count: int) -> None:
    """Remove the oldest ``count`` buckets of a row."""
    left = state.buckets[row] - count
    for slot in range(left):
        state.total[row, slot] = state.total[row, slot + count]
        state.spread[row, slot] = state.spread[row, slot + count]
    state.buckets[row] = left


@cold
def _change(state: State, thorough: bool) -> float:  # noqa: FBT001 - the kernel's calls are plain
    """By how much the mean changed, at the first boundary whose parts differ; 0 where none do.

    The boundaries are tried from the oldest on; all of them if ``thorough``, for the one whose
    parts differ the most for what chance allows.
    """
    window, shortest = state.window, state.limits[1]
    width = window[0]
    confidence = log(2.0 * log(width) / state.delta[0])
    variance = window[2] / width
    old_size, old_total = 0.0, 0.0
    new_size, new_total = width, window[1]
    change, surprise = 0.0, 1.0
    for row in range(state.rows[0] - 1, -1, -1):
        size = 2.0**row
        for slot in range(state.buckets[row]):
            old_size += size
            new_size -= size
            old_total += state.total[row, slot]
            new_total -= state.total[row, slot]
            if old_size < shortest or new_size < shortest:
                continue
            harmonic = 1.0 / (old_size - shortest + 1.0) + 1.0 / (new_size - shortest + 1.0)
            chance = np.sqrt(2.0 * harmonic * variance * confidence)
            chance += 2.0 / 3.0 * confidence * harmonic
            gap = new_total / new_size - old_total / old_size
            if abs(gap) > surprise * chance:
                change, surprise = float(gap), abs(gap) / chance
                if not thorough:
                    return change
    return change


@cold
def _drop_oldest(state: State) -> None:
    """Drop the oldest bucket of the window."""
    row = state.rows[0] - 1
    size, total, window = 2.0**row, state.total[row, 0], state.window
    window[0] -= size
    window[1] -= total
    gap = total / size - window[1] / window[0]
    window[2] -= state.spread[row, 0] + size * window[0] * gap * gap / (size + window[0])
    _forget_first(state, row, 1)
    if state.buckets[row] == 0:
        state.rows[0] -= 1
