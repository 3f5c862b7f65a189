"""Texts: samples per CPU-second against Vowpal Wabbit on the same texts, and what a token costs.

Both read a file, parse it and learn it in one pass, one after the other in the same round: the
daemon NDJSON, with the race that it has for texts and its metrics; Vowpal Wabbit's native driver
its own form, with its defaults (one learning rate, 2**18 weights). The texts are those of
``python -m simulators topics``.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from pathlib import Path

from benchmarks.harness import children, daemon
from benchmarks.harness.machine import ROOT
from benchmarks.harness.report import Report
from benchmarks.harness.spread import Spread
from simulators import make
from simulators.encoding import ndjson

_BLOCK = 10_000
_SEED = 1


def add_options(parser: ArgumentParser) -> None:
    """How much."""
    parser.add_argument("--texts", type=int, default=200_000, metavar="N")
    parser.add_argument("--text-rounds", type=int, default=3, metavar="N")


def measure(asked: Namespace, folder: Path) -> Report:
    """Measure in pairs."""
    cache = ROOT / ".cache" / "benchmarks" / "kernels"
    stream, theirs = folder / "texts.ndjson", folder / "texts.vw"
    few = folder / "few.ndjson", folder / "few.vw"
    write(stream, theirs, asked.texts)
    write(*few, 1_000)
    configs = {
        "as shipped": _configuration(folder / "texts.toml", stream),
        "large": _configuration(folder / "large.toml", stream, "[features]\nbuckets = 1_048_576"),
        "warm": _configuration(folder / "warm.toml", few[0]),
    }
    daemon.check(configs["warm"], cache)
    daemon.run(configs["warm"], cache)
    ours, wabbit = [], []
    for _ in range(asked.text_rounds):
        ours.append(daemon.run(configs["as shipped"], cache))
        wabbit.append(vowpal_wabbit(theirs)["cpu_seconds"])
    large = daemon.run(configs["large"], cache)
    scored = vowpal_wabbit(theirs, folder / "said")["accuracy"]
    command = [sys.executable, "-m", "benchmarks.loops.text_ns"]
    _, costs = children.run("the kernel", command).said[-1]
    pairs = list(zip(ours, wabbit, strict=True))
    return Report(
        figures={
            "text_ratio_vw": Spread.of(*(theirs / run.cpu_seconds for run, theirs in pairs)),
            "text_samples_per_cpu_second": Spread.of(
                *(run.learned / run.cpu_seconds for run in ours)
            ),
            "text_accuracy": Spread.of(ours[0].accuracy),
            "text_accuracy_vw": Spread.of(scored),
            "text_rss_mb_2_20": Spread.of(large.peak_bytes / 1e6),
            **{name: Spread.of(cost) for name, cost in costs.items()},
        },
        notes={"texts": f"{asked.texts:,} of 40 words, of 20,000; new topics every 10,000"},
    )


def vowpal_wabbit(path: Path, said: Path | None = None) -> dict[str, float]:
    """Learn a file by the native driver: its CPU seconds, and its accuracy if ``said`` is given."""
    command = [sys.executable, "-m", "benchmarks.loops.vowpal_wabbit", str(path)]
    command += [] if said is None else ["--said", str(said)]
    return dict(children.run("Vowpal Wabbit", command).said[-1][1])


def write(stream: Path, wabbit: Path, texts: int) -> None:
    """Write the same texts in both forms."""
    topics = make("topics", seed=_SEED)
    form = ndjson(topics)
    with ExitStack() as stack:
        records = stack.enter_context(stream.open("wb"))
        lines = stack.enter_context(wabbit.open("w"))
        for start in range(0, texts, _BLOCK):
            features, labels = topics.rows(start, min(start + _BLOCK, texts))
            records.writelines(record + b"\n" for record in form.encode(features, labels))
            for row, label in zip(features.tolist(), labels.tolist(), strict=True):
                lines.write(f"{2 * label - 1} | {topics.written(row)[0]}\n")


def _configuration(path: Path, stream: Path, more: str = "") -> Path:
    """Write TOML: what has no default; the field of the texts is found."""
    path.write_text(f"""\
[source]
type = "file"
path = {json.dumps(str(stream))}

[stream]
label = "target"

[web]
port = 0

[log]
format = "json"

{more}
""")
    return path
