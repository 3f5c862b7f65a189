"""Records learned per CPU-second from a file: ``streamlr backtest`` and Vowpal Wabbit."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import children, daemon
from benchmarks.harness.errors import BenchmarkError
from simulators import make

LABEL = "_label"
"""The name by which Vowpal Wabbit knows a label among a CSV file's columns."""

_ROWS = 5_000
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class FileRun:
    """One program on one file.

    Attributes
    ----------
    learned
        Records.
    cpu_seconds
        Reading and parsing included, starting the program not.
    """

    learned: int
    cpu_seconds: float


def write(folder: Path, records: int, features: int, seed: int) -> tuple[Path, Path]:
    """Write the abrupt stream as CSV and, the same numbers, as Vowpal Wabbit's own text."""
    stream = make("abrupt", seed=seed, features=features)
    csv, text = folder / "stream.csv", folder / "stream.vw"
    with ExitStack() as stack:
        rows, lines = (stack.enter_context(path.open("w")) for path in (csv, text))
        rows.write(",".join([*(f"x{column}" for column in range(features)), LABEL]) + "\n")
        for start in range(0, records, _ROWS):
            values, labels = stream.rows(start, min(start + _ROWS, records))
            signs = [1 if label else -1 for label in labels.tolist()]
            for numbers, sign in zip(_texts(values.round(_DECIMALS).tolist()), signs, strict=True):
                rows.write(f"{','.join(numbers)},{sign}\n")
                pairs = " ".join(f"x{place}:{number}" for place, number in enumerate(numbers))
                lines.write(f"{sign} | {pairs}\n")
    return csv, text


def _texts(rows: list[list[float]]) -> Iterator[list[str]]:
    for row in rows:
        yield [str(number) for number in row]


def ours(path: Path, records: int, cache: Path) -> FileRun:
    """Learn a CSV file by ``streamlr backtest`` with the shipped defaults.

    Raises
    ------
    BenchmarkError
        It did not learn every record.
    """
    outcome = path.with_suffix(".json")
    command = [sys.executable, "-m", "streamlr", "backtest", str(path), "--target", LABEL]
    environment = daemon.environment(os.environ, cache)
    children.run("the backtest", [*command, "--json", str(outcome)], environment=environment)
    run = json.loads(outcome.read_text())["runs"][0]
    if run["samples"] != records:
        raise BenchmarkError(f"the backtest learned {run['samples']} records of {records}")
    return FileRun(records, run["cpu_seconds"])


def vowpal_wabbit(path: Path, records: int) -> FileRun:
    """Learn a file by Vowpal Wabbit's native driver."""
    command = [sys.executable, "-m", "benchmarks.loops.vowpal_wabbit", str(path)]
    finished = children.run("Vowpal Wabbit", command)
    return FileRun(records, finished.said[-1][1]["cpu_seconds"])
