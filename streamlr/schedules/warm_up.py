"""Warm-up: before another schedule begins, the rate climbs in a line to where it begins.

For i = 0 … N - 1, i the samples learned before this one and N the table's ``warm_up``,

    rate_i = first · (i + 1) / (N + 1), first the rate the schedule begins with;

from sample N on the schedule's own clock runs, as if its stream began there.

This module is a template, as :func:`streamlr.kernel.process` is: as it stands here it goes before
``constant``; :func:`before` makes the one that goes before another schedule.

References
----------
torch's ``LinearLR`` with start_factor = 1 / (N + 1), end_factor = 1 and total_iters = N, and the
schedule behind it as in ``SequentialLR``.
"""

import importlib.util
import sys
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from streamlr.compiling import hot
from streamlr.components import ComponentConfig, Inputs, Shape
from streamlr.schedules import constant as schedule

REASONS = ("unchanged", "warmed up", *schedule.REASONS[1:])
_WARMED_UP = 1


class State(NamedTuple):
    """The rates as they are used, how far the climb is, and the schedule's own state.

    Attributes
    ----------
    rates : float64 [lanes]
        Current learning rates.
    change : float64 [3]
        Old rate, new rate, evidence of the latest change told; samples learned at the end of the
        climb.
    climb : int64 [2]
        Samples learned in it, samples in all.
    schedule
        As it stands at its beginning, or where it has come since.
    """

    rates: np.ndarray
    change: np.ndarray
    climb: np.ndarray
    schedule: Any


def before(other: ModuleType, config: ComponentConfig) -> ModuleType:
    """What is run for a schedule: itself, or a warm-up with it in the place of ``constant``."""
    if getattr(config, "warm_up", 0) == 0:
        return other
    name = f"{__name__}_before_{other.__name__.replace('.', '_')}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, __file__)
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a .py path always has both
        module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.schedule = module.__wrapped__ = other
        module.REASONS = (*REASONS[:2], *other.REASONS[1:])
        module.SCRATCH = tuple(f"schedule.{part}" for part in getattr(other, "SCRATCH", ()))
        sys.modules[name] = module
    return sys.modules[name]


def init(config: ComponentConfig, shape: Shape) -> State:
    """The first step of the climb."""
    own = schedule.init(config, shape)  # type: ignore[arg-type] # of the schedule in its place
    samples: int = config.warm_up  # type: ignore[attr-defined] # only such tables come here
    return State(
        rates=own.rates / (samples + 1),
        change=np.zeros(3),
        climb=np.array([0, samples]),
        schedule=own,
    )


@hot
def read_out(state: State, prediction: np.ndarray, answer: np.ndarray) -> int:
    """The schedule's."""
    return schedule.read_out(state.schedule, prediction, answer)


@hot
def update(
    state: State,
    prediction: np.ndarray,
    target: float,
    loss: float,
    signal: int,
    severity: float,
    inputs: Inputs,
) -> int:
    """Climb; once at the top, follow the schedule."""
    done, samples = state.climb
    if done < samples:
        state.climb[0] += 1
        for lane in range(state.rates.shape[0]):
            state.rates[lane] = state.schedule.rates[lane] * ((done + 1) / (samples + 1))
        return 0
    old = rate(state)
    reason = schedule.update(state.schedule, prediction, target, loss, signal, severity, inputs)
    for lane in range(state.rates.shape[0]):
        state.rates[lane] = state.schedule.rates[lane]
    if done == samples:
        state.climb[0] += 1
        state.change[0] = old
        state.change[1] = rate(state)
        state.change[2] = samples
        return _WARMED_UP
    if reason == 0:
        return 0
    for place in range(3):
        state.change[place] = state.schedule.change[place]
    return reason + 1


@hot
def move(
    state: State, weights: np.ndarray, inputs: Inputs, prediction: np.ndarray, target: float
) -> None:
    """The schedule's."""
    schedule.move(state.schedule, weights, inputs, prediction, target)


@hot
def rate(state: State) -> float:
    """The first lane's rate."""
    return state.rates[0]  # type: ignore[no-any-return]
