"""Loss ratio: the rate goes with the loss, window by window, and jumps so far only."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest
from pydantic import ValidationError

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import loss_ratio as subject
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


RULE = {"rate": 0.1, "window": 10, "min_rate": 1e-6, "max_rate": 1000.0}


def rate_after(*means: float, **settings: float) -> float:
    state = subject.init(subject.Config.model_validate(RULE | settings), SHAPE)
    for loss in np.repeat(means, 10).tolist():
        subject.update(state, np.array([0.5]), 1.0, loss, NO_SIGNAL, 0.0, NO_INPUTS)
    return float(state.rates[0])


@pytest.mark.parametrize(
    ("means", "settings", "factor"),
    [
        ((0.5,), {}, 1.0),
        ((0.5, 0.4), {}, 0.8),
        ((0.5, 0.4, 1.5), {}, 3.0),
        ((0.5, 0.6), {"power": 2.0}, 1.44),
        ((0.5, 500.0), {}, 16.0),
        ((0.5, 500.0, 0.5), {}, 1.0),
        ((0.5, 0.0), {}, 1 / 16),
        ((0.0, 0.0), {}, 1.0),
        ((0.0, 0.3), {}, 16.0),
        ((0.5, 0.1), {"min_rate": 0.05}, 0.5),
        ((0.5, 1.5), {"max_rate": 0.2}, 2.0),
    ],
)
def test_it_answers_each_window(
    means: tuple[float, ...], settings: dict[str, float], factor: float
) -> None:
    assert rate_after(*means, **settings) == pytest.approx(0.1 * factor)


def test_it_is_told_when_the_rate_has_doubled_or_halved() -> None:
    losses = np.repeat([0.4, 0.6, 0.9, 0.7, 0.2], 10).tolist()
    first, second = told(losses, **RULE)
    assert (first.sample, first.reason, first.old) == (30, "loss rose", 0.1)
    assert first.evidence == pytest.approx(0.9)
    assert (second.sample, second.reason) == (50, "loss fell")
    assert (first.new, second.old, second.new) == pytest.approx((0.225, 0.225, 0.05))


def test_a_power_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        subject.Config.model_validate({"power": 0.0})
