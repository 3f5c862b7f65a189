"""The JSON that other programs read, and the table for people."""

import io
import json

import pytest
from rich.console import Console

from benchmarks.harness.report import Report, to_json, to_table
from benchmarks.harness.spread import Spread

MACHINE: dict[str, str | int] = {"cpu": "a processor", "cores": 2}


def test_json_holds_medians_machine_and_commit() -> None:
    figures = {"speed": Spread.of(1.0, 2.5, 9.0), "lanes": Spread.of(20)}
    text = to_json(Report(figures, {"codec": "lz4"}), MACHINE, "abc-dirty")
    assert json.loads(text) == {
        "figures": {"speed": 2.5, "lanes": 20},
        "machine": MACHINE,
        "commit": "abc-dirty",
    }


def test_json_without_a_commit() -> None:
    assert json.loads(to_json(Report({}, {}), MACHINE, None))["commit"] is None


def test_a_figure_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json(Report({"speed": Spread.of(float("nan"))}, {}), MACHINE, None)


def test_the_table_shows_figures_spreads_notes_and_machine() -> None:
    figures = {"speed": Spread.of(1000.4, 2500.0, 9000.0), "lanes": Spread.of(20)}
    output = io.StringIO()
    table = to_table("name", Report(figures, {"codec": "lz4"}), MACHINE, None)
    Console(file=output, width=100).print(table)
    lines = output.getvalue().splitlines()

    def cells(first: str) -> list[str]:
        line = next(line for line in lines if first in line)
        return line.replace("│", " ").split()

    assert cells("speed") == ["speed", "2,500", "1,000", "–", "9,000"]
    assert cells("lanes") == ["lanes", "20"]
    assert cells("codec") == ["codec", "lz4"]
    assert cells("cpu") == ["cpu", "a", "processor"]
    assert cells("commit") == ["commit", "none"]
