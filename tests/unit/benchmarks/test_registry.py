"""Benchmarks are found by their files."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

import benchmarks
from benchmarks.harness import registry


def test_a_file_is_a_benchmark_and_a_folder_or_private_file_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("second.py", "first.py", "_private.py", "__main__.py"):
        (tmp_path / name).touch()
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "__init__.py").touch()
    monkeypatch.setattr(benchmarks, "__path__", [str(tmp_path)])
    assert registry.names() == ("first", "second")


@pytest.mark.parametrize("name", registry.names())
def test_each_says_what_it_measures_and_takes_options(name: str) -> None:
    benchmark = registry.load(name)
    assert registry.summary(benchmark).endswith(".")
    benchmark.add_options(ArgumentParser())
    assert callable(benchmark.measure)
