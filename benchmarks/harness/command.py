"""The command ``python -m benchmarks``.

Exit codes: 0 measured; 1 it could not be, with the reason on standard error; 2 wrong arguments;
130 interrupted, 143 terminated. Whatever ends it, the processes that it started end first.
"""

import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console

from benchmarks.harness import machine, registry, report
from benchmarks.harness.errors import BenchmarkError

_INTERRUPTED = 128 + signal.SIGINT
_TERMINATED = 128 + signal.SIGTERM


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a benchmark, or list them, and return the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    command_line = _parser(given[:1])
    asked = command_line.parse_args(given)
    if asked.name is None:
        for name in registry.names():
            print(f"{name:12} {registry.summary(registry.load(name))}")
        return 0
    if asked.json is not None and not asked.json.parent.is_dir():
        command_line.error(f"--json {asked.json}: there is no folder {asked.json.parent}")
    signal.signal(signal.SIGTERM, _terminate)
    try:
        _run(asked)
    except BenchmarkError as error:
        print(f"benchmarks {asked.name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _parser(wanted: Sequence[str]) -> ArgumentParser:
    """Load the one wanted, else all: what others import would count as memory of this one's."""
    names = registry.names()
    parser = ArgumentParser(prog="python -m benchmarks", description="Without NAME: list them.")
    commands = parser.add_subparsers(dest="name", metavar="NAME")
    for name in [name for name in names if name in wanted] or names:
        benchmark = registry.load(name)
        own = commands.add_parser(name, help=registry.summary(benchmark))
        own.add_argument("--json", type=Path, metavar="PATH", help="write the figures there too")
        benchmark.add_options(own)
    return parser


def _run(asked: Namespace) -> None:
    commit = machine.commit()  # before: somebody may commit while we measure
    measured = registry.load(asked.name).measure(asked)
    where = machine.describe()
    if asked.json is not None:
        asked.json.write_text(report.to_json(measured, where, commit))
    Console().print(report.to_table(asked.name, measured, where, commit))


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(_TERMINATED)
