"""Skips and replays, in the kernel, against plain NumPy written from the docstring's rule."""

import numpy as np
import pytest

import simulators
from streamlr import config
from streamlr.engine import Engine
from tests.reference.plain import Floats, Lanes, Scaling

ROWS = 3_000
# sums of eighths are exact, so that both sides agree on what is whole
CALM, DRIFTING, HALF_LIFE, BUDGET, RATE = 0.25, 3.5, 60.0, 0.875, 0.1
CHANGES = (1_000, 2_000)


class Stream:
    """Values and labels, and what the engine made of each."""

    def __init__(self) -> None:
        stream = simulators.make("abrupt", seed=3, features=6, drift_every=1_000, noise=0.05)
        self.values, labels = stream.rows(0, ROWS)
        self.labels = labels.astype(np.float64)
        self.engine = Engine(
            config.build(
                {
                    "source": {"type": "simulator"},
                    "stream": {"label": "y"},
                    "schedule": {"type": "constant", "rate": RATE},
                    "frequency": {
                        "type": "follow_loss",
                        "calm": CALM,
                        "drifting": DRIFTING,
                        "half_life": HALF_LIFE,
                        "budget": BUDGET,
                    },
                }
            ),
            features=6,
        )
        answers = self.engine.run(self.values, self.labels)
        self.chances = answers.answers[:, 0]
        self.alarms = {entry.sample - 1 for entry in answers.journal if entry.event == "drift"}


def plain(stream: Stream) -> tuple[Floats, list[int]]:
    """P(class 1) of each sample, and the updates made at each."""
    scaled = Scaling(stream.values)
    rows = [scaled(at) for at in range(ROWS)]
    lanes = Lanes(7, np.array([RATE]), np.empty((0, 2)))
    chances, made, losses = [], [], []
    owed = purse = excess = 0.0
    quiet = 0
    for at, x in enumerate(rows):
        chance = lanes.predict(x)[0]
        chances.append(chance)
        losses.append(min(-np.log(max(stream_chance(stream, at), 1e-6)), 8.0))
        quiet = 0 if at in stream.alarms else quiet + 1
        excess = DRIFTING - 1 if at in stream.alarms else excess * 0.5 ** (1 / HALF_LIFE)
        calm = mean(losses, HALF_LIFE) < mean(losses, 20 * HALF_LIFE) and quiet > HALF_LIFE
        wanted = owed + (CALM if calm else 1 + excess)
        owed = wanted % 1
        purse = min(purse + BUDGET, BUDGET * 1000)
        updates = int(min(wanted // 1, purse // 1, at + 1))
        purse -= updates
        made.append(updates)
        for back in range(updates):
            lanes.learn(rows[at - back], stream.labels[at - back])
    return np.array(chances), made


def stream_chance(stream: Stream, at: int) -> float:
    """What the engine gave to the label: nothing to a class that was not met."""
    if stream.labels[at] not in stream.labels[:at]:
        return 0.0
    said = stream.chances[at]
    return float(said if stream.labels[at] == 1 else 1 - said)


def mean(losses: list[float], half_life: float) -> float:
    ages = np.arange(len(losses))[::-1]
    return float(np.average(losses, weights=0.5 ** (ages / half_life)))


@pytest.fixture(scope="module")
def stream() -> Stream:
    return Stream()


def test_the_kernel_skips_and_replays_as_the_rule_says(stream: Stream) -> None:
    chances, made = plain(stream)
    counters = stream.engine.state.counters
    assert len(stream.alarms) >= len(CHANGES)
    assert counters.updates[0] == sum(made)
    assert counters.passed_over[0] == made.count(0) > 300
    assert counters.replayed[0] == sum(max(0, count - 1) for count in made) > 100
    np.testing.assert_allclose(stream.chances[2:], chances[2:], rtol=1e-7, atol=1e-9)
