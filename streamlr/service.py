"""The daemon: open everything, poll until told to stop, checkpoint, close.

The steps of a checkpoint, in this order, are what makes every record count exactly once:

1. flush the sinks: every document made so far is durable, and the marks say where the output
stands;
2. write the state, the positions and the marks in one atomic file;
3. commit the positions to the source, for whoever watches its lag.

Killed before 2, work resumes from the checkpoint before, and the marks in it keep documents
from being written twice.
"""

import contextlib
import gc
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import structlog
from prometheus_client import CollectorRegistry, ProcessCollector

from streamlr import __version__, registry, schema, state_tree, warm_start
from streamlr.catch_up import CatchUp
from streamlr.checkpoint.format import Header
from streamlr.checkpoint.store import Store
from streamlr.config import Configuration
from streamlr.errors import StorageError
from streamlr.pipeline import Pipeline
from streamlr.records import Journal, Positions, RawBatch, Reject, Schema, partition_name
from streamlr.sinks import Mark, Sink
from streamlr.sources import Source
from streamlr.telemetry import snapshot
from streamlr.telemetry.events import Events
from streamlr.telemetry.metrics import SnapshotCollector
from streamlr.telemetry.snapshot import Snapshot
from streamlr.warm_start import History
from streamlr.web.server import WebServer

log = structlog.get_logger("streamlr")

_PUBLISH_SECONDS = 0.2
_STALLED_SECONDS = 60.0  # a loop that has not turned for so long is not healthy

Observer = Callable[["Service"], None]


class Service:
    """One pipeline running.

    Parameters
    ----------
    config
        Everything configured.
    observer
        Called after every poll, for a live view or a progress bar.
    """

    def __init__(self, config: Configuration, observer: Observer | None = None) -> None:
        self._config = config
        self._observe = observer or (lambda _service: None)
        self.when_ready: Callable[[], None] = lambda: None
        self.metrics = CollectorRegistry()
        ProcessCollector(registry=self.metrics)  # resident memory and CPU time
        self.events = Events(self.metrics, config.name)
        self.snapshot = Snapshot()
        self.metrics.register(SnapshotCollector(config.name, self._published_snapshot, __version__))
        self.source = self._new_source()
        self._catch_up = CatchUp(config.catch_up)
        self._sinks: dict[str, Sink] = {
            table: registry.load("sinks", settings.type).build(settings, table)
            for table, settings in (("sink", config.sink), ("dead_letters", config.dead_letters))
        }
        self._store: Store | None = None
        self._history: History | None = None
        self.pipeline: Pipeline | None = None
        self._waiting: list[RawBatch] = []
        self.left_out: dict[str, str] = {}
        self._stopping = False
        self._signal = "none"
        self._is_ready = False
        self._turned = time.monotonic()
        self._published = 0.0
        self._checkpointed = 0.0
        self._event_time = 0.0
        self._start_cpu = 0.0

    def run(self) -> None:
        """Work until the stream ends or a signal comes.

        Raises
        ------
        StreamlrError
            Something that the operator can mend; all state up to the latest checkpoint is safe.
        """
        began = time.monotonic()
        self.events.started(
            version=__version__,
            source=self._config.source.type,
            schedule=self._config.schedule.type,
        )
        with contextlib.ExitStack() as self._opened:
            self._open(began)
            while not self._stopping and not self.source.finished:
                self._turn()
            if self._stopping:
                log.info("stopping", signal=self._signal)
            self._finish()

    def _new_source(self) -> Source:
        source: Source = registry.load("sources", self._config.source.type).build(
            self._config.source, self._config.name
        )
        return source

    def _close_source(self) -> None:
        self.source.close()  # the one there is by then

    def stop(self, number: int = 0, _frame: FrameType | None = None) -> None:
        """Finish the poll at hand, then end; a signal handler.

        It must not log: the signal may come amid a line, and the log's lock would wait for itself.
        """
        self._stopping = True
        self._signal = signal.Signals(number).name if number else "none"

    def _open(self, began: float) -> None:
        config = self._config
        if config.checkpoint.directory is not None:
            self._store = Store(config.checkpoint.directory / config.name, config.checkpoint.keep)
        if config.web.enabled:
            web = WebServer(config.web, self.metrics, self._healthy, self._ready)
            self._opened.callback(web.close)
            log.info("listening", host=config.web.host, port=web.port)
        stored = self._store.newest() if self._store else None
        header = stored[0] if stored else None
        if config.warm_start.path and (header is None or warm_start.is_amid(header)):
            self._history = History(config, self._decoder())
        marks = header.marks if header else {}
        for table, sink in self._sinks.items():
            sink.open(marks.get(table))
            self._opened.callback(sink.close)
        positions = self.source.open(
            header.positions if header else None, header.topics if header else ()
        )
        self._opened.callback(self._close_source)
        if stored is None:
            self._begin(positions)
        else:
            self._resume(*stored)
        self._checkpointed = time.monotonic()
        self._learn_history()
        gc.collect()
        gc.freeze()  # what is there now stays: the collector need not look at it again and again
        if self.pipeline is None:
            return
        self._publish()
        self._is_ready = True
        self._start_cpu = time.process_time()  # what starting cost is not the stream's
        self.events.ready(time.monotonic() - began)
        self.when_ready()
        for raw in self._waiting:
            self._take(raw)
        self._waiting.clear()

    def _begin(self, positions: Positions) -> None:
        """Start from nothing: fix the schema, and checkpoint at once."""
        fixed = self._fix_schema()
        if fixed is not None:
            pipeline = self._start_pipeline(fixed)
            pipeline.positions = positions
            pipeline.warm_start = self._history.begin() if self._history else None
            self._checkpoint()  # so that the schema, and where output began, outlive a crash

    def _resume(self, header: Header, arrays: dict[str, np.ndarray]) -> None:
        pipeline = self._start_pipeline(Schema(header.features, header.label, header.categories))
        pipeline.restore(header, arrays)
        records = int(pipeline.engine.state.counters.predicted[0])
        self.events.restored(records, self._by_name(header.positions))
        if self._history is None:
            warm_start.require_left_behind(header)
            if self._config.warm_start.path and header.warm_start is None:
                self.events.warm_start_passed_over(self._config.warm_start.path)

    def _learn_history(self) -> None:
        """Learn from the file of ``[warm_start]`` before the stream, until told to stop."""
        if self._history is None or self.pipeline is None:
            return
        pipeline = self.pipeline
        for raw, journal, rejects in self._history.learn(pipeline):
            self._tell(raw, journal, rejects)
            self._turn_over()
            if self._stopping:
                return
        self._publish()
        self.events.warm_started(self.snapshot.warm_start, **self.snapshot.metrics["cumulative"])
        pipeline.forget_scores()
        self._checkpoint()  # so that it is never repeated

    def _fix_schema(self) -> Schema | None:
        """Decide the fields from the first records, which are kept to be learned from.

        None when told to stop before the first record came.
        """
        stream = self._config.stream
        if stream.features:
            return Schema(stream.features, stream.label, stream.categories)
        if self._history is not None:
            return self._infer(self._history.sample(stream.infer_from))
        sample = registry.load("decoders", self._decoder()).sample
        records: list[dict[str, Any]] = []
        deadline = float("inf")
        while len(records) < stream.infer_from and time.monotonic() < deadline:
            if self._stopping or self.source.finished:
                break
            self._turned = time.monotonic()
            raw = self.source.poll(self._config.loop.poll_records, self._config.loop.poll_seconds)
            if raw is not None:
                deadline = min(deadline, time.monotonic() + stream.infer_seconds)
                self._waiting.append(raw)
                records += sample(raw.payload)
        if self._stopping and not records:
            return None
        return self._infer(records[: stream.infer_from])

    def _infer(self, records: list[dict[str, Any]]) -> Schema:
        fixed, self.left_out = schema.infer(records, self._config.stream)
        self.events.schema_fixed(fixed, self.left_out)
        return fixed

    def _decoder(self) -> str:
        own = self.source.decoder
        configured: str = self._config.decoder.type
        return configured if own == "json" else own

    def _start_pipeline(self, fixed: Schema) -> Pipeline:
        self.pipeline = Pipeline(self._config, fixed, self._decoder(), self._sinks)
        self.pipeline.engine.warm_up()
        self.events.know_reasons(self.pipeline.engine.reasons[1:])
        return self.pipeline

    def _turn(self) -> None:
        """One turn of the loop: poll, process, publish, checkpoint when due."""
        loop = self._config.loop
        raw = self.source.poll(loop.poll_records, loop.poll_seconds)
        if raw is not None and not self._skips(raw):
            self._take(raw)
        self._turn_over()

    def _turn_over(self) -> None:
        """What follows a poll's records: publish, checkpoint when due, show."""
        self._turned = time.monotonic()
        if self._turned - self._published > _PUBLISH_SECONDS:
            self._publish()
        if self._turned - self._checkpointed > self._config.checkpoint.interval_seconds:
            self._checkpoint_or_try_later()
        self._observe(self)

    def _take(self, raw: RawBatch) -> None:
        assert self.pipeline is not None  # noqa: S101 - records come after opening
        journal, rejects = self.pipeline.process(raw, withhold=self._withholds())
        self._event_time = raw.timestamp / 1000.0
        self._tell(raw, journal, rejects)

    def _withholds(self) -> bool:
        """Whether predictions come too late for anybody; told when that changes."""
        assert self.pipeline is not None  # noqa: S101 - records come after opening
        policy = self._config.catch_up.policy
        if policy != "learn_only":
            return False
        lag = self.source.lag()
        if self._catch_up.look(lag):
            records = sum(lag.records.values())
            if self._catch_up.behind:
                self.events.catching_up(records, policy)
            else:
                self.events.caught_up(records, self.pipeline.withheld)
        return self._catch_up.behind

    def _skips(self, raw: RawBatch) -> bool:
        """Leave out these records and those up to near the end, where that is the policy.

        The source is opened anew there; a checkpoint follows at once, so that what was skipped is
        counted once.
        """
        assert self.pipeline is not None  # noqa: S101 - records come after opening
        if self._config.catch_up.policy != "skip":
            return False
        lag = self.source.lag()
        if not self._catch_up.look(lag):
            return False
        before = self.pipeline.positions
        targets = self._catch_up.targets(before, {**before, **raw.positions}, lag)
        self.source.close()
        self.source = self._new_source()
        self.source.open(targets, self.source.topics)
        self.events.skipped(self.pipeline.skip(targets), before, targets)
        self._catch_up.behind = False
        self._checkpoint_or_try_later()
        return True

    def _tell(self, raw: RawBatch, journal: list[Journal], rejects: list[Reject]) -> None:
        if journal:
            self.events.journal(journal)
        if rejects:
            self.events.rejected(rejects, (int(raw.offset[reject.row]) for reject in rejects))

    def _published_snapshot(self) -> Snapshot | None:
        return self.snapshot if self._is_ready else None

    def _publish(self) -> None:
        """Show the moment to readers on other threads."""
        assert self.pipeline is not None  # noqa: S101 - called after opening
        lag, topics = self.source.lag(), self.source.topics
        self.snapshot = snapshot.take(self.pipeline, lag, topics, self._event_time, self.snapshot)
        self._published = time.monotonic()

    def _by_name(self, of_partitions: dict[int, int]) -> dict[str, int]:
        topics = self.source.topics
        return {partition_name(number, topics): n for number, n in of_partitions.items()}

    def _checkpoint(self) -> None:
        """The three steps at the top of this file."""
        if self._store is None or self.pipeline is None:
            return
        began = time.monotonic()
        marks: dict[str, Mark] = {table: sink.flush() for table, sink in self._sinks.items()}
        header = self.pipeline.header(marks, self.source.topics)
        engine = self.pipeline.engine
        sequence = int(engine.state.counters.predicted[0])
        path = self._store.write(sequence, header, engine.arrays())
        self.source.commit(header.positions)
        self.events.checkpoint_written(str(path), time.monotonic() - began, path.stat().st_size)

    def _checkpoint_or_try_later(self) -> None:
        """A full disk is no reason to stop predicting: tell, count, try again later."""
        try:
            self._checkpoint()
        except StorageError as error:
            self.events.checkpoint_failed(str(error))
        self._checkpointed = time.monotonic()

    def _finish(self) -> None:
        if self.pipeline is None:  # told to stop before the first record
            return
        self._checkpoint()
        for sink in self._sinks.values():
            sink.flush()
        self._publish()
        self._observe(self)
        self.events.stopped(
            records=self.snapshot.records,
            learned=self.snapshot.learned,
            rejected=self.events.rejected_count,
            drift_alarms=self.snapshot.alarms["drift"],
            **self.snapshot.metrics["cumulative"],
            state=state_tree.digest(self.pipeline.engine.state),
            cpu_seconds=round(time.process_time() - self._start_cpu, 6),
        )

    def _healthy(self) -> str:
        stalled = time.monotonic() - self._turned
        return f"the loop has not turned for {stalled:.0f} s" if stalled > _STALLED_SECONDS else ""

    def _ready(self) -> str:
        if not self._is_ready:
            return "starting"
        return "stopping" if self._stopping else ""
