"""Drift-boost: the rate is raised on a drift alarm and decays back.

On an alarm whose error rose: rate ← min(rate · boost(severity), cap), boost(severity) growing from
``mild_boost`` for a change hardly seen to ``boost`` for one of ``full_severity`` or more; then the
excess over the base rate halves every ``half_life`` samples. Alarms within ``cooldown`` samples of
the last one answered are not answered. A warning is answered by the square root of the boost. An
alarm whose error fell (the detector noticed the model getting better) changes nothing.
"""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr.compiling import cold, hot
from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Inputs, Shape
from streamlr.schedules import constant

FAMILY = "adaptive"
REASONS = ("unchanged", "drift alarm", "drift warning", "settled")
_BY_DRIFT, _BY_WARNING, _SETTLED = 1, 2, 3
_SETTLED_WITHIN = 1.01  # of the base rate

Positive = Annotated[float, Field(gt=0, le=1e6)]
Factor = Annotated[float, Field(ge=1, le=1e6)]


class Config(constant.OneRate):
    """Raise the rate by the severity of a drift alarm, then decay back."""

    type: Literal["drift_boost"] = "drift_boost"
    rate: Positive = Field(default=0.05, description="base learning rate")
    boost: Factor = Field(default=16.0, description="factor for an alarm of full severity")
    mild_boost: Factor = Field(default=2.0, description="factor for an alarm of no severity")
    full_severity: Positive = Field(default=0.2, description="rise of the error that earns it all")
    cap: Positive = Field(default=8.0, description="highest learning rate")
    half_life: Positive = Field(
        default=500.0, description="of the excess over the base, in samples"
    )
    cooldown: Annotated[int, Field(ge=0, le=10**15)] = Field(
        default=200, description="samples between two boosts"
    )


class State(NamedTuple):
    """The rate and the way back.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Old rate, new rate, severity of the latest change told.
    settings : float64 [6]
        base rate, boost, mild_boost, full_severity, cap, decay of the excess per sample.
    since : int64 [2]
        Samples since the latest boost, and the cooldown.
    boosted : int64 [1]
        Whether the rate is on its way back.
    """

    rates: np.ndarray
    change: np.ndarray
    settings: np.ndarray
    since: np.ndarray
    boosted: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The base rate, ready to answer the first alarm."""
    decay = 0.5 ** (1.0 / config.half_life)
    settings = (config.rate, config.boost, config.mild_boost, config.full_severity, config.cap)
    return State(
        rates=np.array([config.rate]),
        change=np.zeros(3),
        settings=np.array([*settings, decay]),
        since=np.array([config.cooldown, config.cooldown]),
        boosted=np.zeros(1, np.int64),
    )


lanes = constant.lanes
read_out = constant.read_out
move = constant.move
rate = constant.rate


@hot
def update(
    state: State,
    prediction: np.ndarray,  # noqa: ARG001
    target: float,  # noqa: ARG001
    loss: float,  # noqa: ARG001
    signal: int,
    severity: float,
    inputs: Inputs,  # noqa: ARG001
) -> int:
    """Decay, then answer the detector's signal."""
    base, decay = state.settings[0], state.settings[5]
    old = state.rates[0]
    state.rates[0] = base + (old - base) * decay
    state.since[0] += 1
    if signal != NO_SIGNAL and severity > 0.0 and state.since[0] > state.since[1]:
        return _boost(state, signal, severity)
    if state.boosted[0] and state.rates[0] <= base * _SETTLED_WITHIN:
        state.boosted[0] = 0
        state.change[0] = old
        state.change[1] = state.rates[0]
        state.change[2] = 0.0
        return _SETTLED
    return 0


@cold
def _boost(state: State, signal: int, severity: float) -> int:
    old = state.rates[0]
    strongest, mildest, full, cap = state.settings[1:5]
    factor = mildest + (strongest - mildest) * min(1.0, severity / full)
    if signal == WARNING:
        factor = np.sqrt(factor)
    state.rates[0] = max(old, min(old * factor, cap))
    state.since[0] = 0
    state.boosted[0] = 1
    state.change[0] = old
    state.change[1] = state.rates[0]
    state.change[2] = severity
    return _BY_DRIFT if signal == DRIFT else _BY_WARNING
