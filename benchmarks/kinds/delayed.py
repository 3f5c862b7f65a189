"""Labels that come later: pairs joined and learned per CPU-second from NDJSON, and the memory.

Records and labels alternate: each label follows its record by so many pairs as the window holds, so
that as many predictions wait. The daemon runs as shipped, with the default race.
"""

import itertools
import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.harness import daemon
from benchmarks.harness.machine import ROOT
from benchmarks.harness.report import Report
from benchmarks.harness.spread import Spread

FEATURES = 10
_BLOCK = 20_000
_BEGAN = 1_700_000_000  # the first pair's event time; one a second


def add_options(parser: ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--delayed-pairs", type=int, default=500_000, metavar="N")
    parser.add_argument("--delayed-window", type=int, default=50_000, metavar="N")


def measure(asked: Namespace, folder: Path) -> Report:
    """Measure once: the figure is of CPU time."""
    pairs, window = asked.delayed_pairs, asked.delayed_window
    stream, config = folder / "pairs.ndjson", folder / "delayed.toml"
    write(stream, pairs, window)
    config.write_text(configuration(stream, window))
    cache = ROOT / ".cache" / "benchmarks" / "kernels"
    daemon.check(config, cache)
    warm = folder / "warm.toml"
    write(folder / "few.ndjson", _BLOCK, 100)
    warm.write_text(configuration(folder / "few.ndjson", window))
    daemon.run(warm, cache)
    run = daemon.run(config, cache)
    return Report(
        figures={
            "delayed_pairs_per_cpu_second": Spread.of(run.learned / run.cpu_seconds),
            "delayed_rss_mb": Spread.of(run.peak_bytes / 1e6),
        },
        notes={"delayed": f"{pairs:,} pairs, {window:,} waiting, {FEATURES} features"},
    )


def configuration(stream: Path, window: int, more: str = "") -> str:
    """TOML: every pair is joined, with room for no more than wait."""
    return f"""\
[source]
type = "file"
path = {json.dumps(str(stream))}

[stream]
label = "target"
features = {json.dumps([f"x{place}" for place in range(FEATURES)])}

[labels]
type = "delayed"
key = "id"
time = "ts"
pending = {window + 1}
remember = {window}

[web]
port = 0

[log]
format = "json"

{more}"""


def write(path: Path, pairs: int, window: int) -> None:
    """Write as many pairs: a linear rule with noise."""
    random = np.random.default_rng(1)
    rule = random.normal(size=FEATURES)
    waiting: list[bytes] = []
    with path.open("wb") as file:
        for start in range(0, pairs, _BLOCK):
            count = np.arange(start, min(start + _BLOCK, pairs))
            values = random.normal(size=(len(count), FEATURES)).round(4)
            target = values @ rule + random.normal(size=len(count)) > 0
            numbers = {f"x{place}": values[:, place] for place in range(FEATURES)}
            features = _lines(count, 0, numbers)
            waiting += _lines(count, window, {"target": target})
            due = max(0, len(waiting) - window)
            early = len(features) - due
            file.writelines(features[:early])
            file.writelines(
                itertools.chain.from_iterable(zip(features[early:], waiting[:due], strict=True))
            )
            waiting = waiting[due:]
        file.writelines(waiting)


def _lines(count: np.ndarray, later: int, columns: dict[str, np.ndarray]) -> list[bytes]:
    keys = pl.Series([f"order-{number}" for number in count.tolist()])
    frame = pl.DataFrame({"id": keys, "ts": count + _BEGAN + later, **columns})
    return frame.write_ndjson().encode().splitlines(keepends=True)
