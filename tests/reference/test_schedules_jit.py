"""Schedules with one rate give the same bits compiled and as plain Python."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamlr import registry, state_tree
from streamlr.components import DRIFT, NO_SIGNAL, Shape
from tests.contract.engines import dense

SHAPE = Shape(features=1, classes=2, lanes=1)
LOSSES = np.random.default_rng(3).random(3000).tolist()
CASES: dict[str, dict[str, Any]] = {
    "autostep": {},
    "bold_driver": {"window": 20},
    "cogra": {},
    "coin_betting": {},
    "constant": {},
    "cosine": {"period": 1300},
    "cosine_restarts": {"period": 300, "growth": 2},
    "drift_boost": {},
    "exponential": {"half_life": 123.4},
    "hypergradient": {"rule": "multiplicative", "meta_rate": 0.1},
    "inverse_scaling": {"power": 0.37},
    "loss_ratio": {"window": 20, "power": 1.3},
    "multi_step": {"milestones": (3, 700, 2000)},
    "one_cycle": {"samples": 2000},
    "piecewise": {"points": ((0, 0.3), (700, 0.1), (2000, 0.2)), "between": "linear"},
    "polynomial": {"samples": 2500, "power": 1.7},
    "reduce_on_plateau": {"patience": 100, "half_life": 50.0},
    "step": {"every": 200, "factor": 0.7},
    "vsgd": {"per": "weight"},
}


def told(type_: str) -> list[object]:
    """Return every rate and reason, and a digest of the state: comparable across processes."""
    module = registry.load("schedules", type_)
    state = module.init(module.Config(**CASES[type_]), SHAPE)
    heard = []
    weights = np.zeros((SHAPE.rows, 1))
    for index, loss in enumerate(LOSSES):
        signal = DRIFT if index % 700 == 699 else NO_SIGNAL
        prediction, target, inputs = np.array([loss]), float(index % 3 == 0), dense([loss - 0.5, 1])
        reason = module.update(state, prediction, target, loss, signal, 0.15, inputs)
        module.move(state, weights, inputs, prediction, target)
        heard.append([int(reason), float(module.rate(state)).hex(), weights.tobytes().hex()])
    return [heard, state_tree.digest(state)]


@pytest.fixture(scope="module")
def interpreted() -> dict[str, list[object]]:
    """Every schedule's answers without the compiler, from one process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.reference.test_schedules_jit"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    answers: dict[str, list[object]] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("type_", CASES)
def test_compiled_and_not_are_the_same_bits(
    interpreted: dict[str, list[object]], type_: str
) -> None:
    assert told(type_) == interpreted[type_]


if __name__ == "__main__":
    assert os.environ["NUMBA_DISABLE_JIT"] == "1"
    json.dump({type_: told(type_) for type_ in CASES}, sys.stdout)
