"""The same bits with the compiler and without it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streamlr import state_tree
from tests.contract.engines import CASES, Case, engine, run, stream_of

ROWS = 350  # plain Python takes milliseconds a row


CUTS = [100]


def told(case: Case) -> list[object]:
    """Return what an engine says and what becomes of its state, comparable across processes."""
    subject = engine(**case._asdict())
    said = run(subject, stream_of(case, ROWS), CUTS)
    journal = [repr(entry) for entry in said.journal]  # to the last digit
    rate = subject.learning_rate.hex()
    return [
        [label.hex() for label in said.label],
        said.answers.hex(),
        journal,
        rate,
        state_tree.digest(subject.state),
    ]


@pytest.fixture(scope="module")
def interpreted() -> dict[str, list[object]]:
    """Every case's answers without the compiler, from one process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.property.test_jit"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    answers: dict[str, list[object]] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("case", CASES, ids=str)
def test_compiled_and_not_are_the_same_bits(
    interpreted: dict[str, list[object]], case: Case
) -> None:
    assert told(case) == interpreted[str(case)]


if __name__ == "__main__":
    assert os.environ["NUMBA_DISABLE_JIT"] == "1"
    json.dump({str(case): told(case) for case in CASES}, sys.stdout)
