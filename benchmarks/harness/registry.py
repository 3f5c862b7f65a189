"""Finding the benchmarks: every file in ``benchmarks/`` is one, by its file name."""

import importlib
import pkgutil
from argparse import ArgumentParser, Namespace
from typing import Protocol, cast

import benchmarks
from benchmarks.harness.report import Report


class Benchmark(Protocol):
    """What a file in ``benchmarks/`` holds."""

    __doc__: str

    def add_options(self, parser: ArgumentParser) -> None:
        """Add the benchmark's own options."""

    def measure(self, asked: Namespace) -> Report:
        """Measure, with the options given."""


def names() -> tuple[str, ...]:
    """Return the name of every benchmark, in alphabetical order."""
    found = pkgutil.iter_modules(benchmarks.__path__)
    return tuple(sorted(m.name for m in found if not m.ispkg and not m.name.startswith("_")))


def load(name: str) -> Benchmark:
    """Import the benchmark's file."""
    return cast("Benchmark", importlib.import_module(f"{benchmarks.__name__}.{name}"))


def summary(benchmark: Benchmark) -> str:
    """Return the first line of what a benchmark says of itself."""
    return benchmark.__doc__.partition("\n")[0]
