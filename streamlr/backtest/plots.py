"""Plots over samples as inline SVG, whose colours the page sets: light, dark, and in print.

Drawn with matplotlib in stand-in colours, which are then replaced by the page's own CSS variables;
text stays text, in the page's font. Lines differ by dash as well as by colour.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from streamlr import headlines
from streamlr.backtest import regret
from streamlr.backtest.run import Run, Series
from streamlr.errors import ConfigurationError

try:
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter, FuncFormatter
except ImportError as missing:
    raise ConfigurationError(
        f"--html: the plots need matplotlib ({missing}); pip install 'streamlr[report]'"
    ) from missing

COLOURS = 8
"""Lines of different colours; from then on they come again with another dash."""

_DASHES = ("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
DASH_ARRAYS = ("", "7.5 3", "1.5 2.2", "9 3 1.5 3")
"""The same as SVG says them, for a line as wide as those of the plots."""

_LINES = tuple(f"#a0000{place}" for place in range(COLOURS))
_INK, _GRID, _MARK, _REFERENCE = "#b00001", "#b00002", "#b00003", "#b00004"
_VARIABLES = {
    **{colour: f"var(--line-{place})" for place, colour in enumerate(_LINES)},
    _INK: "var(--ink)",
    _GRID: "var(--grid)",
    _MARK: "var(--mark)",
    _REFERENCE: "var(--reference)",
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.parse_math": False,
    "text.color": _INK,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
    "xtick.color": _GRID,
    "ytick.color": _GRID,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "lines.linewidth": 1.5,
    "lines.solid_capstyle": "round",
    "path.simplify_threshold": 0.3,
}
_WIDTH, _LEFT, _RIGHT = 8.8, 0.125, 0.985  # inches; shares of it, the same for all plots
_HEIGHT, _BELOW = 2.4, 0.42  # inches
_ABOVE = 0.12
_LABEL = 14  # characters of a schedule that fit beside a plot
_AXES = {
    "accuracy": "share right",
    "log_loss": "nats",
    "kappa_temporal": "kappa-t",
    "mae": "absolute error",
    "rmse": "root of squared error",
}
_LOST = {
    "accuracy": "wrong labels",
    "log_loss": "nats",
    "mae": "sum of absolute errors",
    "rmse": "sum of squared errors",
}


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot of the page.

    Attributes
    ----------
    title
        What is shown.
    note
        How to read it.
    svg
        An ``svg`` element.
    """

    title: str
    note: str
    svg: str


def line(place: int) -> tuple[int, int]:
    """Colour and dash of the run at this place."""
    return place % COLOURS, (place // COLOURS + place) % len(_DASHES)


def plots(runs: Sequence[Run], change_points: Sequence[int], window: int) -> list[Plot]:
    """All that there is to show of some runs, each with its series.

    Parameters
    ----------
    runs
        In their order; those of fixed rates show only where they are what others are held against.
    change_points
        Samples at which the stream is known to change.
    window
        Samples that the windowed metrics are over.
    """
    canvas = _Canvas(runs, change_points, window)
    metrics = ("mae", "rmse") if "mae" in runs[0].metrics else ("accuracy", "log_loss")
    made = [canvas.metric(metric) for metric in metrics]
    made += [canvas.learning_rate(), canvas.updates(), canvas.alarms()]
    for metric in metrics:
        best = regret.best_fixed(runs, metric)
        if best is not None:
            made += [canvas.regret(metric, best), canvas.by_rate(metric, best)]
    return made


def _series(run: Run) -> Series:
    assert run.series is not None  # noqa: S101 - runs are sampled where plots are wanted
    return run.series


class _Canvas:
    """Draws plots that look alike."""

    def __init__(self, runs: Sequence[Run], change_points: Sequence[int], window: int) -> None:
        self._runs = [run for run in runs if run.fixed_rate is None]
        self._fixed = [run for run in runs if run.fixed_rate is not None]
        self._last = max((run.samples for run in runs), default=0)
        self._window = window
        self._changes = [point for point in change_points if point <= self._last]

    def metric(self, metric: str) -> Plot:
        """A windowed metric, and the best fixed rate's."""
        figure, axes = _figure()
        best = regret.best_fixed(self._fixed, metric)
        if best is not None:
            _reference(axes, _series(best).sample, _series(best).windowed[metric])
        for place, run in enumerate(self._runs):
            _draw(axes, place, _series(run).sample, _series(run).windowed.get(metric, []))
        axes.set_ylabel(_AXES[metric])
        note = f"over the latest {self._window:,} samples"
        if best is not None:
            note += f"; the thin line is the best fixed rate in hindsight, {best.schedule}"
        return self._over_samples(headlines.heading(metric), note, figure, axes)

    def learning_rate(self) -> Plot:
        """The rates, on a log axis."""
        figure, axes = _figure()
        for place, run in enumerate(self._runs):
            _draw(axes, place, _series(run).sample, _series(run).learning_rate)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(_plain))
        axes.set_ylabel("learning rate")
        note = "on a log axis; of race, the weighted mean of its lanes'"
        return self._over_samples("learning rate", note, figure, axes)

    def updates(self) -> Plot:
        """Model updates for each sample, between two points."""
        figure, axes = _figure()
        for place, run in enumerate(self._runs):
            series = _series(run)
            steps = np.diff(series.updates, prepend=0) / np.diff(series.sample, prepend=0)
            _draw(axes, place, series.sample, steps.tolist())
        axes.set_ylim(bottom=0.0)
        axes.set_ylabel("updates a sample")
        note = "how often the model was moved; 1: once a sample"
        return self._over_samples("updates per sample", note, figure, axes)

    def alarms(self) -> Plot:
        """A row of marks for each run."""
        figure, axes = _figure(0.3 + 0.22 * len(self._runs))
        for place, run in enumerate(self._runs):
            colour, _ = line(place)
            at = [entry.sample for entry in run.decisions if entry.event == "drift"]
            axes.plot(at, [place] * len(at), "|", color=_LINES[colour], markersize=9)
        axes.set_yticks(range(len(self._runs)), [_short(run.schedule) for run in self._runs])
        axes.tick_params(axis="y", labelsize=8.0)
        axes.set_ylim(len(self._runs) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        note = "each schedule's detector watches its own errors"
        return self._over_samples("drift alarms", note, figure, axes)

    def regret(self, metric: str, best: Run) -> Plot:
        """Loss above that of the best fixed rate, summed."""
        figure, axes = _figure()
        _reference(axes, [0, self._last], [0.0, 0.0])
        for place, run in enumerate(self._runs):
            _draw(axes, place, _series(run).sample, regret.regret(run, best, metric).tolist())
        axes.set_ylabel(_LOST[metric])
        note = (
            f"lost more than {best.schedule}, the best of {len(self._fixed)} fixed rates in "
            "hindsight, summed from the first sample on; below 0 is better than it"
        )
        title = f"regret in {headlines.heading(metric)}"
        return self._over_samples(title, note, figure, axes)

    def by_rate(self, metric: str, best: Run) -> Plot:
        """The whole stream's figure by fixed rate, and the schedules' as levels."""
        figure, axes = _figure()
        rates = [run.fixed_rate or 0.0 for run in self._fixed]
        values = [run.metrics[metric] for run in self._fixed]
        axes.plot(rates, values, "o-", color=_REFERENCE, linewidth=1.0, markersize=4)
        for place, run in enumerate(self._runs):
            colour, dash = line(place)
            axes.axhline(run.metrics[metric], color=_LINES[colour], linestyle=_DASHES[dash])
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(_plain))
        axes.set_xlabel("fixed learning rate")
        axes.set_ylabel(_AXES[metric])
        note = f"of the whole stream: dots are fixed rates (best: {best.schedule}), lines schedules"
        title = f"{headlines.heading(metric)} by fixed rate"
        return Plot(title, note, _svg(figure, title))

    def _over_samples(self, title: str, note: str, figure: Figure, axes: Axes) -> Plot:
        for point in self._changes:
            axes.axvline(point, color=_MARK, linewidth=0.9, linestyle=(0, (2, 2)), zorder=0.5)
        axes.set_xlim(0, max(self._last, 1))
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.set_xlabel("samples learned")
        return Plot(title, note, _svg(figure, title))


def _figure(height: float = _HEIGHT - _BELOW - _ABOVE) -> tuple[Figure, Axes]:
    """A figure whose plot has this height, in inches."""
    with mpl.rc_context(_STYLE):
        whole = height + _BELOW + _ABOVE
        figure = Figure(figsize=(_WIDTH, whole))
        axes = figure.add_axes((_LEFT, _BELOW / whole, _RIGHT - _LEFT, height / whole))
    return figure, axes


def _plain(value: float, _place: int | None = None) -> str:
    return f"{value:g}"


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _draw(axes: Axes, place: int, x: Sequence[float], y: Sequence[float]) -> None:
    colour, dash = line(place)
    above = 3.0 - 0.01 * place  # the first schedule asked for is never hidden
    axes.plot(x, y, color=_LINES[colour], linestyle=_DASHES[dash], zorder=above)


def _reference(axes: Axes, x: Sequence[float], y: Sequence[float]) -> None:
    axes.plot(x, y, color=_REFERENCE, linewidth=0.8)


def _svg(figure: Figure, title: str) -> str:
    """The figure as an element of a page: no prolog, no namespace, no address in it."""
    none = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    buffer = io.StringIO()
    with mpl.rc_context({**_STYLE, "svg.hashsalt": title}):
        figure.savefig(buffer, format="svg", metadata=none)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href", "href")
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r' id="(?![mp][0-9a-f]{10}")[^"]*"', "", text)  # those that nothing refers to
    text = text.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)
    text = re.sub(r"'DejaVu Sans'(, [\w' -]+)*", "inherit", text)
    for stand_in, variable in _VARIABLES.items():
        text = text.replace(stand_in, variable)
    return text
