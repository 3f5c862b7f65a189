"""Detectors give the same bits compiled and as plain Python."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from streamlr import registry, state_tree
from streamlr.components import Shape
from tests.contract.engines import DETECTORS

NAMES = DETECTORS
RATES = np.repeat([0.1, 0.5, 0.02, 0.9], 800)
VALUES = np.where(np.random.default_rng(3).random(len(RATES)) < RATES, 1.0, 0.0).tolist()


def told(name: str) -> list[object]:
    """Return every signal and severity, and a digest of the state: comparable across processes."""
    module = registry.load("detectors", name)
    state = module.init(module.Config(), Shape(features=1, classes=2, lanes=1))
    heard = [(module.update(state, value), float(state.severity[0]).hex()) for value in VALUES]
    return [[int(signal) for signal, _ in heard], [severity for _, severity in heard],
            state_tree.digest(state)]  # fmt: skip


@pytest.fixture(scope="module")
def interpreted() -> dict[str, list[object]]:
    """Every detector's answers without the compiler, from one process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.reference.test_detectors_jit"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    answers: dict[str, list[object]] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("name", NAMES)
def test_compiled_and_not_are_the_same_bits(
    interpreted: dict[str, list[object]], name: str
) -> None:
    assert told(name) == interpreted[name]


if __name__ == "__main__":
    assert os.environ["NUMBA_DISABLE_JIT"] == "1"
    json.dump({name: told(name) for name in NAMES}, sys.stdout)
