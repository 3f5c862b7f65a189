"""Exponential decay: its end is told."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import exponential as subject
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


def test_its_end_is_told_once() -> None:
    """0.4, 0.2, 0.1, then half of that would be too low."""
    [change] = told([0.7] * 50, rate=0.4, half_life=1.0, min_rate=0.06)
    assert change == Told(4, "end reached", 0.1, 0.06, 3.0)


def test_it_halves_in_a_half_life() -> None:
    state = subject.init(subject.Config.model_validate({"rate": 0.4, "half_life": 250.0}), SHAPE)
    for _ in range(251):
        subject.update(state, np.array([0.5]), 1.0, 0.7, NO_SIGNAL, 0.0, NO_INPUTS)
    assert state.rates[0] == pytest.approx(0.2, rel=1e-12)
