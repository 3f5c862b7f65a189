"""The same bits with the compiler and without it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streamlr import state_tree
from tests.contract.engines import PAIRS, drifting, engine, run

ROWS = 350  # plain Python takes milliseconds a row


CUTS = [100]


def told(schedule: str, detector: str) -> list[object]:
    """Return what an engine says and what becomes of its state, comparable across processes."""
    subject = engine(schedule, detector)
    said = run(subject, drifting(ROWS), CUTS)
    journal = [repr(entry) for entry in said.journal]  # to the last digit
    rate = subject.learning_rate.hex()
    return [said.label, said.probability.hex(), journal, rate, state_tree.digest(subject.state)]


@pytest.fixture(scope="module")
def interpreted() -> dict[str, list[object]]:
    """Every pair's answers without the compiler, from one process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.property.test_jit"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    answers: dict[str, list[object]] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize(("schedule", "detector"), PAIRS)
def test_compiled_and_not_are_the_same_bits(
    interpreted: dict[str, list[object]], schedule: str, detector: str
) -> None:
    assert told(schedule, detector) == interpreted[f"{schedule} {detector}"]


if __name__ == "__main__":
    assert os.environ["NUMBA_DISABLE_JIT"] == "1"
    json.dump({f"{s} {d}": told(s, d) for s, d in PAIRS}, sys.stdout)
