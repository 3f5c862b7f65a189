"""Vowpal Wabbit on a file: its native driver reads, parses and learns in one pass.

``python -m benchmarks.loops.vowpal_wabbit FILE`` prints one JSON object. CPU time is that of the
process from the driver's start to its end; neither importing nor writing a model count. With
``--said OTHER`` it writes there what it says of each line before it learns it, and how often that
is right is printed too.
"""

import json
import time
from argparse import ArgumentParser
from pathlib import Path

import vowpalwabbit

_OPTIONS = {".csv": "--csv ", ".vw": ""}


def learn(path: Path, said: Path | None = None) -> float:
    """Return the CPU seconds of one pass with logistic loss and default settings.

    Parameters
    ----------
    path
        ``.csv`` with the columns of ours and the label, 1 or -1, in ``_label``; or ``.vw``, its own
        text.
    said
        Where to write what it says of each line, a number with the sign of the label.

    Raises
    ------
    RuntimeError
        The driver cannot read it.
    """
    options = f"-d {path} {_OPTIONS[path.suffix]}--loss_function logistic --no_stdin --quiet"
    options += "" if said is None else f" -p {said}"
    began = time.process_time()
    vowpalwabbit.Workspace(options).finish()
    return time.process_time() - began


def accuracy(path: Path, said: Path) -> float:
    """Return how often what was said has the label's sign: a fraction."""
    with path.open() as lines, said.open() as answers:
        right = [
            (float(answer) > 0) == (line.split(None, 1)[0] == "1")
            for line, answer in zip(lines, answers, strict=True)
        ]
    return sum(right) / len(right)


def main() -> None:
    """Read the arguments, learn, print the outcome."""
    parser = ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--said", type=Path)
    asked = parser.parse_args()
    outcome = {"cpu_seconds": learn(asked.file, asked.said)}
    if asked.said is not None:
        outcome["accuracy"] = accuracy(asked.file, asked.said)
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
