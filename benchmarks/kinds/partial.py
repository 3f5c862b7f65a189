"""Partly labelled streams: what records without a label add to the default race, in points.

Of a stream whose labels the benchmark knows, one, five or twenty in a hundred are shown to the
engine, drawn by the seed; of the other records it sees the fields alone. The same records run
twice, with ``[labels] unlabelled = "pseudo"`` and with ``"ignore"``. Accuracy is of every
prediction, made before the record was learned, also of those whose label the engine never sees:
those shown are too few to tell, and what is said of the others is what the model is for. A class is
right when it was named; before any was met nothing is.

``semi_gain_points.STREAM.PERCENT`` is the mean difference over the seeds, in points of accuracy,
``semi_gain_low`` and ``semi_gain_high`` the ends of its 95 % interval (Student's).

Simulated: ``clouds`` (a class is a cloud: labels follow the gaps between records), ``collinear``
(twelve columns that tell little more than three) and the simulator ``abrupt``. Rates and
thresholds were not chosen on these seeds. That these lanes together say no more
than one other at first was: ``usenet1`` lost half a point without, on the seeds measured here.
"""

import functools
import statistics
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.contest import side_by_side, streams
from benchmarks.contest.streams import LABEL, Table
from benchmarks.harness.report import Report
from benchmarks.harness.spread import Spread
from streamlr import config
from streamlr.engine import Engine

PERCENTS = (1, 5, 20)
SEEDS = 10
FILES = (
    "elec2",
    "noaa_weather",
    "sea_50k",
    "spam_6213",
    "phishing",
    "usenet1",
    "covertype_first100k",
)
FEW_SEEDS = {"covertype_first100k": 4}
"""Of what would take longer than all the others."""

_FIRST_SEED = 100  # those before have been looked at
_ROWS = 20_000
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Quantiles for 95 %, by degrees of freedom from 1 on."""


def add_options(parser: ArgumentParser) -> None:
    """How much."""
    parser.add_argument(
        "--partial-seeds", type=int, choices=range(2, SEEDS + 1), default=SEEDS, metavar="N"
    )


def measure(asked: Namespace, folder: Path) -> Report:  # noqa: ARG001 - one signature for all
    """Measure every stream there is at every share of labels, in two processes."""
    told, _ = streams.there(asked.data, {})
    sources: dict[str, Callable[[int], Table]] = {
        name: functools.partial(_read, asked.data, name) for name in FILES if name in told
    }
    sources |= {name: functools.partial(drawn, name) for name in ("clouds", "collinear", "abrupt")}
    jobs = {
        (name, f"{percent} %"): functools.partial(
            gains, source, percent, min(asked.partial_seeds, FEW_SEEDS.get(name, SEEDS))
        )
        for name, source in sources.items()
        for percent in PERCENTS
    }
    figures: dict[str, Spread] = {}
    notes: dict[str, str] = {}
    for (name, share), (ignored, found) in side_by_side.results(jobs):
        of = f"{name}.{share.removesuffix(' %')}"
        middle, reach = interval(found)
        figures[f"semi_gain_points.{of}"] = Spread.of(middle)
        figures[f"semi_gain_low.{of}"] = Spread.of(middle - reach)
        figures[f"semi_gain_high.{of}"] = Spread.of(middle + reach)
        notes[f"{name}, {share} of labels"] = (
            f"{middle:+.2f} ± {reach:.2f} points on {ignored:.2f} % ({len(found)} seeds, "
            f"{min(found):+.2f} to {max(found):+.2f})"
        )
    return Report(dict(sorted(figures.items())), dict(sorted(notes.items())))


def interval(values: list[float]) -> tuple[float, float]:
    """Return the mean, and how far the 95 % interval of it reaches to either side."""
    degrees = len(values) - 1
    spread = statistics.stdev(values) / len(values) ** 0.5
    return statistics.fmean(values), _STUDENT[degrees - 1] * spread


def gains(source: Callable[[int], Table], percent: int, seeds: int) -> tuple[float, list[float]]:
    """Return the mean accuracy in percent of who ignores unlabelled records, and each seed's gain.

    Parameters
    ----------
    source
        The table for a seed.
    percent
        Of labels that are shown.
    """
    ignored, found = [], []
    for seed in range(_FIRST_SEED, _FIRST_SEED + seeds):
        table = source(seed)
        shown = np.random.default_rng([seed, percent]).random(len(table.truth)) < percent / 100
        before, after = (accuracy(table, shown, how) for how in ("ignore", "pseudo"))
        ignored.append(100 * before)
        found.append(100 * (after - before))
    return statistics.fmean(ignored), found


def accuracy(table: Table, shown: np.ndarray, unlabelled: str) -> float:
    """Return the share of all records whose class was named.

    Parameters
    ----------
    shown : bool [rows]
        Whether the engine sees the record's label.
    """
    # an engine numbers classes as it meets them
    met = list(dict.fromkeys(table.truth[shown].tolist()))
    number = np.full(table.classes, np.nan)
    number[np.array(met, np.int64)] = np.arange(len(met))
    truth = number[table.truth.astype(np.int64)]
    labels = np.where(shown, truth, np.nan)
    whole = config.build(
        {
            "source": {"type": "simulator"},
            "stream": {"task": table.task, "label": LABEL, "max_classes": table.classes},
            "labels": {"unlabelled": unlabelled},
        }
    )
    engine = Engine(whole, table.features, table.categories, table.names)
    return float(np.mean(engine.run(table.values, labels).said == truth))


def _read(folder: Path, name: str, seed: int) -> Table:  # noqa: ARG001 - a file is what it is
    return streams.read(folder, name, streams.KNOWN[name], 0)


def drawn(name: str, seed: int) -> Table:
    """Return a simulated table of two classes."""
    if name == "abrupt":
        return streams.simulated(name, seed, _ROWS)
    random = np.random.default_rng(seed)
    values, truth = {"clouds": _clouds, "collinear": _collinear}[name](random)
    names = tuple(f"x{column}" for column in range(values.shape[1]))
    return Table("binary", values, truth.astype(np.float64), names, len(names), 2)


def _clouds(random: np.random.Generator, columns: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Return two round clouds, four deviations apart in a direction of their own."""
    truth = random.integers(0, 2, _ROWS)
    apart = random.standard_normal(columns)
    apart *= 2.0 / np.linalg.norm(apart)
    return random.standard_normal((_ROWS, columns)) + np.outer(2 * truth - 1, apart), truth


def _collinear(random: np.random.Generator, columns: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Return columns mixed from sources of which each is 0.7 times the one before."""
    sources = random.standard_normal((_ROWS, columns))
    mixing = random.standard_normal((columns, columns)) * 0.7 ** np.arange(columns)
    rule = random.standard_normal(columns)
    noise = 0.5 * random.standard_normal(_ROWS)
    return sources @ mixing.T, sources @ rule + noise > 0
