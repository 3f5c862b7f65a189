"""Piecewise: each point is told; points begin at 0 and ascend."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest
from pydantic import ValidationError

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import piecewise as subject
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


POINTS = ((0, 0.4), (10, 0.1), (30, 0.1), (40, 0.3))


@pytest.mark.parametrize("between", ["constant", "linear"])
def test_each_point_at_which_the_rate_changes_is_told(between: str) -> None:
    assert told([0.7] * 100, points=POINTS, between=between) == [
        Told(11, "point reached", 0.4, 0.1, 10.0),
        Told(41, "point reached", 0.1, 0.3, 40.0),
    ]


@pytest.mark.parametrize("points", [((0, 0.1), (5, 0.2), (5, 0.3)), ((0, 0.1), (9, 0.2), (3, 1.0))])
def test_points_out_of_order_are_refused(points: tuple[tuple[int, float], ...]) -> None:
    with pytest.raises(ValidationError, match="each has to be above the one before"):
        subject.Config.model_validate({"points": points})


def test_the_first_point_is_the_first_sample() -> None:
    with pytest.raises(ValidationError, match="the first point has to be at sample 0"):
        subject.Config.model_validate({"points": ((1, 0.1), (5, 0.2))})


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        subject.Config.model_validate({"points": ((0, 0.0),)})
