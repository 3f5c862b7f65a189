"""The same bits compiled and as plain Python: of numbers at the edges, and on hostile streams."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core.errors import NumbaError

from streamlr import arithmetic, state_tree
from streamlr.compiling import cold, hot
from streamlr.components import NO_CLASS
from streamlr.kernel import BOTH, LEARN, PREDICT
from tests.contract.engines import FEATURES, as_met, engine, give_slots
from tests.reference.plain import Floats

PAIRS = [("race", "adwin"), ("drift_boost", "adwin"), ("constant", "none")]
UNLABELLED = ["binary", "multiclass"]
EVENTS = 330
SLOTS = 3
EDGES = [0.0, -0.0, 5e-324, -1e-300, 1e-17, 0.5, 1.0, -36.0, 699.9, -700.0, 701.0, 1e308, -1e308]
UNLIMITED = [*EDGES, np.inf, -np.inf, np.nan]


def bits(value: float) -> str:
    return "nan" if np.isnan(value) else float(value).hex()


def numbers() -> dict[str, list[str]]:
    random = np.random.default_rng(0)
    ordinary = (random.standard_normal(200) * 10.0 ** random.integers(-6, 3, 200)).tolist()
    positive = np.exp(random.uniform(-700, 700, 300)).tolist()
    vectors = random.standard_normal((2, 21))
    return {
        "exp": [bits(arithmetic.exp(x)) for x in UNLIMITED + ordinary],
        "sigmoid": [bits(arithmetic.sigmoid(x)) for x in UNLIMITED + ordinary],
        "log": [bits(arithmetic.log(x)) for x in [2.2250738585072014e-308, 1e308, 1.0, *positive]],
        "dot": [bits(arithmetic.dot(*vectors[:, :length])) for length in range(21)],
    }


def hostile_values() -> Floats:
    """A gradient of damage: missing, constant, huge, tiny, and an ordinary column."""
    random = np.random.default_rng(1)
    values = random.standard_normal((EVENTS, FEATURES))
    values[:, 1] = random.choice([1e308, -1e308, np.nan, np.inf, -np.inf, 0.0], EVENTS)
    values[:, 2] = 0.1
    values[:, 3] *= 1e-300
    values[random.random(values.shape) < 0.05] = np.nan
    return values


def told(schedule: str, detector: str) -> list[Any]:
    """What an engine says of a stream whose labels come late, out of order, or with the values."""
    subject = engine(schedule, detector)
    give_slots(subject, SLOTS)
    values = hostile_values()
    kinds = np.resize([BOTH, PREDICT, PREDICT, BOTH, LEARN, PREDICT, LEARN, LEARN], EVENTS)
    slots = np.resize([-1, 0, 1, -1, 1, 2, 0, 2], EVENTS)
    labels = (values[:, 0] > 0).astype(np.int64) ^ (np.arange(EVENTS) // 60 % 2)
    labels[kinds == PREDICT] = NO_CLASS
    with np.errstate(all="ignore"):  # as plain Python, NumPy would warn of what is meant
        answers = subject.run_events(kinds, values, labels, slots)
    journal = [repr(entry) for entry in answers.journal]
    said, chances = answers.said.tobytes().hex(), answers.answers.tobytes().hex()
    return [said, chances, journal, state_tree.digest(subject.state)]


def told_of_unlabelled(task: str) -> list[Any]:
    """The same where most labels never come, and are guessed."""
    subject = engine("race", "adwin", task, model="pseudo")
    values = hostile_values()
    labels = (values[:, 0] > 0).astype(np.float64)
    labels[np.arange(EVENTS) % 4 > 0] = np.nan
    with np.errstate(all="ignore"):
        answers = subject.run(values, as_met(labels))
    assert subject.guesses > EVENTS // 4
    return [answers.answers.tobytes().hex(), state_tree.digest(subject.state)]


def everything() -> dict[str, Any]:
    of_unlabelled = {task: told_of_unlabelled(task) for task in UNLABELLED}
    return numbers() | of_unlabelled | {f"{s} {d}": told(s, d) for s, d in PAIRS}


@pytest.fixture(scope="module")
def interpreted() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.reference.test_bits"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("function", ["exp", "sigmoid", "log", "dot"])
def test_numbers(interpreted: dict[str, Any], function: str) -> None:
    assert numbers()[function] == interpreted[function]


@pytest.mark.parametrize(("schedule", "detector"), PAIRS)
def test_hostile_streams(interpreted: dict[str, Any], schedule: str, detector: str) -> None:
    assert told(schedule, detector) == interpreted[f"{schedule} {detector}"]


@pytest.mark.parametrize("task", UNLABELLED)
def test_unlabelled_records(interpreted: dict[str, Any], task: str) -> None:
    assert told_of_unlabelled(task) == interpreted[task]


# --- what lets the compiler be fast -----------------------------------------------------------


def makes_an_array(values: Floats) -> float:
    return float(np.empty(2)[0] + values[0])


def copies_by_slice(values: Floats) -> float:
    values[:1] = values[1:]
    return float(values[0])


@pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="there is no compiler to refuse"
)
@pytest.mark.parametrize("decorate", [hot, cold])
@pytest.mark.parametrize("function", [makes_an_array, copies_by_slice])
def test_a_component_cannot_allocate(
    decorate: Callable[..., Any], function: Callable[..., Any]
) -> None:
    """Else it would count references to every array of its state, at every call."""
    with pytest.raises(NumbaError):
        decorate(function)(np.ones(2))


if __name__ == "__main__":
    assert os.environ["NUMBA_DISABLE_JIT"] == "1"
    json.dump(everything(), sys.stdout)
