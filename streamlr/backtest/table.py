"""The comparison as a table in the terminal, and as JSON to compute with."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich import box
from rich.table import Table

from streamlr import headlines
from streamlr.backtest import regret
from streamlr.backtest.run import Run
from streamlr.errors import StorageError


def table(title: str, runs: Sequence[Run]) -> Table:
    """A row for each run; the best fixed rate of each metric is marked."""
    shown = headlines.headings(runs[0].metrics)
    marked = {run.schedule for metric in shown if (run := regret.best_fixed(runs, metric))}
    caption = "kappa-t, no-change: repeating the label before; k/CPU-s: thousands a CPU-second"
    if runs[0].series is not None:
        caption += ", in the short polls that a report wants"
    if marked:
        caption += "; *: best of the fixed rates in something, in hindsight"
    made = Table(
        title=f"{title}: prequential, one pass",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
        caption=caption,
    )
    narrowest = 16 if any(run.fixed_rate is not None for run in runs) else 12
    made.add_column("schedule", overflow="fold", min_width=narrowest)
    for heading in (*shown.values(), "samples", "rejected", "k/CPU-s"):
        made.add_column(heading, justify="right", no_wrap=True)
    for run in runs:
        label = run.schedule if run.fixed_rate is None else f"fixed {run.fixed_rate:g}"
        made.add_row(
            f"{label} *" if run.schedule in marked else label,
            *(headlines.text(name, run.metrics[name]) for name in shown),
            f"{run.samples:,}",
            f"{run.rejected:,}",
            f"{run.samples / max(run.cpu_seconds, 1e-9) / 1000:,.0f}",
            style="dim" if run.fixed_rate is not None and run.schedule not in marked else "",
        )
    return made


def as_json(runs: Sequence[Run]) -> bytes:
    """The runs, in order."""
    return msgspec.json.format(msgspec.json.encode({"runs": runs})) + b"\n"


def write(option: str, path: Path, content: bytes) -> None:
    """Write what an option asked for.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        message = f"{option}: cannot write {path}: {error.strerror}"
        raise StorageError(message) from error
