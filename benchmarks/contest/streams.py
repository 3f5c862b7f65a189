"""The streams: which there are, what a user says of each, and their rows as the product reads them.

A user gives the task, and names fields to leave out; everything else is inferred.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.harness.errors import BenchmarkError
from simulators import make
from streamlr import config, registry, schema
from streamlr.labels.encoding import Classes, Labels, Numbers
from streamlr.sources import file

LABEL = "target"
SUFFIX = ".csv.gz"
_POLL = 4096


@dataclass(frozen=True, slots=True)
class Told:
    """What a user says of a stream.

    Attributes
    ----------
    task
        binary, multiclass or regression.
    ignore
        Fields left out.
    file
        Without its suffix, where it is not the stream's name.
    rows
        Only the first so many; 0: all.
    """

    task: str
    ignore: tuple[str, ...] = ()
    file: str = ""
    rows: int = 0


KNOWN = {
    "elec2": Told("binary", ignore=("date", "day")),
    "noaa_weather": Told("binary"),
    "sea_50k": Told("binary"),
    "covertype_first100k": Told("multiclass"),
    "airlines_first100k": Told("binary", file="airlines", rows=100_000),
    "airlines": Told("binary"),
    "spam_6213": Told("binary"),
    "usenet1": Told("binary"),
    "phishing": Told("binary"),
    "bike_hour": Told("regression"),
    "metro_traffic": Told("regression"),
    "beijing_pm25_2010_2014": Told("regression"),
    "nab_nyc_taxi": Told("regression"),
}
"""Stream → what is said of it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A stream's rows in memory.

    Attributes
    ----------
    task
        As told.
    values : float64 [rows, features + categories]
        NaN where missing; a categorical value is its code.
    truth : float64 [rows]
        Class index, in the order of first appearance, or number.
    names
        Of the numeric columns, then of the categorical ones.
    features
        Number of numeric columns.
    classes
        Number of classes; 0 for a regression.
    """

    task: str
    values: np.ndarray
    truth: np.ndarray
    names: tuple[str, ...]
    features: int
    classes: int

    @property
    def categories(self) -> int:
        """Number of categorical columns."""
        return len(self.names) - self.features

    def first(self, rows: int) -> "Table":
        """Return the first rows, or all where there are no more."""
        return replace(self, values=self.values[:rows], truth=self.truth[:rows])


def there(folder: Path | None, tasks: Mapping[str, str]) -> tuple[dict[str, Told], list[str]]:
    """Find the streams of a folder.

    Parameters
    ----------
    folder
        Of gzipped CSV files with the label in ``target``; None: no streams.
    tasks
        File → task, for files that :data:`KNOWN` does not name.

    Returns
    -------
    dict
        Stream → what is said of it.
    list
        Files that nothing is said of.
    """
    paths = sorted(folder.glob(f"*{SUFFIX}")) if folder is not None else []
    files = [path.name.removesuffix(SUFFIX) for path in paths]
    told = KNOWN | {name: Told(task) for name, task in tasks.items()}
    found = {name: said for name, said in told.items() if (said.file or name) in files}
    return found, [name for name in files if name not in told]


@functools.lru_cache(maxsize=1)  # a process takes one stream's policies in turn
def read(folder: Path, name: str, told: Told, rows: int) -> Table:
    """Read a stream as the daemon would: its source, its inference of fields, its decoder.

    Parameters
    ----------
    folder, name, told
        Where it is, and what is said of it.
    rows
        Most rows; 0: all.

    Raises
    ------
    BenchmarkError
        The product rejects a row, or a row has no label.
    """
    said = {"label": LABEL, "task": told.task, "ignore": told.ignore}
    stream = config.StreamConfig.model_validate(said)
    path = folder / f"{told.file or name}{SUFFIX}"
    source = file.build(file.Config.model_validate({"path": path}), name)
    decoders = registry.load("decoders", source.decoder)
    wanted = min(filter(None, (rows, told.rows)), default=0)
    source.open(None)
    polls = []
    count = 0
    while not wanted or count < wanted:
        raw = source.poll(min(_POLL, wanted - count) if wanted else _POLL, 0.0)
        if raw is None:
            break
        count += len(raw.offset)
        polls.append(raw.payload)
    source.close()
    fields, _ = schema.infer(
        decoders.sample(decoders.Config(), polls[0])[: stream.infer_from], stream
    )
    decoder = decoders.build(decoders.Config(), fields)
    labels: Labels = Numbers() if told.task == "regression" else Classes(stream.max_classes)
    encoded = [labels.encode(decoder.decode(payload)) for payload in polls]
    rejects = [reject for decoded, _ in encoded for reject in decoded.rejects]
    truth = np.concatenate([truth for _, truth in encoded])
    if rejects or np.isnan(truth).any():
        what = rejects[0].detail if rejects else "a row has no label"
        raise BenchmarkError(f"{name}: every row must be learned by every policy: {what}")
    names = fields.features + fields.categories
    values = np.concatenate([decoded.values for decoded, _ in encoded])
    return Table(told.task, values, truth, names, len(fields.features), len(labels.met))


def simulated(name: str, seed: int, samples: int, options: Sequence[tuple[str, int]] = ()) -> Table:
    """Return the first rows of a simulator of two classes."""
    stream = make(name, seed=seed, **dict(options))
    values, truth = stream.rows(0, samples)
    names = stream.feature_names
    return Table("binary", values, truth.astype(np.float64), names, len(names), stream.classes)
