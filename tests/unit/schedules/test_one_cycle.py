"""One cycle: the peak and the end are told; which tables are taken."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest
from pydantic import ValidationError

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import one_cycle as subject
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


CYCLE = {"rate": 0.02, "peak": 0.5, "samples": 100, "rise": 0.3, "min_rate": 0.001}


@pytest.mark.parametrize("shape", ["cosine", "linear"])
def test_the_peak_and_the_end_are_told_once(shape: str) -> None:
    assert told([0.7] * 500, **CYCLE, shape=shape) == [
        Told(30, "peak reached", 0.02, 0.5, 29.0),
        Told(100, "end reached", 0.5, 0.001, 99.0),
    ]


def test_a_peak_between_two_samples_is_told_at_the_one_before() -> None:
    changes = told([0.7] * 500, **(CYCLE | {"rise": 0.255}))
    assert [change.sample for change in changes] == [25, 100]


def test_a_peak_below_the_rate_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"it may not be below rate, 0\.7"):
        subject.Config.model_validate({"rate": 0.7})


def test_a_cycle_without_a_rise_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"rise = 0\.1 of samples = 10 leaves no sample"):
        subject.Config.model_validate({"samples": 10, "rise": 0.1})
