"""The live view: progress, accuracy, learning rate and alarms, and a summary at the end.

In a terminal it is redrawn in place; where output is no terminal (a log, a pipe) it is a line
every few seconds.
"""

import math
import time
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from streamlr import figures, headlines
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
        self._chief: deque[float] = deque(maxlen=_POINTS)
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
        pipelines = service.units.figures_of
        learned = figures.learned(pipelines)
        if learned == 0:
            return
        if learned >= self._next_point:
            windowed = figures.metrics(pipelines)["windowed"]
            self._rate.append(figures.learning_rate(pipelines))
            self._chief.append(windowed[headlines.chief(windowed)])
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
        windowed, cumulative = shown.metrics["windowed"], shown.metrics["cumulative"]
        chief, *others = list(headlines.headings(windowed).items())[:2]
        grid = Table.grid(padding=(0, 2))
        grid.add_row(
            "records", f"{shown.records:,}{self._goal()}   {self._speed(shown.records):,.0f}/s"
        )
        grid.add_row(
            chief[1],
            Text(self._chief_plot(chief[0]), style="green"),
            _now_and_in_all(chief[0], windowed, cumulative),
        )
        grid.add_row(
            "learning rate",
            Text(_log_plot(self._rate), style="yellow"),
            f"{shown.learning_rate:.4g}",
        )
        for metric, heading in others:
            grid.add_row(heading, _now_and_in_all(metric, windowed, cumulative))
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

    def _chief_plot(self, metric: str) -> str:
        """An accuracy between a half and all; an error from none up."""
        low, high = (0.5, 1.0) if metric == "accuracy" else (0.0, max(self._chief, default=1.0))
        return _plot(self._chief, low, high or 1.0)

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
        if service.units.schema is None:
            self._console.print("stopped before the first record came")
            return
        shown = service.snapshot
        cumulative = shown.metrics["cumulative"]
        figures = ", ".join(
            f"{heading} {headlines.text(metric, cumulative[metric])}"
            for metric, heading in headlines.headings(cumulative).items()
        )
        self._console.print(
            f"{shown.records:,} records: {figures}; {shown.alarms['drift']} drift alarms, "
            f"learning rate now {shown.learning_rate:.4g}"
        )
        table = self._drifts.table()
        if table is not None:
            self._console.print(table)


def _now_and_in_all(
    metric: str, windowed: Mapping[str, float], cumulative: Mapping[str, float]
) -> str:
    now, in_all = (headlines.text(metric, view[metric]) for view in (windowed, cumulative))
    return f"{now} now, {in_all} in all"


def _line(service: Service) -> str:
    shown = service.snapshot
    windowed = shown.metrics["windowed"]
    chief, heading = next(iter(headlines.headings(windowed).items()))
    return (
        f"{shown.records:>12,} records  {heading} {headlines.text(chief, windowed[chief])}  "
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
