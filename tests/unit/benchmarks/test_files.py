"""One stream in two files, and what Vowpal Wabbit makes of each."""

from pathlib import Path

import polars as pl

from benchmarks.harness import files


def test_both_files_hold_the_same_numbers(tmp_path: Path) -> None:
    csv, text = files.write(tmp_path, records=6_000, features=3, seed=1)
    table = pl.read_csv(csv)
    assert table.columns == ["x0", "x1", "x2", files.LABEL]
    assert set(table[files.LABEL]) == {-1, 1}
    rows = (row.split(",") for row in csv.read_text().split()[1:])
    lines = [f"{label} | x0:{a} x1:{b} x2:{c}" for a, b, c, label in rows]
    assert text.read_text().splitlines() == lines
    assert len(lines) == 6_000


def test_vowpal_wabbit_reads_both(tmp_path: Path) -> None:
    for path in files.write(tmp_path, records=2_000, features=3, seed=1):
        run = files.vowpal_wabbit(path, 2_000)
        assert run.learned == 2_000
        assert run.cpu_seconds > 0
