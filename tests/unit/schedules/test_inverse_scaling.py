"""Inverse scaling: how far it falls, and that it keeps still about it."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import inverse_scaling as subject
from tests.contract.engines import NO_INPUTS

SHAPE = Shape(features=1, classes=2, lanes=1)


class Told(NamedTuple):
    """A change that was told: sample, reason, and what the journal shows of it."""

    sample: int
    reason: str
    old: float
    new: float
    evidence: float


def told(losses: Iterable[float], **settings: object) -> list[Told]:
    state = subject.init(subject.Config.model_validate(settings), SHAPE)
    changes = []
    for sample, loss in enumerate(losses, start=1):
        reason = subject.update(state, np.array([0.5]), 1.0, loss, NO_SIGNAL, 0.0, NO_INPUTS)
        if reason != 0:
            changes.append(Told(sample, subject.REASONS[reason], *state.change.tolist()))
    return changes


def test_it_falls_by_the_power_of_the_count() -> None:
    state = subject.init(subject.Config.model_validate({"rate": 0.8, "power": 0.5}), SHAPE)
    for _ in range(16):
        subject.update(state, np.array([0.5]), 1.0, 0.7, NO_SIGNAL, 0.0, NO_INPUTS)
    assert state.rates[0] == pytest.approx(0.2, rel=1e-13)


def test_it_stops_at_the_lowest_rate() -> None:
    settings = {"rate": 0.8, "power": 1.0, "min_rate": 0.1}
    state = subject.init(subject.Config.model_validate(settings), SHAPE)
    for _ in range(20):
        subject.update(state, np.array([0.5]), 1.0, 0.7, NO_SIGNAL, 0.0, NO_INPUTS)
    assert state.rates[0] == 0.1


def test_it_tells_nothing() -> None:
    assert told([0.7] * 500, rate=0.8, min_rate=0.1) == []
