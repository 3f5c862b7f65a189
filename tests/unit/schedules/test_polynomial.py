"""Polynomial decay: its end is told."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import polynomial as subject
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
    """Straight from 0.5 down to 0.1 in four steps, after two samples."""
    [change] = told([0.7] * 50, rate=0.5, samples=4, begin=2, min_rate=0.1)
    assert (change.sample, change.reason, change.evidence) == (7, "end reached", 6.0)
    assert change.old == pytest.approx(0.2)
    assert change.new == 0.1


def test_a_whole_run_ends_at_the_lowest_rate_exactly() -> None:
    settings = {"rate": 0.3, "power": 0.7, "samples": 997, "min_rate": 0.01}
    state = subject.init(subject.Config.model_validate(settings), SHAPE)
    rates = []
    for _ in range(998):
        subject.update(state, np.array([0.5]), 1.0, 0.7, NO_SIGNAL, 0.0, NO_INPUTS)
        rates.append(state.rates[0])
    assert (rates[0], rates[-1]) == (0.3, 0.01)
    assert rates[-2] > 0.01
