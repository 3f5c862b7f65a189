"""Steps at milestones: what is told, and which tables are taken."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest
from pydantic import ValidationError

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import multi_step as subject
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


def test_each_milestone_is_told() -> None:
    changes = told(QUIET, rate=0.4, factor=0.5, milestones=(1, 2, 999, 5000), min_rate=0.01)
    assert changes == [
        Told(2, "milestone", 0.4, 0.2, 1.0),
        Told(3, "milestone", 0.2, 0.1, 2.0),
        Told(1000, "milestone", 0.1, 0.05, 999.0),
    ]


def test_at_the_lowest_rate_no_milestone_is_told() -> None:
    changes = told(QUIET, rate=0.4, factor=0.5, milestones=(100, 200, 300), min_rate=0.15)
    assert [change.new for change in changes] == [0.2, 0.15]


@pytest.mark.parametrize("milestones", [(5, 5), (1, 9, 3)])
def test_milestones_out_of_order_are_refused(milestones: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match="each has to be above the one before"):
        subject.Config.model_validate({"milestones": milestones})


@pytest.mark.parametrize("milestones", [(), (0, 1)])
def test_there_is_a_milestone_after_the_first_sample(milestones: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match=r"at least 1 item|greater than or equal to 1"):
        subject.Config.model_validate({"milestones": milestones})
