"""A benchmark's outcome: JSON for a machine, a table for a person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table

from benchmarks.harness.spread import Spread


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured.

    Attributes
    ----------
    figures
        Name → measurements. The names are fixed: figures are compared between commits.
    notes
        What else a reader needs, for the table only.
    """

    figures: Mapping[str, Spread]
    notes: Mapping[str, str]


def to_json(report: Report, machine: Mapping[str, str | int], commit: str | None) -> str:
    """Return ``{"figures": {name: median}, "machine": {…}, "commit": hash or null}``.

    Raises
    ------
    ValueError
        A figure is not finite.
    """
    figures = {name: spread.median for name, spread in report.figures.items()}
    document = {"figures": figures, "machine": machine, "commit": commit}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def to_table(
    title: str, report: Report, machine: Mapping[str, str | int], commit: str | None
) -> RenderableType:
    """Return the figures, then the notes, the machine and the commit."""
    figures = Table("figure", title=title, title_justify="left")
    figures.add_column("median", justify="right")
    figures.add_column("min – max", justify="right")
    for name, spread in report.figures.items():
        figures.add_row(name, shown(spread.median), _range(spread))
    notes = Table.grid(padding=(0, 2))
    facts = {name: str(value) for name, value in machine.items()}
    for name, text in {**report.notes, **facts, "commit": commit or "none"}.items():
        notes.add_row(name, text)
    return Group(figures, notes)


def shown(value: float) -> str:
    """Return a number for reading: whole from a thousand on, else with four digits.

    Examples
    --------
    >>> shown(162_345.6), shown(24.316), shown(20)
    ('162,346', '24.32', '20')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _range(spread: Spread) -> str:
    return f"{shown(spread.least)} – {shown(spread.most)}" if spread.count > 1 else ""
