"""The live view: progress, accuracy, learning rate and alarms, and a summary at the end.

In a terminal it is redrawn in place; where output is no terminal (a log, a pipe) it is a line
every few seconds.
"""

import math
import time
from collections import deque
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from streamlr.config import Configuration
from streamlr.drift_summary import DriftSummary
from streamlr.service import Service

_BARS = "▁▂▃▄▅▆▇█"
_POINTS = 60
_POINTS_EVERY = 1000  # records between two points of the little plots
_LINE_SECONDS = 2.0
_DRAW_SECONDS = 0.1


class LiveView:
    """Shows a running service; ``update`` is its observer."""

    def __init__(self, configuration: Configuration, console: Console | None = None) -> None:
        self._configuration = configuration
        self._console = console or Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=False)
        self._accuracy: deque[float] = deque(maxlen=_POINTS)
        self._rate: deque[float] = deque(maxlen=_POINTS)
        self._next_point = 0
        self._drawn = 0.0
        self._began = (time.monotonic(), 0)
        self._drifts = DriftSummary()

    def __enter__(self) -> Self:
        """Take the terminal, when there is one."""
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it back."""
        if self._console.is_terminal:
            self._live.stop()

    def update(self, service: Service) -> None:
        """Note the moment; draw when it is time to."""
        assert service.pipeline is not None  # noqa: S101 - observers are called by a running service
        engine = service.pipeline.engine
        learned = int(engine.state.counters.learned[0])
        if learned == 0:
            return
        if learned >= self._next_point:
            rate, accuracy = engine.learning_rate, engine.metrics()["windowed"]["accuracy"]
            self._rate.append(rate)
            self._accuracy.append(accuracy)
            self._next_point = learned - learned % _POINTS_EVERY + _POINTS_EVERY
        self._drifts.note(service)
        if service.snapshot.records == 0:  # nothing is published yet
            return
        now = time.monotonic()
        if self._began[1] == 0:
            self._began = (now, learned)
        if self._console.is_terminal and now - self._drawn > _DRAW_SECONDS:
            self._drawn = now
            self._live.update(self._panel(service), refresh=True)
        elif not self._console.is_terminal and now - self._drawn > _LINE_SECONDS:
            self._drawn = now
            self._console.print(_line(service), soft_wrap=True)

    def _panel(self, service: Service) -> Panel:
        shown = service.snapshot
        views = shown.metrics
        grid = Table.grid(padding=(0, 2))
        grid.add_row(
            "records", f"{shown.records:,}{self._goal()}   {self._speed(shown.records):,.0f}/s"
        )
        grid.add_row(
            "accuracy",
            Text(_plot(self._accuracy, 0.5, 1.0), style="green"),
            f"{views['windowed']['accuracy']:.1%} now, {views['cumulative']['accuracy']:.1%} in "
            "all",
        )
        grid.add_row(
            "learning rate",
            Text(_log_plot(self._rate), style="yellow"),
            f"{shown.learning_rate:.4g}",
        )
        grid.add_row(
            "log-loss",
            f"{views['windowed']['log_loss']:.3f} now, {views['cumulative']['log_loss']:.3f} in "
            "all",
        )
        grid.add_row(
            "drift alarms", f"{shown.alarms['drift']}{self._known(service, shown.records)}"
        )
        note = Text(
            f"each column is {_POINTS_EVERY:,} records; the rate on a log scale; Ctrl-C ends with "
            "a summary",
            style="dim",
        )
        title = (
            f"streamlr · {self._configuration.name} · schedule {self._configuration.schedule.type}"
        )
        return Panel(Group(grid, note), title=title, border_style="blue")

    def _goal(self) -> str:
        total = getattr(self._configuration.source, "samples", 0)
        return f" of {total:,}" if total else ""

    def _speed(self, records: int) -> float:
        began, at = self._began
        return (records - at) / max(time.monotonic() - began, 1e-9)

    @staticmethod
    def _known(service: Service, records: int) -> str:
        stream = getattr(service.source, "stream", None)
        return (
            f" (the simulator drifted {len(stream.change_points(records))} times)" if stream else ""
        )

    def summarise(self, service: Service) -> None:
        """Print what happened."""
        if service.pipeline is None:
            self._console.print("stopped before the first record came")
            return
        shown = service.snapshot
        cumulative = shown.metrics["cumulative"]
        self._console.print(
            f"{shown.records:,} records: accuracy {cumulative['accuracy']:.2%}, log-loss "
            f"{cumulative['log_loss']:.4f}, "
            f"kappa {cumulative['kappa']:.3f}; {shown.alarms['drift']} drift alarms, "
            f"learning rate now {shown.learning_rate:.4g}"
        )
        table = self._drifts.table()
        if table is not None:
            self._console.print(table)


def _line(service: Service) -> str:
    shown = service.snapshot
    return (
        f"{shown.records:>12,} records  accuracy {shown.metrics['windowed']['accuracy']:.1%}  "
        f"learning rate {shown.learning_rate:.4g}  drift alarms {shown.alarms['drift']}"
    )


def _plot(values: deque[float], low: float, high: float) -> str:
    shares = ((value - low) / (high - low) for value in values if not math.isnan(value))
    return "".join(_BARS[min(len(_BARS) - 1, max(0, int(share * len(_BARS))))] for share in shares)


def _log_plot(values: deque[float]) -> str:
    """On a log scale that fits what is shown."""
    if not values:
        return ""
    logs = deque(math.log(value) for value in values)
    low, high = min(logs), max(logs)
    return _plot(logs, low, high if high > low else low + 1.0)
