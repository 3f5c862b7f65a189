"""The command ``learning``: its options, what it runs, and how results come together."""

import gzip
import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from benchmarks import learning
from benchmarks.contest.scores import Outcome
from benchmarks.contest.simulated import Drifting, Stationary
from benchmarks.contest.streams import Told
from benchmarks.harness.errors import BenchmarkError


def asked(*options: str) -> Namespace:
    parser = ArgumentParser()
    learning.add_options(parser)
    return parser.parse_args(options)


def test_results_come_together_in_a_fixed_order() -> None:
    reached = Outcome({"accuracy": 0.9}, 10, 1.0)
    drifting = Drifting(0.9, 0.9, 0.9, 0.9, [], [], [])
    results: list[tuple[tuple[str, str], object]] = [
        (("mine", "race"), {"race": reached, "no_change": reached}),
        (("sea_50k", "best_fixed"), {"best_fixed": reached}),
        (("abrupt", "seed 2"), drifting),
        (("stationary", "seed 1"), Stationary(10, 0, 0)),
        (("sea_50k", "race"), {"race": reached}),
    ]
    measured = learning.collected(results)
    assert {name: list(of) for name, of in measured.streams.items()} == {
        "sea_50k": ["race", "best_fixed"],
        "mine": ["race", "no_change"],
    }
    assert list(measured.streams) == ["sea_50k", "mine"]
    assert measured.drifting == {"abrupt": [drifting]}
    assert measured.stationary == [Stationary(10, 0, 0)]


def test_one_of_each_task_goes_first() -> None:
    tasks = {"a": "binary", "b": "binary", "c": "regression", "d": "binary"}
    told = {name: Told(task) for name, task in tasks.items()}
    assert learning.one_of_each_task_first("abcd", told) == ["a", "c", "b", "d"]


def test_a_small_run_from_file_to_page(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "mine.csv.gz", "wt") as file:
        file.write("a,target\n" + "1.5,0\n-1.5,1\n" * 100)
    for name in ("yours.csv.gz", "notes.txt"):
        (tmp_path / name).touch()
    page = tmp_path / "page.md"
    few = ["--policies", "race,best_fixed,river_sgd", "--task", "mine=binary", "--seeds", "0"]
    report = learning.measure(asked("--data", str(tmp_path), *few, "--markdown", str(page)))
    assert report.figures["accuracy.mine.race"].median > 90
    assert {"accuracy.mine.best_fixed", "accuracy.mine.river_sgd", "ties"} <= report.figures.keys()
    assert report.notes["left out"].startswith("yours: not known here")
    assert "| mine | 200 |" in page.read_text()
    assert f"`{few[0]} {few[1]} --seeds 0`" in page.read_text()
    assert json.dumps({name: spread.median for name, spread in report.figures.items()})


def test_without_a_folder_only_the_simulators_are_run() -> None:
    report = learning.measure(asked("--seeds", "1", "--samples", "2000"))
    assert report.notes["streams"].startswith("none: --data FOLDER")
    assert {name.partition("_")[0] for name in report.figures} == {
        "abrupt",
        "recurring",
        "stationary",
    }


def test_a_failure_names_what_failed(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "mine.csv.gz", "wt") as file:
        file.write("a,target\n" + "1.5,0\n" * 100 + "x,1\n")
    few = ["--policies", "race", "--task", "mine=binary", "--seeds", "0"]
    with pytest.raises(BenchmarkError, match=r"mine: race: .*column 'a' holds 'x'"):
        learning.measure(asked("--data", str(tmp_path), *few))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--streams", "elek2"], "--streams: there is no 'elek2'; there are: none"),
        (["--policies", "rase"], r"--policies: there is no 'rase' \(did you mean 'race'\?\)"),
        (["--seeds", "0"], "nothing to run"),
        (["--markdown", "/nowhere/page.md"], "no folder /nowhere"),
    ],
)
def test_what_is_not_there_is_named(wrong: list[str], told: str) -> None:
    with pytest.raises(BenchmarkError, match=told):
        learning.measure(asked(*wrong))


@pytest.mark.parametrize(
    "wrong",
    [["--rows", "-1"], ["--seeds", "many"], ["--task", "mine=guess"], ["--data", "/nowhere"]],
)
def test_options_out_of_range(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        asked(*wrong)
    assert wrong[0] in capsys.readouterr().err
