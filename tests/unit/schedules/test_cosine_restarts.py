"""Warm restarts: each is told, with the length of the period before it."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import cosine_restarts as subject
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


def test_each_restart_is_told() -> None:
    changes = told([0.7] * 50, rate=0.5, period=4, growth=3, min_rate=0.1)
    assert [change.sample for change in changes] == [5, 17]
    assert {change.reason for change in changes} == {"restart"}
    assert [change.new for change in changes] == [0.5, 0.5]
    assert changes[1].old < changes[0].old < 0.2
    assert [change.evidence for change in changes] == [4.0, 16.0]


def test_a_period_does_not_outgrow_a_whole_number() -> None:
    settings = {"rate": 0.5, "period": 10**12, "growth": 100, "min_rate": 0.1}
    state = subject.init(subject.Config.model_validate(settings), SHAPE)
    for _ in range(12):
        state.elapsed[0] = state.period[0]
        subject.update(state, np.array([0.5]), 1.0, 0.7, NO_SIGNAL, 0.0, NO_INPUTS)
        assert state.rates[0] == pytest.approx(0.5)
    assert state.period[0] == 10**15
