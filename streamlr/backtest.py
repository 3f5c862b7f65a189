"""Backtest: a file through the daemon's own pipeline, once for each schedule, and a table.

Prequential, in the file's order, one pass: what is measured here is what the daemon would have
done.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from streamlr import config, headlines
from streamlr.config import Configuration
from streamlr.errors import ConfigurationError, StorageError
from streamlr.service import Service
from streamlr.sources.file.counting import CountedFile


class Run(msgspec.Struct):
    """One schedule's result.

    Attributes
    ----------
    schedule
        As it was asked for.
    metrics
        Cumulative prequential metrics: fractions; log-loss in nats.
    samples
        Labelled samples scored.
    rejected
        Records that could not be used.
    cpu_seconds
        User and system time of the process from the first record to the last, reading the file
        included.
    """

    schedule: str
    metrics: dict[str, float]
    samples: int
    rejected: int
    cpu_seconds: float


def command(parsed: argparse.Namespace) -> int:
    """The command ``streamlr backtest``."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    console = Console(stderr=True)
    wanted = parsed.schedule or ["race"]
    configurations = [_configuration(parsed, schedule) for schedule in wanted]
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        runs = [
            _run(schedule, configuration, progress)
            for schedule, configuration in zip(wanted, configurations, strict=True)
        ]
    Console().print(_table(parsed.file, runs))
    if parsed.json is not None:
        _write(parsed.json, runs)
    return 0


def _configuration(parsed: argparse.Namespace, schedule: str) -> Configuration:
    return config.build(
        {
            "name": "backtest",
            "source": {"type": "file", "path": str(parsed.file), "format": parsed.format},
            "stream": {"task": parsed.task, "label": parsed.target, "ignore": parsed.ignore},
            "schedule": schedule_table(schedule),
            "web": {"enabled": False},
            "loop": {"poll_records": 4096},
        }
    )


def schedule_table(text: str) -> dict[str, Any]:
    """``NAME:KEY=VALUE,KEY=VALUE`` as a table of the configuration.

    Examples
    --------
    >>> schedule_table("constant:rate=0.5")
    {'type': 'constant', 'rate': 0.5}
    """
    name, _, options = text.partition(":")
    table: dict[str, Any] = {"type": name}
    for option in filter(None, options.split(",")):
        key, equals, value = option.partition("=")
        if not equals:
            raise ConfigurationError(f"--schedule {text}: {option!r} is not KEY=VALUE")
        table[key.strip()] = config.toml_value(value)
    return table


def _run(schedule: str, configuration: Configuration, progress: Progress) -> Run:
    task = progress.add_task(schedule, total=None)
    began: list[float] = []

    def observe(service: Service) -> None:
        progress.update(task, completed=service.snapshot.records)

    service = Service(configuration, observe)

    def ready() -> None:
        assert isinstance(service.source, CountedFile)  # noqa: S101 - as configured above
        progress.update(task, total=service.source.count())
        began.append(time.process_time())

    service.when_ready = ready
    service.run()
    spent = time.process_time() - began[0]
    done = service.snapshot
    progress.update(task, completed=done.records, total=done.records)
    for field in service.left_out.keys() - set(configuration.stream.ignore):
        why = service.left_out[field]
        progress.console.print(f"{schedule}: field {field!r} is left out: {why}", style="dim")
    return Run(
        schedule, done.metrics["cumulative"], done.learned, service.events.rejected_count, spent
    )


def _table(file: Path, runs: Sequence[Run]) -> Table:
    table = Table(
        title=f"{file.name}: prequential, one pass",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
        caption="kappa-t, no-change: repeating the label before; k/CPU-s: thousands a CPU-second",
    )
    shown = headlines.headings(runs[0].metrics)
    table.add_column("schedule", overflow="fold", min_width=12)
    for heading in (*shown.values(), "samples", "rejected", "k/CPU-s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in runs:
        table.add_row(
            run.schedule,
            *(headlines.text(name, run.metrics[name]) for name in shown),
            f"{run.samples:,}",
            f"{run.rejected:,}",
            f"{run.samples / max(run.cpu_seconds, 1e-9) / 1000:,.0f}",
        )
    return table


def _write(path: Path, runs: Sequence[Run]) -> None:
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode({"runs": runs})) + b"\n")
    except OSError as error:
        message = f"--json: cannot write {path}: {error.strerror}"
        raise StorageError(message) from error
