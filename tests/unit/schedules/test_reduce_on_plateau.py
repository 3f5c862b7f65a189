"""Reduce on plateau: what is told, and when nothing is."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import reduce_on_plateau as subject
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


SETTINGS = {"rate": 0.4, "factor": 0.5, "patience": 10, "half_life": 1.0, "min_rate": 0.01}


def test_a_drop_is_told_with_the_loss() -> None:
    """The first sample is the best, and ten more are borne."""
    assert told([0.5] * 23, **SETTINGS) == [
        Told(12, "loss on a plateau", 0.4, 0.2, 0.5),
        Told(23, "loss on a plateau", 0.2, 0.1, 0.5),
    ]


def test_as_long_as_the_loss_falls_nothing_drops() -> None:
    falling = [0.999**sample for sample in range(2000)]
    assert told(falling, **SETTINGS) == []
    assert told(falling, **SETTINGS, threshold=0.1) != []  # not by enough


def test_a_better_loss_starts_the_count_anew() -> None:
    changes = told([0.7] * 10 + [0.1] + [0.7] * 30, **SETTINGS)
    assert changes[0].sample > 21


def test_cooldown_puts_drops_off() -> None:
    samples = [change.sample for change in told([0.7] * 100, **SETTINGS, cooldown=20)]
    assert samples == [12, 43, 74]


def test_the_first_half_life_is_not_compared() -> None:
    """Else the first samples, good by chance, would be the best for ever."""
    lucky = [0.0] * 5 + [0.7 * 0.999**sample for sample in range(2000)]
    assert told(lucky, **{**SETTINGS, "patience": 50, "half_life": 1.0}) != []
    assert told(lucky, **{**SETTINGS, "patience": 50, "half_life": 100.0}) == []


def test_the_lowest_rate_ends_it() -> None:
    changes = told([0.7] * 200, **{**SETTINGS, "min_rate": 0.15})
    assert [change.new for change in changes] == [0.2, 0.15]


def test_a_drop_too_small_is_not_made() -> None:
    assert told([0.7] * 200, **{**SETTINGS, "rate": 1e-8, "min_rate": 1e-9}) == []
