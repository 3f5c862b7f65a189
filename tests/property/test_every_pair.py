"""Every schedule with every detector, as plain Python: to compile them all would take an hour."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamlr import state_tree
from streamlr.checkpoint import format as file_format
from streamlr.checkpoint.format import Header
from tests.contract.engines import ALL_PAIRS, Events, drifting, engine, run

START, AT, STOP = 190, 311, 400
"""Labels turn over at 300, which the detectors notice before the checkpoint or after it."""

HEADER = Header("p", {}, (), (), "y", (), {}, {})
SETTINGS: dict[str, dict[str, Any]] = {
    "race": {"rates": 3, "autostep": [[0.1, 0.05]]},
    "drift_boost": {"warm_up": 70},
    "step": {"warm_up": 110},
}
"""Fewer lanes, less time; a warm-up that ends before the checkpoint or after the first cut."""


def piece(start: int, stop: int) -> Events:
    values, labels = drifting(STOP)
    return Events(values[start:stop], labels[start:stop])


def faults(schedule: str, detector: str) -> list[str]:
    """Return what is wrong with a pair."""
    table = {"type": schedule, **SETTINGS.get(schedule, {})}
    whole, cut, resumed = (engine(table, detector) for _ in range(3))
    expected = run(whole, piece(START, STOP))

    said = run(cut, piece(START, AT), cuts=[0, 1, 2, 64, 109])
    _, arrays = file_format.decode(file_format.encode(HEADER, state_tree.flatten(cut.state)))
    state_tree.fill(resumed.state, arrays)
    said_then = run(resumed, piece(AT, STOP))

    found = []
    if state_tree.digest(resumed.state) != state_tree.digest(whole.state):
        found.append("it ends in another state")
    if said.answers + said_then.answers != expected.answers:
        found.append("it says something else")
    if said.journal + said_then.journal != expected.journal:
        found.append("it tells something else")
    if not all(np.isfinite(leaf).all() for _, leaf in state_tree.leaves(whole.state)):
        found.append("its state is not finite")
    return found


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.property.test_every_pair"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    answers: dict[str, list[str]] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize(("schedule", "detector"), ALL_PAIRS)
def test_a_pair_keeps_the_law(told: dict[str, list[str]], schedule: str, detector: str) -> None:
    """Neither a cut nor a restart from a checkpoint leaves a trace."""
    assert told[f"{schedule} {detector}"] == []


if __name__ == "__main__":
    json.dump({f"{s} {d}": faults(s, d) for s, d in ALL_PAIRS}, sys.stdout)
