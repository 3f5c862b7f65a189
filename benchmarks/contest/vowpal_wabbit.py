"""Vowpal Wabbit: its native driver reads a text, and says before it learns.

Two classes by logistic loss, more by one against all (``--oaa``) with probabilities, numbers by
squared loss. A number is ``name:value``, a categorical value a feature of its own, as its users
write it; what is missing is left out.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import vowpalwabbit

from benchmarks.contest import scores
from benchmarks.contest.scores import Outcome
from benchmarks.contest.streams import Table

NAMES = ("vw_default", "vw_coin", "vw_tuned")
_RATES = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_CRITERION = {"regression": ("mae", 1.0)}
_OTHERWISE = ("accuracy", -1.0)


def outcomes(table: Table) -> dict[str, Outcome]:
    """Return what it reaches at its defaults, with ``--coin``, and with the best ``-l`` of 16.

    The tuned one's figures are all those of the rate that is best by accuracy, or by MAE.
    """
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "stream.vw"
        with text.open("w") as file:
            file.writelines(lines(table))
        tuned = {rate: learn(table, text, f"-l {rate}") for rate in _RATES}
        metric, sign = _CRITERION.get(table.task, _OTHERWISE)
        best = min(tuned, key=lambda rate: sign * tuned[rate].metrics[metric])
        winner = tuned[best]
        return {
            "vw_default": learn(table, text, ""),
            "vw_coin": learn(table, text, "--coin"),
            "vw_tuned": Outcome(
                winner.metrics, winner.samples, winner.cpu_seconds, f"-l {best:g} by {metric}"
            ),
        }


def lines(table: Table) -> Iterator[str]:
    """Write rows in Vowpal Wabbit's text; classes count from 1, of two they are -1 and 1."""
    labels = table.truth
    if table.task == "binary":
        labels = 2 * table.truth - 1
    elif table.task == "multiclass":
        labels = table.truth + 1
    for label, values in zip(labels.tolist(), table.values.tolist(), strict=True):
        numbers = values[: table.features]
        codes = values[table.features :]
        words = [f"x{place}:{value!r}" for place, value in enumerate(numbers) if _counts(value)]
        words += [f"c{place}={code:.0f}" for place, code in enumerate(codes) if _counts(code)]
        yield f"{label:.17g} | {' '.join(words)}\n"


def _counts(value: float) -> bool:
    """Whether it is there, and not 0, which says nothing to Vowpal Wabbit."""
    return value == value and value != 0  # noqa: PLR0124 - NaN is missing


def learn(table: Table, text: Path, options: str) -> Outcome:
    """Learn the text in one pass, and score what was said of each line before it was learned."""
    said = text.with_suffix(".said")
    how = {
        "binary": "--loss_function logistic --link logistic",
        "multiclass": f"--oaa {table.classes} --loss_function logistic --probabilities",
        "regression": "",
    }[table.task]
    began = time.process_time()
    vowpalwabbit.Workspace(f"-d {text} -p {said} {how} {options} --no_stdin --quiet").finish()
    spent = time.process_time() - began
    return Outcome(_scores(table, said.read_text()), len(table.truth), spent)


def _scores(table: Table, said: str) -> dict[str, float]:
    numbers = np.array(said.replace(":", " ").split(), np.float64)
    if table.task == "regression":
        return scores.of_numbers(table.truth, numbers)
    truth = table.truth.astype(np.int64)
    if table.task == "binary":
        return scores.of_classes(truth, np.column_stack([1 - numbers, numbers]))
    pairs = numbers.reshape(len(truth), table.classes, 2)  # class and probability
    return scores.of_classes(truth, pairs[:, :, 1])
