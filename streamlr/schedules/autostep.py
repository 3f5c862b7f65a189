"""Autostep for logistic regression: a learning rate for each weight, itself learnt.

A weight whose gradients keep their sign gets larger steps, one whose gradients alternate smaller ones; the
step over all weights is normalised so that it cannot overshoot.

References
----------
Mahmood, Sutton, Degris & Pilarski (2012), "Tuning-free step-size adaptation", table 1, in its logistic form: x² becomes
x²·p(1-p), the curvature of the log-loss. Its symbols: α ``rate``, h ``trace``, v ``scale``, μ ``meta_rate``, τ ``time_constant``.
"""

from typing import NamedTuple

import numpy as np

from streamlr.arithmetic import exp
from streamlr.compiling import compiled

_TIME_CONSTANT = 1e4


class State(NamedTuple):
    """Learning rates of each weight, in the lanes that Autostep drives.

    Attributes
    ----------
    rate, trace, scale : float64 [weights, lanes]
        Learning rate; decaying trace of recent steps; running magnitude of the meta-gradient.
    meta_rate : float64 [lanes]
    """

    rate: np.ndarray
    trace: np.ndarray
    scale: np.ndarray
    meta_rate: np.ndarray


def init(weights: int, settings: tuple[tuple[float, float], ...]) -> State:
    """One lane for each (meta-rate, initial rate)."""
    meta_rates, rates = np.array(settings, dtype=np.float64).reshape(-1, 2).T
    shape = (weights, len(settings))
    return State(
        rate=np.ascontiguousarray(np.broadcast_to(rates, shape)),
        trace=np.zeros(shape),
        scale=np.zeros(shape),
        meta_rate=np.ascontiguousarray(meta_rates),
    )


@compiled
def move(
    state: State,
    weights: np.ndarray,
    inputs: np.ndarray,
    error: np.ndarray,
    curvature: np.ndarray,
    first: int,
) -> None:
    """Learn one sample in lanes ``first`` … of ``weights`` [weights, lanes].

    Parameters
    ----------
    error, curvature
        y - p and p(1-p) of each Autostep lane.

    Notes
    -----
    Weights and lanes are walked as one flat row, and each loop stores to one array: that is what the compiler
    needs to vectorise the exponentials.
    """
    lanes = state.meta_rate.shape[0]
    if lanes == 0:
        return
    rate, trace, scale = state.rate.ravel(), state.trace.ravel(), state.scale.ravel()
    gradient, bend, meta_rate = np.empty(rate.shape[0]), np.empty(rate.shape[0]), np.empty(rate.shape[0])
    for row in range(inputs.shape[0]):
        x, start = inputs[row], row * lanes
        for lane in range(lanes):
            gradient[start + lane] = error[lane] * x
            bend[start + lane] = curvature[lane] * x * x
            meta_rate[start + lane] = state.meta_rate[lane]
    for i in range(rate.shape[0]):
        size = abs(gradient[i] * trace[i])
        scale[i] = max(size, scale[i] + rate[i] * bend[i] / _TIME_CONSTANT * (size - scale[i]))
    for i in range(rate.shape[0]):
        known = scale[i] if scale[i] > 0.0 else 1.0
        rate[i] *= exp(meta_rate[i] * gradient[i] * trace[i] / known)
    shrink = np.zeros(lanes)
    for row in range(inputs.shape[0]):
        for lane in range(lanes):
            shrink[lane] += rate[row * lanes + lane] * bend[row * lanes + lane]
    for lane in range(lanes):
        shrink[lane] = 1.0 / max(1.0, shrink[lane])
    for row in range(inputs.shape[0]):
        for lane in range(lanes):
            rate[row * lanes + lane] *= shrink[lane]
    for i in range(rate.shape[0]):
        trace[i] = trace[i] * max(0.0, 1.0 - rate[i] * bend[i]) + rate[i] * gradient[i]
    for row in range(inputs.shape[0]):
        moved = weights[row, first:]
        for lane in range(lanes):
            moved[lane] += rate[row * lanes + lane] * gradient[row * lanes + lane]
