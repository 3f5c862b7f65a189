"""Steps: each is told while the rate drops."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import step as subject
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


QUIET = [0.7] * 1000


def test_each_step_is_told() -> None:
    assert told(QUIET, rate=0.4, factor=0.5, every=300, min_rate=0.01) == [
        Told(301, "step", 0.4, 0.2, 300.0),
        Told(601, "step", 0.2, 0.1, 600.0),
        Told(901, "step", 0.1, 0.05, 900.0),
    ]


def test_at_the_lowest_rate_no_step_is_told() -> None:
    changes = told(QUIET, rate=0.4, factor=0.5, every=100, min_rate=0.15)
    assert [change.new for change in changes] == [0.2, 0.15]


def test_by_default_it_steps_every_ten_thousand() -> None:
    assert [change.sample for change in told([0.7] * 20_001)] == [10_001, 20_001]
