"""Kinds of streams beyond a label in every record: how well, how fast, in how much memory.

A family of figures is a module of ``kinds/``.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from benchmarks.harness.machine import scratch
from benchmarks.harness.report import Report
from benchmarks.kinds import delayed, mlp, partial, texts

FAMILIES = (delayed, mlp, partial, texts)


def add_options(parser: ArgumentParser) -> None:
    """Those of each family."""
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="recorded streams, for families that want them"
    )
    for family in FAMILIES:
        family.add_options(parser)


def measure(asked: Namespace) -> Report:
    """Measure one family after the other."""
    figures, notes = {}, {}
    for family in FAMILIES:
        with scratch("streams-") as folder:
            found = family.measure(asked, Path(folder))
        figures.update(found.figures)
        notes.update(found.notes)
    return Report(figures, notes)
