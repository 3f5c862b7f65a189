"""Cosine decay: the end is told; the wave is exact."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest

from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import cosine as subject
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
    [change] = told([0.7] * 50, rate=0.5, period=2, min_rate=0.1)
    assert (change.sample, change.reason, change.evidence) == (3, "end reached", 2.0)
    assert change.old == pytest.approx(0.3)
    assert change.new == 0.1


def test_the_wave_is_the_cosine() -> None:
    places = np.linspace(0.0, 1.0, 10_001)
    wave = [subject.half_wave(float(place)) for place in places]
    np.testing.assert_allclose(wave, (1 + np.cos(np.pi * places)) / 2, atol=1e-15, rtol=0)
    assert (wave[0], wave[-1]) == (1.0, 0.0)
    assert np.all(np.diff(wave) <= 0)
