"""The rate around each known drift: settled before, highest after, settled again."""

import io
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from rich.console import Console

from streamlr.drift_summary import DriftSummary
from streamlr.service import Service


class Stream:
    """Drifts every 10,000 rows."""

    @staticmethod
    def change_points(stop: int) -> list[int]:
        return list(range(10_000, stop, 10_000))


def moment(learned: int, rate: float, stream: type[Stream] | None = Stream) -> Service:
    """Return what a running service shows."""
    engine = SimpleNamespace(
        state=SimpleNamespace(counters=SimpleNamespace(learned=np.array([learned]))),
        learning_rate=rate,
        metrics=lambda: {"windowed": {"accuracy": 0.9}},
    )
    pipelines = [SimpleNamespace(engine=engine)]
    shown = SimpleNamespace(
        source=SimpleNamespace(stream=stream), units=SimpleNamespace(figures_of=pipelines)
    )
    return cast("Service", shown)


def rows(summary: DriftSummary) -> list[list[str]]:
    table = summary.table()
    if table is None:
        return []
    out = io.StringIO()
    Console(file=out, width=140).print(table)
    lines = [line for line in out.getvalue().splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_each_drift_is_a_row() -> None:
    summary = DriftSummary()
    for learned in range(500, 30_001, 500):
        settled = learned % 10_000 == 0 or learned % 10_000 > 8_000
        summary.note(moment(learned, 0.1 if settled else 0.8 * learned / 10_000))
    found = rows(summary)
    assert [row[0] for row in found] == ["10,000", "20,000"]
    assert [row[1] for row in found] == ["0.1", "0.1"]
    assert found[0][2] == f"{0.8 * 1.8:.4g}"
    assert found[0][3] == "× 14.4"
    assert found[0][4:] == ["0.1", "90.00%"]


def test_a_drift_that_has_not_settled_yet_says_so() -> None:
    summary = DriftSummary()
    for learned in range(500, 12_001, 500):
        summary.note(moment(learned, 0.1))
    assert [row[4:] for row in rows(summary)] == [["–", "–"]]


def test_before_the_first_drift_there_is_no_table() -> None:
    summary = DriftSummary()
    summary.note(moment(5_000, 0.1))
    assert summary.table() is None


@pytest.mark.parametrize("service", [moment(50_000, 0.1, stream=None)])
def test_a_stream_whose_drift_nobody_knows_has_no_table(service: Service) -> None:
    summary = DriftSummary()
    summary.note(service)
    assert summary.table() is None


def test_only_the_latest_drifts_are_shown() -> None:
    summary = DriftSummary()
    for learned in range(1_000, 400_000, 1_000):
        summary.note(moment(learned, 0.1))
    found = rows(summary)
    assert len(found) == 20
    assert found[-1][0] == "390,000"
