"""A file, once for each schedule: a table to read and JSON to compute with."""

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamlr import cli, config
from streamlr.backtest import plan
from streamlr.errors import ConfigurationError
from streamlr.evaluation import prequential
from streamlr.service import Service
from tests.contract.engines import drifting

METRICS = {*prequential.METRICS}


def rows(count: int = 400) -> str:
    """Return CSV with missing values, rows without a label, and two bad rows."""
    values, labels = drifting(count)
    lines = ["id,a,b,y"]
    for place, (row, label) in enumerate(zip(values.tolist(), labels.tolist(), strict=True)):
        cells = ["" if math.isnan(value) else repr(value) for value in row[:2]]
        lines.append(",".join([f"r{place}", *cells, "" if math.isnan(label) else f"{label:.0f}"]))
    lines.insert(200, "another,1,2,3")  # a third class
    lines.insert(300, "last,1,bad,1")
    return "\n".join(lines) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(rows())
    return path


def run(file: Path, *schedules: str, more: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run the command; return the JSON that it wrote."""
    out = file.with_name("out.json")
    wanted = [part for schedule in schedules for part in ("--schedule", schedule)]
    arguments = ["backtest", str(file), "--target", "y", *wanted, "--jobs", "1", *more]
    arguments += ["--json", str(out)]
    assert cli.main(arguments) == 0
    read: dict[str, Any] = json.loads(out.read_text())
    return read


def test_the_json_holds_a_run_for_each_schedule_in_order(file: Path) -> None:
    schedules = [
        "drift-boost:rate=0.5",
        "drift_boost",
        "drift-boost:boost=4,cooldown=10",
        "drift_boost",
    ]
    read = run(file, *schedules)
    assert list(read) == ["runs"]
    assert [found["schedule"] for found in read["runs"]] == schedules
    labelled = int((drifting(400).labels >= 0).sum())
    for found in read["runs"]:
        assert {"schedule", "metrics", "samples", "rejected", "cpu_seconds"} < set(found)
        assert found["series"] is None
        assert set(found["metrics"]) == METRICS
        assert all(type(value) is float for value in found["metrics"].values())
        assert (found["samples"], found["rejected"]) == (labelled, 2)
        assert found["cpu_seconds"] > 0
    first, second, _, fourth = read["runs"]
    assert second["metrics"] == fourth["metrics"] != first["metrics"]


def test_without_a_schedule_it_is_race(file: Path) -> None:
    assert [found["schedule"] for found in run(file)["runs"]] == ["race"]


def test_the_figures_are_the_daemons(file: Path) -> None:
    (found,) = run(file, "drift_boost")["runs"]
    service = Service(
        config.build(
            {
                "source": {"type": "file", "path": str(file)},
                "stream": {"label": "y"},
                "schedule": {"type": "drift_boost"},
                "web": {"enabled": False},
                "loop": {"poll_records": 7},
            }
        )
    )
    service.run()
    assert found["metrics"] == service.snapshot.metrics["cumulative"]


def test_a_stream_without_labels_has_no_figures(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,y\n1,\n2,\n")
    (found,) = run(path, "drift_boost")["runs"]
    assert found["samples"] == 0
    assert found["metrics"] == dict.fromkeys(METRICS)


def test_columns_may_be_left_out(file: Path) -> None:
    with_b, without = (
        run(file, "drift_boost", more=more)["runs"][0]
        for more in ((), ("--ignore", "b", "--ignore", "id"))
    )
    assert without["rejected"] == 1  # the bad cell is not looked at
    assert with_b["rejected"] == 2
    assert with_b["metrics"] != without["metrics"]


def test_a_frequency_is_for_all_of_them(file: Path) -> None:
    every, once_more = (
        run(file, "constant", more=more)["runs"][0]["metrics"]
        for more in ((), ("--frequency", "every_sample"))
    )
    (seldom,) = run(file, "constant", more=("--frequency", "follow_loss:budget=0.1"))["runs"]
    assert every == once_more != seldom["metrics"]


@pytest.mark.parametrize("name", ["rows.ndjson", "rows.csv.gz"])
def test_other_formats_are_taken_too(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("gz"):
        path.write_bytes(gzip.compress(b"a,y\n1,0\n2,1\n"))
    else:
        path.write_bytes(b'{"a":1,"y":0}\n{"a":2,"y":1}\n')
    assert run(path, "drift_boost")["runs"][0]["samples"] == 2


def test_the_table_has_a_row_for_each_schedule(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    (one, other) = run(file, "drift_boost:rate=0.5", "drift-boost")["runs"]
    out = capsys.readouterr().out
    assert "rows.csv: prequential, one pass" in out
    for heading in ("schedule", "accuracy", "log-loss", "kappa-t", "samples", "k/CPU-s"):
        assert heading in out
    for found in (one, other):
        (line,) = [line for line in out.splitlines() if found["schedule"] in line]
        assert f"{found['metrics']['accuracy']:.2%}" in line
        assert f"{found['metrics']['log_loss']:.4f}" in line


def test_all_schedules_are_checked_before_the_first_runs(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["--schedule", "constant", "--schedule", "nonsense"]
    assert cli.main(["backtest", str(file), "--target", "y", *wanted]) == 78
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("race", {"type": "race"}),
        ("race:", {"type": "race"}),
        ("constant:rate=0.5", {"type": "constant", "rate": 0.5}),
        ("a:b=1, c=x ,d=true", {"type": "a", "b": 1, "c": "x ", "d": True}),
        ("a:b=c=d", {"type": "a", "b": "c=d"}),
    ],
)
def test_a_schedule_is_a_table_in_short(text: str, table: dict[str, Any]) -> None:
    assert plan.component_table("--schedule", text) == table


def test_an_option_without_a_value_is_a_fault() -> None:
    with pytest.raises(ConfigurationError, match="'rate' is not KEY=VALUE"):
        plan.component_table("--schedule", "constant:rate")


def test_the_stream_is_worth_backtesting() -> None:
    assert {str(label) for label in np.unique(drifting(400).labels)} == {"0.0", "1.0", "nan"}
