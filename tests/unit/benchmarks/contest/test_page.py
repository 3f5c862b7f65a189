"""The page has what was measured, and a dash where nothing was."""

from benchmarks.contest import page
from benchmarks.contest.figures import Measured
from benchmarks.contest.scores import Outcome
from tests.unit.benchmarks.contest.test_figures import MEASURED


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_has_every_table() -> None:
    reached = {
        "accuracy": 0.9,
        "log_loss": 0.3,
        "kappa_temporal": 0.5,
    }
    tuned = Outcome({}, 45_312, 0.0, note="-l 10 by accuracy")
    elec2 = {
        "race": Outcome(reached, 45_312, 1.0),
        "vw_tuned": tuned,
        "river_sgd": Outcome(reached, 20_000, 2.0),
    }
    streams = {**MEASURED.streams, "elec2": elec2}
    measured = Measured(streams, MEASURED.drifting, MEASURED.stationary)
    text = page.written(measured, {"date": "2026-01-01", "commit": "abc"})
    assert "- commit: abc" in text
    table = rows(text)
    assert ["easy", "10,000", "–", "93.00", "–", "92.00", "win", *("–",) * 5] in table
    assert ["hard", "0.7100", "0.7000", "loss", "–", "–", "–"] in table
    assert ["prices", "1,000", "–", "10", "–", "10.05", "tie", *("–",) * 4] in table
    assert ["elec2", "20,000", "–", "90.00", "–", "–", "–", "10,000"] in table
    peers = "87.56 / 85.71 / 86.20"
    assert ["elec2", "45,312", "–", "90.00", "93.3", "–", "–", *("–",) * 4, peers] in table
    assert ["`wins`", "1", ""] in table
    assert ["elec2", "–", "-l 10 by accuracy"] in table


def test_without_streams_it_has_the_simulators_only() -> None:
    text = page.written(Measured(drifting=MEASURED.drifting), {})
    assert [row[0] for row in rows(text)][:2] == ["figure", "`abrupt_gain_points`"]
    assert "shortened" not in text
    less = page.written(Measured(), {}, ["--rows 10", "--seeds 0"])
    assert "**A shortened run** (`--rows 10 --seeds 0`)" in less
