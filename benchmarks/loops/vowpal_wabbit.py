"""Vowpal Wabbit on a file: its native driver reads, parses and learns in one pass.

``python -m benchmarks.loops.vowpal_wabbit FILE`` prints one JSON object. CPU time is that of the
process from the driver's start to its end; neither importing nor writing a model count.
"""

import json
import time
from argparse import ArgumentParser
from pathlib import Path

import vowpalwabbit

_OPTIONS = {".csv": "--csv ", ".vw": ""}


def learn(path: Path) -> float:
    """Return the CPU seconds of one pass with logistic loss and default settings.

    Parameters
    ----------
    path
        ``.csv`` with the columns of ours and the label, 1 or -1, in ``_label``; or ``.vw``, its own
        text.

    Raises
    ------
    RuntimeError
        The driver cannot read it.
    """
    options = f"-d {path} {_OPTIONS[path.suffix]}--loss_function logistic --no_stdin --quiet"
    began = time.process_time()
    vowpalwabbit.Workspace(options).finish()
    return time.process_time() - began


def main() -> None:
    """Read the arguments, learn, print the outcome."""
    parser = ArgumentParser()
    parser.add_argument("file", type=Path)
    print(json.dumps({"cpu_seconds": learn(parser.parse_args().file)}))


if __name__ == "__main__":
    main()
