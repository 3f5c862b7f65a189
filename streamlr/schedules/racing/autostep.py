"""Autostep: a learning rate for each weight, itself learnt.

A weight whose gradients keep their sign gets larger steps, one whose gradients alternate smaller
ones; the step over all weights is normalised so that it cannot overshoot.

References
----------
Mahmood, Sutton, Degris & Pilarski (2012), "Tuning-free step-size adaptation", table 1. For
log-loss x² becomes x²·p(1-p), its curvature. Symbols there: α ``rate``, h ``trace``, v ``scale``,
μ ``meta_rate``, τ ``_TIME_CONSTANT``. We deviate in keeping rates within bounds: they stay finite
where the curvature vanishes, and one of 0 could never grow again.
"""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import exp, log
from streamlr.compiling import hot
from streamlr.components import Inputs, Shape

_TIME_CONSTANT = 1e4
_SLOWEST, _FASTEST = 1e-12, 1e6


class State(NamedTuple):
    """Learning rates of each weight, in the lanes that Autostep drives.

    Attributes
    ----------
    rate, trace, scale : float64 [rows, outputs * lanes]
        Learning rate; decaying trace of recent steps; running magnitude of the meta-gradient.
    meta_rate : float64 [lanes]
    error, curvature : float64 [outputs * lanes]
        Of the sample to be learned: set by who calls.
    shrink : float64 [lanes]
        Space to work in.
    """

    rate: np.ndarray
    trace: np.ndarray
    scale: np.ndarray
    meta_rate: np.ndarray
    error: np.ndarray
    curvature: np.ndarray
    shrink: np.ndarray


def init(shape: Shape, settings: tuple[tuple[float, float], ...]) -> State:
    """One lane for each (meta-rate, initial rate)."""
    lanes = len(settings)
    columns = shape.outputs * lanes
    initial = [rate for _, rate in settings] * shape.outputs
    return State(
        rate=np.array([initial] * shape.rows).reshape(shape.rows, columns),
        trace=np.zeros((shape.rows, columns)),
        scale=np.zeros((shape.rows, columns)),
        meta_rate=np.array([meta_rate for meta_rate, _ in settings], np.float64),
        error=np.zeros(columns),
        curvature=np.zeros(columns),
        shrink=np.zeros(lanes),
    )


@hot
def move(state: State, weights: np.ndarray, inputs: Inputs, grid: int, known: int) -> None:
    """Learn one sample, of which ``state.error`` and ``state.curvature`` tell.

    Parameters
    ----------
    weights : [rows, outputs * lanes]
    grid
        How many lanes come before these in each output.
    known
        Outputs in use.
    """
    lanes = state.meta_rate.shape[0]
    for output in range(known):
        _move(state, weights, inputs, output * lanes, output * (grid + lanes) + grid)


@hot
def _move(state: State, weights: np.ndarray, inputs: Inputs, own: int, first: int) -> None:
    """Learn one output: columns ``own`` … here, ``first`` … of ``weights``."""
    shrink, lanes = state.shrink, state.meta_rate.shape[0]
    dense = inputs.value.shape[0] - inputs.row.shape[0]
    for lane in range(lanes):
        shrink[lane] = 0.0
    for row in range(dense):
        _learn_rates(state, row, inputs.value[row], own)
    for place in range(inputs.row.shape[0]):
        _learn_rates(state, inputs.row[place], inputs.value[dense + place], own)
    for lane in range(lanes):
        shrink[lane] = 1.0 / max(1.0, shrink[lane])
    for row in range(dense):
        _step(state, weights[row, first : first + lanes], row, inputs.value[row], own)
    for place in range(inputs.row.shape[0]):
        row = inputs.row[place]
        _step(state, weights[row, first : first + lanes], row, inputs.value[dense + place], own)


@hot
def _learn_rates(state: State, row: int, x: float, own: int) -> None:
    """Learn the rates of an input's weights; add up by how much a step at them would overshoot."""
    lanes, shrink = state.meta_rate.shape[0], state.shrink
    error, curvature = state.error[own : own + lanes], state.curvature[own : own + lanes]
    rate, trace = state.rate[row, own : own + lanes], state.trace[row, own : own + lanes]
    scale = state.scale[row, own : own + lanes]
    for lane in range(lanes):
        before, bend = rate[lane], curvature[lane] * (x * x)
        meta_gradient = error[lane] * x * trace[lane]
        size, known = abs(meta_gradient), scale[lane]
        known = max(size, known + before * bend * (1.0 / _TIME_CONSTANT) * (size - known))
        growth = state.meta_rate[lane] * meta_gradient / (known if known > 0.0 else 1.0)
        after = min(max(before * exp(growth), _SLOWEST), _FASTEST)
        scale[lane] = known
        rate[lane] = after
        shrink[lane] += after * bend


@hot
def _step(state: State, weights: np.ndarray, row: int, x: float, own: int) -> None:
    """Move an input's ``weights`` [lanes]."""
    lanes, shrink = state.meta_rate.shape[0], state.shrink
    error, curvature = state.error[own : own + lanes], state.curvature[own : own + lanes]
    rate, trace = state.rate[row, own : own + lanes], state.trace[row, own : own + lanes]
    for lane in range(lanes):
        now = rate[lane] * shrink[lane]
        kept = max(0.0, 1.0 - now * (curvature[lane] * (x * x)))
        step = now * (error[lane] * x)
        rate[lane] = now
        trace[lane] = trace[lane] * kept + step
        weights[lane] += step


@hot
def mean_log_rate(state: State, mean: np.ndarray, known: int, used: int) -> None:
    """Fill ``mean`` [lanes] with the mean logarithm of each lane's rates in use."""
    lanes = state.meta_rate.shape[0]
    if lanes == 0:
        return
    for lane in range(lanes):
        mean[lane] = 0.0
    for row in range(used):
        for output in range(known):
            for lane in range(lanes):
                mean[lane] += log(state.rate[row, output * lanes + lane]) / (used * known)
