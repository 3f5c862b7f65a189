"""Autostep for logistic regression: a learning rate for each weight, itself learnt.

A weight whose gradients keep their sign gets larger steps, one whose gradients alternate smaller
ones; the step over all weights is normalised so that it cannot overshoot.

References
----------
Mahmood, Sutton, Degris & Pilarski (2012), "Tuning-free step-size adaptation", table 1, in its
logistic form: x² becomes x²·p(1-p), the curvature of the log-loss. Its symbols: α ``rate``,
h ``trace``, v ``scale``, μ ``meta_rate``, τ ``_TIME_CONSTANT``. We deviate in keeping rates within
bounds: they stay finite where the curvature vanishes, and one of 0 could never grow again.
"""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import exp, log
from streamlr.compiling import hot

_TIME_CONSTANT = 1e4
_SLOWEST, _FASTEST = 1e-12, 1e6


class State(NamedTuple):
    """Learning rates of each weight, in the lanes that Autostep drives.

    Attributes
    ----------
    rate, trace, scale : float64 [weights, lanes]
        Learning rate; decaying trace of recent steps; running magnitude of the meta-gradient.
    meta_rate : float64 [lanes]
    error, curvature, shrink : float64 [lanes]
        Space to work in.
    """

    rate: np.ndarray
    trace: np.ndarray
    scale: np.ndarray
    meta_rate: np.ndarray
    error: np.ndarray
    curvature: np.ndarray
    shrink: np.ndarray


def init(weights: int, settings: tuple[tuple[float, float], ...]) -> State:
    """One lane for each (meta-rate, initial rate)."""
    lanes = len(settings)
    return State(
        rate=np.array([[rate for _, rate in settings]] * weights),
        trace=np.zeros((weights, lanes)),
        scale=np.zeros((weights, lanes)),
        meta_rate=np.array([meta_rate for meta_rate, _ in settings], np.float64),
        error=np.zeros(lanes),
        curvature=np.zeros(lanes),
        shrink=np.zeros(lanes),
    )


@hot
def move(
    state: State,
    weights: np.ndarray,
    inputs: np.ndarray,
    probability: np.ndarray,
    target: float,
    first: int,
) -> None:
    """Learn one sample in lanes ``first`` … of ``weights`` [weights, lanes].

    Parameters
    ----------
    probability
        What each Autostep lane predicted of the sample.
    """
    rate, trace, scale = state.rate, state.trace, state.scale
    error, curvature, shrink = state.error, state.curvature, state.shrink
    rows, lanes = rate.shape
    for lane in range(lanes):
        error[lane] = target - probability[lane]
        curvature[lane] = probability[lane] * (1.0 - probability[lane])
        shrink[lane] = 0.0

    # learn the rates, and add up by how much a step at them would overshoot
    for row in range(rows):
        x = inputs[row]
        for lane in range(lanes):
            before, bend = rate[row, lane], curvature[lane] * (x * x)
            meta_gradient = error[lane] * x * trace[row, lane]
            size, known = abs(meta_gradient), scale[row, lane]
            known = max(size, known + before * bend * (1.0 / _TIME_CONSTANT) * (size - known))
            growth = state.meta_rate[lane] * meta_gradient / (known if known > 0.0 else 1.0)
            after = min(max(before * exp(growth), _SLOWEST), _FASTEST)
            scale[row, lane] = known
            rate[row, lane] = after
            shrink[lane] += after * bend

    # take the step
    for lane in range(lanes):
        shrink[lane] = 1.0 / max(1.0, shrink[lane])
    for row in range(rows):
        x, moved = inputs[row], weights[row, first:]
        for lane in range(lanes):
            own = rate[row, lane] * shrink[lane]
            kept = max(0.0, 1.0 - own * (curvature[lane] * (x * x)))
            step = own * (error[lane] * x)
            rate[row, lane] = own
            trace[row, lane] = trace[row, lane] * kept + step
            moved[lane] += step


@hot
def mean_log_rate(state: State, mean: np.ndarray) -> None:
    """Fill ``mean`` [lanes] with the mean logarithm of each lane's rates."""
    rows, lanes = state.rate.shape
    for lane in range(lanes):
        mean[lane] = 0.0
    for row in range(rows):
        for lane in range(lanes):
            mean[lane] += log(state.rate[row, lane]) / rows
