"""A scheduler that is given the kernel's losses sets the kernel's rates, bit for bit."""

from typing import Any

import numpy as np
import pytest

from streamlr import LearningRateScheduler
from tests.contract.engines import drifting, engine

ROWS = 3000
FREQUENCY = {"type": "follow_loss", "half_life": 30.0}

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "reduce_on_plateau": (
        {"type": "reduce_on_plateau", "patience": 100, "half_life": 50.0},
        {"type": "none"},
    ),
    "drift_boost": ({"type": "drift_boost"}, {"type": "adwin"}),
    "drift_boost on the loss": (
        {"type": "drift_boost", "warm_up": 40, "cooldown": 20},
        {"type": "page_hinkley", "watch": "loss", "threshold": 5.0},
    ),
    "drift_boost on a vote": (
        {"type": "drift_boost"},
        {"type": "vote", "members": [{"type": "adwin"}, {"type": "hddm_w"}]},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_rates_are_the_kernels(case: str) -> None:
    schedule, detector = CASES[case]
    kernel = engine(schedule, detector, frequency=FREQUENCY)
    subject = LearningRateScheduler(schedule, detector=detector, frequency=FREQUENCY)
    values, labels = drifting(ROWS)
    theirs, ours, journal = [], [], []
    updates = kernel.state.counters.updates
    for row in np.flatnonzero(~np.isnan(labels)):
        before = int(updates[0])
        answers = kernel.run(values[row : row + 1], labels[row : row + 1])
        journal += answers.journal
        theirs.append((kernel.learning_rate, int(updates[0]) - before))
        loss = kernel.state.evaluator.last_loss[0]
        effect = subject.step(loss, error=answers.said[0] != labels[row])
        ours.append((effect.rate, effect.updates))
    assert ours == theirs
    assert list(subject.decisions) == journal
    assert len({rate for rate, _ in ours}) > 2
    assert {count for _, count in ours} >= {0, 1}
    assert subject.steps == kernel.state.counters.learned[0]
