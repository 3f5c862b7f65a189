"""No stream, no rate and no rule makes a schedule, or the weights it moves, anything but finite.

As plain Python: a kernel for each schedule and task would take an hour to compile.
"""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamlr import registry, state_tree
from tests.contract.engines import (
    CATEGORIES,
    FEATURES,
    Events,
    Floats,
    as_met,
    drifting,
    engine,
    run,
)

ROWS = 120
TASKS = ("binary", "multiclass", "regression")

RULES: dict[str, list[dict[str, Any]]] = {
    "hypergradient": [{}, {"rule": "multiplicative", "meta_rate": 0.9}],
    "vsgd": [{"slow_start": 3, "per": "weight"}, {"slow_start": 3, "per": "model"}],
    "cogra": [{"slow_start": 3}],
    "autostep": [{}, {"meta_rate": 1.0}],
    "coin_betting": [{}, {"caution": 1.0, "max_rate": 1e6}],
    "bold_driver": [{"window": 3, "growth": 9.0}],
    "loss_ratio": [{"window": 3, "power": 9.0}],
    "reduce_on_plateau": [{"patience": 1, "half_life": 1.0}],
    "drift_boost": [{}],
}
"""What goes by the stream; the rules that do are all tried."""

RATES = (1e-6, 1e3)


def numbers(kind: str, random: np.random.Generator) -> Floats:
    values = random.standard_normal((ROWS, FEATURES))
    if kind == "outliers":
        values[::7] = random.choice([1e30, -1e30, 1e308, np.nan], (len(values[::7]), FEATURES))
    if kind == "constant":
        values[:] = 3.0
    if kind == "duplicated":
        values[:] = values[:, :1]
    return values


def labels(kind: str, task: str, values: Floats) -> Floats:
    if kind == "one":
        return np.zeros(ROWS)
    turned = (values[:, 0] > 0) ^ (np.arange(ROWS) // 20 % 2 > 0)
    if task == "regression":
        return np.where(turned, 1e30, -3.0)
    met = turned + (2.0 * (np.arange(ROWS) % 5 == 0) if task == "multiclass" else 0.0)
    return as_met(met)


def faults(schedule: dict[str, Any], task: str) -> list[str]:
    """Return what is not finite or out of bounds, on which stream."""
    found = []
    for of_values in ("plain", "outliers", "constant", "duplicated"):
        for of_labels in ("turned", "one"):
            subject = engine(schedule, "none", task, CATEGORIES)
            values = numbers(of_values, np.random.default_rng(4))
            codes = drifting(ROWS, 1, task, CATEGORIES).values[:, FEATURES:]
            said = run(subject, Events(np.hstack([values, codes]), labels(of_labels, task, values)))
            leaves = state_tree.flatten(subject.state)
            leaves |= {"answers": np.frombuffer(said.answers)}
            bad = [name for name, leaf in leaves.items() if not np.isfinite(leaf).all()]
            lowest, highest = bounds(schedule)
            if not lowest <= subject.learning_rate <= highest * (1 + 1e-12):
                bad.append(f"rate {subject.learning_rate}")
            found += [f"{of_values} {of_labels}: {name}" for name in bad]
    return found


def bounds(schedule: dict[str, Any]) -> tuple[float, float]:
    """Return what the table allows, or what it comes to."""
    table = registry.load("schedules", schedule["type"]).Config(**schedule)
    if schedule["type"] == "autostep":
        return 1e-12, 1e6
    lowest = getattr(table, "min_rate", getattr(table, "rate", 0.0))
    highest = getattr(table, "max_rate", getattr(table, "cap", 0.0))
    return lowest, max(highest, getattr(table, "rate", 0.0))


def cases() -> dict[str, tuple[dict[str, Any], str]]:
    """Return each rule at the lowest and at the highest rate, for each task."""
    found = {}
    for type_, rules in RULES.items():
        fields = registry.load("schedules", type_).Config.model_fields
        for rule in rules:
            for rate in RATES if "rate" in fields else (None,):
                table = {"type": type_, **rule}
                if rate is not None:
                    table |= {"rate": rate}
                    table |= {"min_rate": 1e-9} if "min_rate" in fields else {}
                    table |= {"max_rate": 1e6} if "max_rate" in fields else {}
                for task in TASKS:
                    found[f"{json.dumps(table)} {task}"] = (table, task)
    return found


CASES = cases()


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.property.test_schedules_finite"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    answers: dict[str, list[str]] = json.loads(done.stdout)
    return answers


def test_every_schedule_that_goes_by_the_stream_is_tried() -> None:
    by_stream = {
        name
        for name in registry.names("schedules")
        if registry.load("schedules", name).FAMILY != "static"
    }
    assert by_stream == {*RULES, "race"}  # which is tried in the kernel


@pytest.mark.parametrize("case", CASES)
def test_it_stays_finite(told: dict[str, list[str]], case: str) -> None:
    assert told[case] == []


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # compiled code does not warn either
    json.dump({case: faults(*parts) for case, parts in CASES.items()}, sys.stdout)
