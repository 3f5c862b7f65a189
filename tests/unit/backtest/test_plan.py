"""What a command line asks for, and what it may not."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from streamlr import cli
from streamlr.backtest import plan, topic_range
from streamlr.commands import backtest
from streamlr.errors import ConfigurationError

SIMULATED = """
name = "daemon"
[source]
type = "simulator"
stream = "abrupt"
samples = 2500
rate = 100.0
options = { features = 3, drift_every = 1000 }
[stream]
label = "target"
[schedule]
type = "drift_boost"
rate = 0.25
[sink]
type = "file"
path = "predictions.ndjson"
[checkpoint]
directory = "state"
"""
KAFKA = ["--bootstrap", "127.0.0.1:1", "--topic", "t", "--target", "y"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, with a stream and a daemon's configuration."""
    (tmp_path / "rows.csv").write_text("a,y\n" + "".join(f"{n % 7},{n % 2}\n" for n in range(60)))
    (tmp_path / "daemon.toml").write_text(SIMULATED)
    stdin = SIMULATED.replace('type = "simulator"', 'type = "stdin"\nformat = "csv"')
    kept = [line for line in stdin.splitlines() if not line.startswith(("stream =", "rate = 100"))]
    (tmp_path / "stdin.toml").write_text("\n".join(kept))
    monkeypatch.chdir(tmp_path)
    return tmp_path


FILE = ["rows.csv", "--target", "y"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to backtest on; give one of: FILE, --bootstrap and --topic, --config"),
        (
            ["rows.csv", "--config", "daemon.toml"],
            "FILE and --config: give only one of: FILE, --bootstrap and --topic, --config",
        ),
        (["rows.csv"], "--target is missing; name the label's field"),
        (
            ["--bootstrap", "b:1", "--target", "y"],
            "--topic is missing: a topic needs --bootstrap and --topic",
        ),
        (
            ["--topic", "t", "--target", "y"],
            "--bootstrap is missing: a topic needs --bootstrap and --topic",
        ),
        ([*KAFKA, "--format", "csv"], "--format csv: it is of FILE; remove it"),
        (
            ["--config", "daemon.toml", "--target", "y"],
            "--target: with --config it is [stream] of daemon.toml that says so; remove it",
        ),
        (
            ["--config", "daemon.toml", "--task", "binary"],
            "--task: with --config it is [stream] of daemon.toml that says so; remove it",
        ),
        (
            [*FILE, "--from", "3"],
            "--from: a range is a topic's; remove it, or give --bootstrap and --topic",
        ),
        (
            [*KAFKA, "--from", "yesterday"],
            (
                "--from yesterday: must be an offset, or a time with its zone like "
                "2026-01-31T12:00:00Z"
            ),
        ),
        (
            [*KAFKA, "--to", "2026-01-31T12:00:00"],
            (
                "--to 2026-01-31T12:00:00: must be an offset, or a time with its zone like "
                "2026-01-31T12:00:00Z"
            ),
        ),
        ([*KAFKA, "--from", "7", "--to", "7"], "--to 7: must be after --from 7"),
        ([*FILE, "--jobs", "0"], "--jobs 0: must be 1 or more"),
        ([*FILE, "--fixed-rates", "1"], "--fixed-rates 1: must be 2 to 100, such as 16"),
        ([*FILE, "--fixed-rates", "101"], "--fixed-rates 101: must be 2 to 100, such as 16"),
        (
            [*FILE, "--change-points", "20,10"],
            "--change-points 20,10: must be samples in ascending order, such as 10000,20000",
        ),
        (
            [*FILE, "--change-points", "ten"],
            "--change-points ten: must be samples in ascending order, such as 10000,20000",
        ),
    ],
)
def test_what_does_not_go_is_one_message(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert cli.main(["backtest", *arguments]) == 78
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"streamlr: {message}\n"


def test_a_source_that_cannot_be_wound_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["backtest", "--config", "stdin.toml"]) == 78
    message = capsys.readouterr().err
    assert "[source] type = 'stdin' cannot be read again and again; save the stream" in message


def test_a_simulated_stream_without_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endless = SIMULATED.replace("samples = 2500", "")
    (folder / "endless.toml").write_text(endless)
    assert cli.main(["backtest", "--config", "endless.toml"]) == 78
    assert "[source] samples = 0: a simulated stream without end" in capsys.readouterr().err


def test_a_report_that_has_no_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["backtest", *FILE, "--html", "none/report.html"]) == 73
    message = capsys.readouterr().err
    assert (
        message == "streamlr: --html: cannot write none/report.html: none is no folder; create it\n"
    )


def runs(*arguments: str) -> list[dict[str, Any]]:
    assert cli.main(["backtest", *arguments, "--json", "out.json"]) == 0
    found: list[dict[str, Any]] = json.loads(Path("out.json").read_text())["runs"]
    return found


def test_a_daemons_configuration_as_it_is(folder: Path) -> None:
    """Its own schedule, and its change points; it writes nothing of its own, and does not wait."""
    (run,) = runs("--config", "daemon.toml", "--html", "report.html")
    assert (run["schedule"], run["samples"]) == ("drift_boost", 2500)
    assert set(run["series"]["learning_rate"]) != {0.25}
    assert "the 2 known change points" in Path("report.html").read_text()
    assert not Path("predictions.ndjson").exists()
    assert not Path("state").exists()


def wanted(*arguments: str) -> plan.Wanted:
    parser = argparse.ArgumentParser()
    backtest.add_arguments(parser)
    return plan.read(parser.parse_args(arguments))


def test_what_a_daemons_classes_are_worth(folder: Path) -> None:
    weighed = '[classes]\nweights = "balanced"\npositive = true\nthreshold = 0.2\n'
    (folder / "weighed.toml").write_text(SIMULATED + weighed)
    (job,) = wanted("--config", "weighed.toml").jobs
    classes = job.configuration.classes
    assert (classes.weights, classes.positive, classes.threshold) == ("balanced", True, 0.2)


def test_the_schedule_of_a_model_that_cannot_race(folder: Path) -> None:
    """As the daemon has it: where none is configured, the model says which."""
    model = '[model]\ntype = "sklearn"\npath = "sklearn.linear_model.SGDClassifier"\n'
    (folder / "model.toml").write_text(
        SIMULATED.replace('[schedule]\ntype = "drift_boost"\nrate = 0.25\n', model)
    )
    (job,) = wanted("--config", "model.toml").jobs
    assert (job.schedule, job.configuration.schedule.type) == ("constant", "constant")


def test_other_schedules_on_a_daemons_configuration(folder: Path) -> None:
    wanted = ("--schedule", "constant:rate=0.25", "--schedule", "constant")
    found = runs("--config", "daemon.toml", *wanted, "--jobs", "1")
    assert [run["schedule"] for run in found] == ["constant:rate=0.25", "constant"]
    assert found[0]["metrics"] != found[1]["metrics"]


def test_side_by_side_nothing_changes(folder: Path) -> None:
    wanted = ("--schedule", "constant", "--schedule", "drift_boost", "--fixed-rates", "2")
    alone, beside = (
        [{**run, "cpu_seconds": 0} for run in runs(*FILE, *wanted, "--jobs", jobs)]
        for jobs in ("1", "2")
    )
    assert alone == beside
    assert [run["fixed_rate"] for run in beside] == [None, None, 0.000244, 8.0]


def test_what_fails_beside_others_is_told_as_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "wrong.ndjson").write_text('{"a":1,"y":[1]}\n' * 3)
    wanted = ["--schedule", "constant", "--schedule", "drift_boost"]
    messages = []
    for jobs in ("1", "2"):
        code = cli.main(["backtest", "wrong.ndjson", "--target", "y", *wanted, "--jobs", jobs])
        assert code == 65
        lines = capsys.readouterr().err.splitlines()
        messages.append([line for line in lines if line.startswith("streamlr: ")])
    assert messages[0] == messages[1]
    assert len(messages[0]) == 1


def test_an_edge_is_an_offset_or_a_time() -> None:
    assert topic_range.Edge.read("--to", "12").is_time is False
    edge = topic_range.Edge.read("--to", "1970-01-01T01:00:00+01:00")
    assert (edge.is_time, edge.value) == (True, 0)


@pytest.mark.parametrize("text", ["", "1,,2", "1,1", "-1", "1;2"])
def test_change_points_that_are_none(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--change-points"):
        plan.change_points(text)
