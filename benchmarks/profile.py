"""Where the time of ``ingest`` goes, stage by stage: nanoseconds of CPU a sample.

The daemon's own loop runs in this process, as shipped, on a topic of its own broker, with a clock
around each stage. Clocks cost some ten nanoseconds a poll and stage, nothing a sample.

Figures
-------
profile_ns.poll
    The client: waiting for messages and making Python's objects of them, on the main thread.
profile_ns.batch
    Payloads, offsets and positions of a poll.
profile_ns.decode, profile_ns.labels
    Bytes to columns; labels to class indices.
profile_ns.kernel
    Features, predict, evaluate, detect, schedule, learn: the compiled call.
profile_ns.engine
    What Python does around that call.
profile_ns.rest
    All else on the main thread: journal, metrics, checkpoints.
profile_ns.client_threads
    librdkafka's own threads: fetching, decompressing.
profile_ns.total
    Of the process.
kernel_without_ns.PART
    The kernel without a part, on the same records: no detector, a constant rate in place of the
    race, both.
"""

import logging
import tempfile
import time
import uuid
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from benchmarks import ingest
from benchmarks.harness import daemon, kafka
from benchmarks.harness.machine import scratch
from benchmarks.harness.report import Report
from benchmarks.harness.spread import Spread
from simulators import make
from streamlr import config
from streamlr.engine import Engine
from streamlr.service import Service

_NANO = 1e9
_WITHOUT: dict[str, dict[str, Any]] = {
    "nothing": {},
    "detector": {"detector": {"type": "none"}},
    "race": {"schedule": {"type": "constant"}},
    "both": {"schedule": {"type": "constant"}, "detector": {"type": "none"}},
}
_CALL, _CALLS = 2_000, 20


def add_options(parser: ArgumentParser) -> None:
    """Add the benchmark's options."""
    parser.add_argument(
        "--bootstrap", metavar="HOST:PORT", help="use this broker; default: its own"
    )
    parser.add_argument("--records", type=int, default=500_000, help="in the topic")
    parser.add_argument("--repeats", type=int, default=5, help="runs over it")


def measure(asked: Namespace) -> Report:
    """Write the topic, run the daemon's loop over it several times, then the kernel alone."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(scratch("profile-")))
        bootstrap = stack.enter_context(kafka.broker(asked.bootstrap, folder))
        topic = f"benchmark-profile-{uuid.uuid4().hex[:8]}"
        stack.enter_context(kafka.topic(bootstrap, topic))
        kafka.write(bootstrap, topic, ingest.messages(asked.records), ingest.CODEC)
        runs = [_run(bootstrap, topic, asked.records) for _ in range(asked.repeats)]
    stages = {f"profile_ns.{stage}": Spread.of(*(run[stage] for run in runs)) for stage in runs[0]}
    parts = {
        f"kernel_without_ns.{part}": Spread.of(_kernel(tables)) for part, tables in _WITHOUT.items()
    }
    return Report({**stages, **parts}, {"records": f"{asked.records:,}", "codec": ingest.CODEC})


def _run(bootstrap: str, topic: str, records: int) -> dict[str, float]:
    """Nanoseconds a sample by stage, of one run from ready to the end of the topic."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "streamlr.toml"
        path.write_text(daemon.configuration(bootstrap, topic, Path(folder) / "checkpoints"))
        service = Service(config.read(path, {}))
        clocks = _Clocks()
        service.when_ready = lambda: clocks.start(service)
        service.run()
        spent = clocks.stop()
    return {stage: seconds / records * _NANO for stage, seconds in spent.items()}


class _Clocks:
    """CPU time of a service's stages, on the main thread; and of the process."""

    def __init__(self) -> None:
        self._spent: defaultdict[str, float] = defaultdict(float)

    def start(self, service: Service) -> None:
        """Put a clock around each stage."""
        pipeline = service.units.pipelines[0]
        for owner, call, stage in (
            (service.source, "poll", "polled"),
            (service.source, "_batch", "batch"),
            (pipeline._decoder, "decode", "decode"),  # noqa: SLF001 - a stage, seen from within
            (pipeline.labels, "encode", "labels"),
            (pipeline.engine, "run_events", "run"),
            (pipeline.engine, "_process", "kernel"),
        ):
            setattr(owner, call, self._timed(getattr(owner, call), stage))
        self._thread, self._process = time.thread_time(), time.process_time()

    def _timed(self, call: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - any stage's
            began = time.thread_time()
            try:
                return call(*given, **named)
            finally:
                self._spent[stage] += time.thread_time() - began

        return timed

    def stop(self) -> dict[str, float]:
        """Seconds by stage; they add up to the total."""
        total = time.process_time() - self._process
        main = time.thread_time() - self._thread
        spent = self._spent
        stages = {
            "poll": spent["polled"] - spent["batch"],
            "batch": spent["batch"],
            "decode": spent["decode"],
            "labels": spent["labels"],
            "kernel": spent["kernel"],
            "engine": spent["run"] - spent["kernel"],
        }
        stages["rest"] = main - sum(stages.values())
        return stages | {"client_threads": total - main, "total": total}


def _kernel(tables: dict[str, Any]) -> float:
    """Nanoseconds a sample: of each call the least of many rounds, for machines are shared."""
    stream = make("abrupt", seed=ingest.SEED, features=ingest.FEATURES)
    values, labels = stream.rows(0, _CALL * _CALLS)
    given = {"source": {"type": "simulator"}, "stream": {"label": "target"}, **tables}
    engine = Engine(config.build(given), ingest.FEATURES)
    engine.warm_up()
    least = np.full(_CALLS, np.inf)
    for _ in range(40):
        for call in range(_CALLS):
            rows = slice(call * _CALL, (call + 1) * _CALL)
            began = time.perf_counter()
            engine.run(values[rows], labels[rows].astype(np.float64))
            least[call] = min(least[call], time.perf_counter() - began)
    return float(least.sum() / (_CALL * _CALLS) * _NANO)
