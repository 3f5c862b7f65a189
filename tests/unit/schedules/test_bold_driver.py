"""Bold driver: what it answers a loss that fell, rose a little, or rose."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest
from pydantic import ValidationError

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import bold_driver as subject
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


RULE = {"rate": 0.1, "window": 10, "growth": 1.1, "shrink": 0.5, "tolerance": 0.05}


def windows(*means: float) -> list[float]:
    return [loss for mean in means for loss in [mean - 0.1, mean + 0.1] * 5]


def rate_after(*means: float, **settings: float) -> float:
    state = subject.init(subject.Config.model_validate(RULE | settings), SHAPE)
    for loss in windows(*means):
        subject.update(state, np.array([0.5]), 1.0, loss, NO_SIGNAL, 0.0, NO_INPUTS)
    return float(state.rates[0])


@pytest.mark.parametrize(
    ("means", "factor"),
    [
        ((0.5,), 1.0),  # there is nothing to compare with
        ((0.5, 0.49), 1.1),
        ((0.5, 0.5), 1.0),
        ((0.5, 0.52), 1.0),
        ((0.5, 0.53), 0.5),
        ((0.5, 0.4, 0.6, 0.5), 1.1 * 0.5 * 1.1),
    ],
)
def test_it_answers_each_window(means: tuple[float, ...], factor: float) -> None:
    assert rate_after(*means) == pytest.approx(0.1 * factor)


def test_a_window_not_yet_full_counts_for_nothing() -> None:
    state = subject.init(subject.Config.model_validate(RULE), SHAPE)
    for loss in windows(0.5, 0.1)[:-1]:
        subject.update(state, np.array([0.5]), 1.0, loss, NO_SIGNAL, 0.0, NO_INPUTS)
    assert state.rates[0] == 0.1


def test_it_is_told_when_the_rate_has_doubled_or_halved() -> None:
    """1.1 seven times over is 1.95, and eight times 2.14."""
    falling = windows(*np.linspace(0.9, 0.2, 9).tolist())
    [change] = told(falling, **RULE)
    assert (change.sample, change.reason, change.old) == (90, "loss fell", 0.1)
    assert change.new == pytest.approx(0.1 * 1.1**8)
    assert change.evidence == pytest.approx(0.2)
    [_, change] = told([*falling, *windows(0.3)], **RULE)
    assert (change.sample, change.reason) == (100, "loss rose")


def test_a_highest_rate_below_the_first_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"it may not be below rate, 0\.1"):
        subject.Config.model_validate({"rate": 0.1, "max_rate": 0.05})
