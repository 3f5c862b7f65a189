"""Records learned per CPU-second from a Kafka topic: the daemon as shipped, and a River loop.

Both read the same topic of the same broker in the same run, in turns: ours, loop, ours, loop, ….
The daemon reads all of it; the loop, being slower, only the first part. What counts is CPU time,
user and system, of all threads:

- of the daemon, ``cpu_seconds`` of its event ``stopped``, from ready to the end of the last
  checkpoint, plus that of librdkafka's threads before ready (read from /proc, on Linux), for they
  fetch ahead while the kernel is made ready. What is left out is the first poll, of at most 500
  records, which the schema is inferred from: decoding and learning them counts, reading them not;
- of the loop, from the first poll with records to the last record learned.

So neither pays for its imports, nor we for compiling. A first run, cold, compiles; it is not among
those that count. The topic's batches are as librdkafka makes them by default.

Figures
-------
ratio_librdkafka
    Ours to the loop, samples per CPU-second: median of the pairs.
ratio_kafka_python
    The same with kafka-python as the daemon's client.
ratio_ten_lanes
    The same on librdkafka with a grid of ten rates, no Autostep lanes.
ratio_librdkafka_sink
    Both write each prediction back to Kafka.
ratio_vw_file
    Ours, by ``streamlr backtest``, to Vowpal Wabbit's native driver at its defaults, one rate, on
    the same CSV file.
ratio_vw_text
    Ours on the CSV file to Vowpal Wabbit on the same records in its own text, which it reads
    faster.
round_trip_p50_ms, round_trip_p99_ms
    From a record's sending to its prediction's arrival, by way of the broker, at 100 records/s.
kernel_ns.K.D.C
    The kernel alone, nanoseconds a sample, with K lanes, D features, C classes:
    ``benchmarks/loops/kernel_ns.py``.
ours_samples_per_cpu_second, loop_samples_per_cpu_second, file_samples_per_cpu_second
ours_samples_per_second
    Wall time from ready; fetching is ahead by then.
message_bytes
    Mean, before compression.
partitions, lanes
ready_seconds_cold, ready_seconds_warm
    From the process's start, without and with compiled kernels on the disk; Python's own bytecode
    is there, as it is in an installed package.
rss_mb
    Peak resident memory of the daemon's warm runs, in 10^6 bytes.
"""

import os
import sys
import uuid
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.harness import children, daemon, files, kafka, round_trip
from benchmarks.harness.daemon import DaemonRun
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.files import FileRun
from benchmarks.harness.machine import scratch
from benchmarks.harness.report import Report, shown
from benchmarks.harness.spread import Spread, ratios
from benchmarks.loops import Outcome
from simulators import encoding, make
from streamlr import config, registry

CODEC = "lz4"
_DECIMALS = 6
_ROWS = 5_000
_KERNELS = "kernels"
_OTHERS = {
    "kafka_python": {"client": "kafka-python"},
    "ten_lanes": {"more": '[schedule]\ntype = "race"\nrates = 10\nautostep = []\n'},
}
"""Other ways to run the daemon → what is changed in its configuration."""

SEED = 1
FEATURES = 10
_ROUND_TRIPS = 2_000
_PER_SECOND = 100.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that the figures are made of; ``warm`` and ``loop`` are pairs."""

    cold: DaemonRun
    warm: Sequence[DaemonRun]
    loop: Sequence[Outcome]
    message_bytes: float
    lanes: int
    kafka_python: Sequence[DaemonRun] = ()
    ten_lanes: Sequence[DaemonRun] = ()
    sink: Sequence[DaemonRun] = ()
    loop_sink: Sequence[Outcome] = ()
    files: Mapping[str, Sequence[FileRun]] = field(default_factory=dict)
    round_trip_ms: Sequence[float] = ()
    kernel: Mapping[str, float] = field(default_factory=dict)


def add_options(parser: ArgumentParser) -> None:
    """Add the benchmark's options."""
    parser.add_argument(
        "--bootstrap", metavar="HOST:PORT", help="use this broker; default: its own"
    )
    parser.add_argument("--records", type=_at_least(1000), default=300_000, help="for the daemon")
    parser.add_argument("--loop-records", type=_at_least(1000), default=60_000, help="for the loop")
    parser.add_argument("--repeats", type=_at_least(3), default=3, help="pairs of runs, 3 or more")


def measure(asked: Namespace) -> Report:
    """Write the topic, then run both in turns.

    Raises
    ------
    BenchmarkError
        A process failed, or did not learn every record it was given.
    """
    if asked.loop_records > asked.records:
        raise BenchmarkError("--loop-records is a part of --records")
    load = f"{os.getloadavg()[0]:.1f}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(scratch("ingest-")))
        bootstrap = stack.enter_context(kafka.broker(asked.bootstrap, folder))
        stream = _Stream(folder, bootstrap, _topic(stack, bootstrap, ""), asked.records)
        sinks = [_topic(stack, bootstrap, f"-{name}") for name in ("sink", "loop-sink")]
        size = kafka.write(bootstrap, stream.topic, messages(asked.records), CODEC)
        daemon.check(stream.configure("cold"), stream.kernels)
        cold = stream.ours("cold")
        ways = _OTHERS | {"sink": {"more": _sink(bootstrap, sinks[0])}}
        stream.ours("cold-ten_lanes", **ways["ten_lanes"])  # another number of lanes: compiles
        compiled = _files(stream.kernels)
        warm, loop, loop_sink = [], [], []
        others: dict[str, list[DaemonRun]] = {name: [] for name in ways}
        for number in range(1, asked.repeats + 1):
            warm.append(stream.ours(f"warm-{number}"))
            if _files(stream.kernels) != compiled:
                raise BenchmarkError("a warm start compiled: the daemon's code changed meanwhile")
            loop.append(stream.loop(asked.loop_records))
            for name, changes in ways.items():
                others[name].append(stream.ours(f"{name}-{number}", **changes))
            loop_sink.append(stream.loop(asked.loop_records, "--sink", sinks[1]))
            _tell(f"pair {number} of {asked.repeats}", warm[-1], loop[-1])
        on_files = _on_files(stream, asked.repeats)
        trips = _round_trips(stack, stream)
        settings = config.read(folder / "cold.toml", {})  # loads numba: only now, for our memory
        lanes = registry.load("schedules", settings.schedule.type).lanes(settings.schedule)
    kernel = children.run("the kernel", [sys.executable, "-m", "benchmarks.loops.kernel_ns"])
    measured = Measured(
        cold,
        warm,
        loop,
        size,
        lanes,
        **others,
        loop_sink=loop_sink,
        files=on_files,
        round_trip_ms=trips,
        kernel=kernel.said[-1][1],
    )
    notes = {
        "codec": CODEC,
        "schedule": settings.schedule.type,
        "detector": settings.detector.type,
        "load average before": load,
    }
    return Report(figures(measured), notes | _notes(measured))


@dataclass(frozen=True, slots=True)
class _Stream:
    """The topic that both read, and where their files go.

    Attributes
    ----------
    folder, bootstrap, topic
        Scratch, the broker, and the topic on it.
    records
        In the topic.
    """

    folder: Path
    bootstrap: str
    topic: str
    records: int

    @property
    def kernels(self) -> Path:
        """Compiled kernels: all runs of the daemon share them."""
        return self.folder / _KERNELS

    def configure(self, name: str, **changes: str) -> Path:
        path = self.folder / f"{name}.toml"
        checkpoints = self.folder / f"checkpoints-{name}"
        text = daemon.configuration(self.bootstrap, self.topic, checkpoints, **changes)
        path.write_text(text)
        return path

    def ours(self, name: str, **changes: str) -> DaemonRun:
        """One run of the daemon, from no checkpoint."""
        run = daemon.run(self.configure(name, **changes), self.kernels)
        _require_all("the daemon", run.learned, self.records)
        return run

    def loop(self, records: int, *more: str) -> Outcome:
        """One run of the loop, on the first ``records``."""
        command = [sys.executable, "-m", "benchmarks.loops.river_loop", "--topic", self.topic]
        command += ["--bootstrap", self.bootstrap, "--records", str(records), *more]
        outcome = Outcome(**children.run("the loop", command).said[-1][1])
        _require_all("the loop", outcome.learned, records)
        return outcome


def _topic(stack: ExitStack, bootstrap: str, suffix: str) -> str:
    name = f"benchmark-ingest-{uuid.uuid4().hex[:8]}{suffix}"
    stack.enter_context(kafka.topic(bootstrap, name))
    return name


def _sink(bootstrap: str, topic: str) -> str:
    return f'[sink]\ntype = "kafka"\nbootstrap = "{bootstrap}"\ntopic = "{topic}"\n'


def _on_files(stream: _Stream, repeats: int) -> dict[str, list[FileRun]]:
    """Ours and Vowpal Wabbit's runs in turns; the first of ours, which may compile, is left out."""
    csv, text = files.write(stream.folder, stream.records, FEATURES, SEED)
    files.ours(csv, stream.records, stream.kernels)
    runs: dict[str, list[FileRun]] = {"ours": [], "vw_file": [], "vw_text": []}
    for _ in range(repeats):
        runs["ours"].append(files.ours(csv, stream.records, stream.kernels))
        runs["vw_file"].append(files.vowpal_wabbit(csv, stream.records))
        runs["vw_text"].append(files.vowpal_wabbit(text, stream.records))
    return runs


def _round_trips(stack: ExitStack, stream: _Stream) -> list[float]:
    source, sink = (_topic(stack, stream.bootstrap, name) for name in ("-trip", "-trip-sink"))
    sent = list(messages(round_trip.WARM_UP + _ROUND_TRIPS))
    folder = stream.folder / "round-trip"
    return round_trip.milliseconds(folder, stream.bootstrap, (source, sink), sent, _PER_SECOND)


def messages(count: int) -> Iterator[bytes]:
    """Generate the topic's records: flat JSON objects, the features with six decimals."""
    stream = make("abrupt", seed=SEED, features=FEATURES)
    form = encoding.ndjson(stream)
    for start in range(0, count, _ROWS):
        features, labels = stream.rows(start, min(start + _ROWS, count))
        yield from form.encode(features.round(_DECIMALS), labels)


def figures(measured: Measured) -> dict[str, Spread]:
    """Return every figure under its fixed name."""
    warm, loop = measured.warm, measured.loop
    ours_rate, loop_rate = _rates(warm), _rates(loop)
    rates = {name: _rates(runs) for name, runs in measured.files.items()}
    pairs = {
        "ratio_librdkafka": (ours_rate, loop_rate),
        "ratio_kafka_python": (_rates(measured.kafka_python), loop_rate),
        "ratio_ten_lanes": (_rates(measured.ten_lanes), loop_rate),
        "ratio_librdkafka_sink": (_rates(measured.sink), _rates(measured.loop_sink)),
        **{f"ratio_{name}": (rates["ours"], of) for name, of in rates.items() if name != "ours"},
    }
    trips = measured.round_trip_ms
    return {
        **{name: ratios(ours, theirs) for name, (ours, theirs) in pairs.items()},
        "round_trip_p50_ms": Spread.of(float(np.percentile(trips, 50))),
        "round_trip_p99_ms": Spread.of(float(np.percentile(trips, 99))),
        "ours_samples_per_cpu_second": Spread.of(*ours_rate),
        "loop_samples_per_cpu_second": Spread.of(*loop_rate),
        "ours_samples_per_second": Spread.of(*(run.learned / run.wall_seconds for run in warm)),
        "file_samples_per_cpu_second": Spread.of(*rates["ours"]),
        "message_bytes": Spread.of(measured.message_bytes),
        "partitions": Spread.of(kafka.PARTITIONS),
        "lanes": Spread.of(measured.lanes),
        "ready_seconds_cold": Spread.of(measured.cold.ready_seconds),
        "ready_seconds_warm": Spread.of(*(run.ready_seconds for run in warm)),
        "rss_mb": Spread.of(*(run.peak_bytes / 1e6 for run in warm)),
        **{f"kernel_ns.{name}": Spread.of(value) for name, value in measured.kernel.items()},
    }


def _rates(runs: Iterable[DaemonRun | Outcome | FileRun]) -> list[float]:
    """Samples per CPU-second of each."""
    return [run.learned / run.cpu_seconds for run in runs]


def _notes(measured: Measured) -> dict[str, str]:
    cold, ours, loop = measured.cold, measured.warm[0], measured.loop[0]
    cold_rate = shown(cold.learned / cold.cpu_seconds)
    return {
        "repeats": f"{len(measured.warm)} pairs, in turns",
        "ours": f"learned all {ours.learned:,} records, accuracy {ours.accuracy:.2%}",
        "loop": f"learned the first {loop.learned:,} of them, accuracy {loop.accuracy:.2%}",
        "cold run": f"{cold_rate} samples per CPU-second, {cold.peak_bytes / 1e6:.0f} MB",
    }


def _files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def _require_all(name: str, learned: int, records: int) -> None:
    if learned != records:
        raise BenchmarkError(f"{name} learned {learned} records of {records}")


def _tell(what: str, ours: DaemonRun, loop: Outcome) -> None:
    """Show progress: a run takes minutes."""
    rates = _rates([ours, loop])
    text = f"{what}: ours {shown(rates[0])}, loop {shown(rates[1])} samples per CPU-second"
    print(f"{text}, ratio {rates[0] / rates[1]:.1f}", file=sys.stderr)


def _at_least(least: int) -> Callable[[str], int]:
    """Make a type for argparse."""

    def integer(text: str) -> int:
        value = int(text)
        if value < least:
            raise ArgumentTypeError(f"{value} must be at least {least}")
        return value

    return integer
