"""Which streams there are, and that a table is what ``streamlr backtest`` learns."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from river import datasets

from benchmarks.contest import ours, streams
from benchmarks.contest.streams import Told
from benchmarks.harness.errors import BenchmarkError
from streamlr import cli


def write(folder: Path, name: str, text: str) -> None:
    with gzip.open(folder / f"{name}{streams.SUFFIX}", "wt") as file:
        file.write(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """River's phishing, 1,250 rows, with a column of words and a field to leave out."""
    lines = []
    for number, (features, label) in enumerate(datasets.Phishing()):
        values = [*features.values(), ("red", "green", "blue")[number % 3], number]
        lines.append(",".join([*map(str, values), str(int(label))]))
    header = ",".join([*features, "colour", "number", "target"])
    write(tmp_path, "fish", "\n".join([header, *lines]) + "\n")
    return tmp_path


def test_a_table_is_what_a_backtest_learns(folder: Path) -> None:
    table = streams.read(folder, "fish", Told("binary", ignore=("number",)), 0)
    assert (table.features, table.categories, table.classes) == (9, 1, 2)
    file, said = folder / f"fish{streams.SUFFIX}", folder / "said.json"
    options = ["--target", "target", "--ignore", "number", "--json", str(said)]
    schedules = ["--schedule", "race", "--schedule", "constant:rate=0.25"]
    assert cli.main(["backtest", str(file), *options, *schedules]) == 0
    runs = json.loads(said.read_text())["runs"]
    settings = [ours.policies()["race"], ours.constant(-2.0)]
    for run, settings_ in zip(runs, settings, strict=True):
        reached = ours.run(table, settings_).metrics
        expected = {name: value for name, value in reached.items() if np.isfinite(value)}
        assert expected.items() <= run["metrics"].items()
        assert run["samples"] == len(table.truth) == 1250


def test_only_the_first_rows(folder: Path) -> None:
    whole, part = (streams.read(folder, "fish", Told("binary"), rows) for rows in (0, 100))
    assert len(part.truth) == 100
    assert np.array_equal(part.values, whole.first(100).values)
    some = streams.read(folder, "other", Told("binary", file="fish", rows=50), 100)
    assert len(some.truth) == 50


def test_a_row_without_label_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "holes", "a,target\n" + "1,0\n2,1\n" * 10 + "3,\n")
    with pytest.raises(BenchmarkError, match=r"holes: .* a row has no label"):
        streams.read(tmp_path, "holes", Told("binary"), 0)


def test_a_row_that_the_product_rejects_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "words", "a,target\n" + "1,0\n2,1\n" * 100 + "three,0\n")
    with pytest.raises(BenchmarkError, match=r"words: .* column 'a' holds 'three'"):
        streams.read(tmp_path, "words", Told("binary"), 0)


def test_files_are_known_or_told_or_left_out(tmp_path: Path) -> None:
    for name in ("airlines", "mine", "yours"):
        write(tmp_path, name, "a,target\n1,0\n")
    found, unknown = streams.there(tmp_path, {"mine": "regression"})
    assert found == {
        "airlines_first100k": streams.KNOWN["airlines_first100k"],
        "airlines": Told("binary"),
        "mine": Told("regression"),
    }
    assert unknown == ["yours"]


def test_without_a_folder_there_are_none() -> None:
    assert streams.there(None, {}) == ({}, [])
