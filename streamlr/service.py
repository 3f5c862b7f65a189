"""The daemon: open everything, poll until told to stop, checkpoint, close.

What is learned, and how it is kept, is for :mod:`streamlr.units`; the steps that make every record
count exactly once stand in ``units/unit.py``.
"""

import contextlib
import gc
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector

from streamlr import __version__, registry, schema, units, warm_start
from streamlr.catch_up import CatchUp
from streamlr.config import Configuration
from streamlr.errors import StorageError
from streamlr.label_watch import LabelWatch
from streamlr.patience import Patience
from streamlr.pipeline import Pipeline
from streamlr.reading import Reading
from streamlr.records import Journal, Positions, RawBatch, Reject, Schema
from streamlr.sinks import Sink
from streamlr.sources import GroupSource, Keeper, Source, by_itself
from streamlr.telemetry import snapshot
from streamlr.telemetry.events import Events
from streamlr.telemetry.metrics import SnapshotCollector
from streamlr.telemetry.snapshot import Snapshot
from streamlr.warm_start import History
from streamlr.web import views
from streamlr.web.server import WebServer

log = structlog.get_logger("streamlr")

_PUBLISH_SECONDS = 0.2
_STALLED_SECONDS = 60.0  # a loop that has not turned for so long is not healthy

Observer = Callable[["Service"], None]


class Service:
    """One stream's pipelines running.

    Parameters
    ----------
    config
        Everything configured.
    observer
        Called after every poll, for a live view or a progress bar.
    """

    def __init__(self, config: Configuration, observer: Observer | None = None) -> None:
        self._config = config
        self._observer = observer
        self.when_ready: Callable[[], None] = lambda: None
        self.patient = True  # waits for what records need; else that it is away is an error
        self.metrics = CollectorRegistry()
        ProcessCollector(registry=self.metrics)  # resident memory and CPU time
        self.events = Events(self.metrics, config.name)
        self.snapshot = Snapshot()
        self.metrics.register(SnapshotCollector(config.name, self._published_snapshot, __version__))
        self.source = self._new_source(config.source)
        self._catch_up = CatchUp(config.catch_up)
        self._patience = Patience(self.events, self._waits)
        self._sinks: dict[str, Sink] = {
            table: registry.load("sinks", settings.type).build(settings, table)
            for table, settings in (("sink", config.sink), ("dead_letters", config.dead_letters))
        }
        self.units = units.build(config, self.events)
        self._history: History | None = None
        self._labels: LabelWatch | None = None
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

    @property
    def pipeline(self) -> Pipeline | None:
        """The pipeline; of several the first, and None where there is none yet."""
        return next(iter(self.units.pipelines), None)

    def _new_source(self, settings: Any) -> Source:  # noqa: ANN401 - a source's Config
        source: Source = registry.load("sources", settings.type).build(settings, self._config.name)
        return source

    def _member(self, keeper: Keeper) -> Source:
        source: GroupSource = registry.load("sources", self._config.source.type).build(
            self._config.source, self._config.name
        )
        source.share(keeper)
        return source

    def _stand(self, source: Source, positions: Positions | None) -> Positions:
        """Read from this source, there; from no other any more."""
        self._at_source.close()
        self.source = source
        begins = source.open(positions, self.units.topics)
        self._at_source.callback(source.close)
        return begins

    def stop(self, number: int = 0, _frame: FrameType | None = None) -> None:
        """Finish the poll at hand, then end; a signal handler.

        It must not log: the signal may come amid a line, and the log's lock would wait for itself.
        """
        self._stopping = True
        self._signal = signal.Signals(number).name if number else "none"

    def _open(self, began: float) -> None:
        if self._config.web.enabled:
            pages = views.pages(lambda: self.snapshot)
            web = WebServer(self._config.web, self.metrics, self._healthy, self._ready, pages)
            self._opened.callback(web.close)
            log.info("listening", host=self._config.web.host, port=web.port)
        self._reading = Reading(self._config, self.source.decoder)
        self._prepare([])  # what is wrong with it is told before the first record
        self.units.open(self._reading.decoder, self._sinks, self._opened)
        self._find_history()
        self._at_source = self._opened.enter_context(contextlib.ExitStack())
        if not self._begin():  # told to stop before the first record
            return
        self._checkpointed = time.monotonic()
        self._learn_history()
        gc.collect()
        gc.freeze()  # what is there now stays: the collector need not look at it again and again
        self._opened.callback(gc.unfreeze)  # libraries complain of what is never let go
        self._publish()
        assert self.units.schema is not None  # noqa: S101 - it is fixed before the first record
        self._fields = self._reading.watch(self.units.schema, time.monotonic)
        if self._config.stream.task != "unsupervised":
            self._labels = LabelWatch(self.snapshot.records, self.snapshot.learned)
        self._is_ready = True
        self._start_cpu = time.process_time()  # what starting cost is not the stream's
        self.events.ready(time.monotonic() - began)
        self.when_ready()
        for raw in self._waiting:
            if not self._take(raw):
                break
        self._waiting.clear()

    def _find_history(self) -> None:
        """Learn the history first, unless it was left behind."""
        path, pipeline = self._config.warm_start.path, self.pipeline
        mark = pipeline.warm_start if pipeline is not None else None
        if path and (pipeline is None or warm_start.is_amid(mark)):
            self._history = History(self._config, self._reading.decoder)
            return
        warm_start.require_left_behind(mark)
        if path and mark is None:
            self.events.warm_start_passed_over(path)

    def _begin(self) -> bool:
        """Stand where the state stands; where there is none, fix the schema first.

        A member of a group joins it when the schema is fixed, and reads again then what it looked
        at. False when told to stop before the first record came.
        """
        known, keeper = self.units.schema is not None, self.units.keeper
        positions: Positions = {}
        if keeper is None:
            positions = self._stand(self.source, self.units.positions)
        elif not known:
            positions = self._stand(self._new_source(by_itself(self._config.source)), None)
        if not known:
            fixed = self._fix_schema()
            if fixed is None:
                return False
            self.units.fix(fixed, positions, self.source.topics)
            if self._history is not None and self.pipeline is not None:
                self.pipeline.warm_start = self._history.begin()
        if keeper is not None:
            self._waiting.clear()
            positions = self._stand(self._member(keeper), {})
        self.units.begin(positions, self.source.topics)
        if not known:
            self._checkpoint()  # so that the schema, and where output began, outlive a crash
        return True

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
            return schema.declared(stream)
        if self._history is not None:
            found = self._history.sample(stream.infer_from)
            return self._infer(found, len(found), of_history=True)
        records: list[Mapping[str, Any]] = []
        deadline = float("inf")
        while len(records) < stream.infer_from and time.monotonic() < deadline:
            if self._stopping or self.source.finished:
                break
            self._turned = time.monotonic()
            raw = self.source.poll(self._config.loop.poll_records, self._config.loop.poll_seconds)
            if raw is not None:
                if not self._prepare(raw.payload):
                    break
                self._waiting.append(raw)
                records += self._reading.with_features(raw)
            if records or (raw is not None and not schema.is_apart(self._config.labels)):
                deadline = min(deadline, time.monotonic() + stream.infer_seconds)
        if self._stopping and not records:
            return None
        return self._infer(records[: stream.infer_from], sum(map(len, self._waiting)))

    def _infer(
        self, records: Sequence[Mapping[str, Any]], looked_at: int, *, of_history: bool = False
    ) -> Schema:
        fixed, self.left_out = self._reading.infer(records, looked_at, of_history=of_history)
        self.events.schema_fixed(fixed, self.left_out)
        return fixed

    def _prepare(self, payload: Any) -> bool:  # noqa: ANN401 - each decoder's own kind of payload
        """Have what these records need found, and wait until it is.

        False when told to stop meanwhile: they must not be taken then, nor any that follow.
        """
        find = self._reading.find
        if find is None:
            return True
        if self.patient:
            return self._patience.has(lambda: find(payload))
        find(payload)
        return True

    def _waits(self) -> bool:
        """What goes on while records wait; False when told to stop."""
        self._turned = time.monotonic()
        if self._is_ready:
            self._turn_over()
        return not self._stopping

    def _turn(self) -> None:
        """One turn of the loop: poll, process, publish, checkpoint when due."""
        loop = self._config.loop
        seconds = 0.0 if self.units.busy else loop.poll_seconds
        raw = self.source.poll(loop.poll_records, seconds)
        if raw is None:
            self._settle()
        elif not self._skips(raw):
            self._take(raw)
        self._turn_over()

    def _turn_over(self) -> None:
        """What follows a poll's records: publish, checkpoint when due, show."""
        self._turned = time.monotonic()
        if self._turned - self._published > _PUBLISH_SECONDS:
            self._publish()
        if self._turned - self._checkpointed > self._config.checkpoint.interval_seconds:
            self._checkpoint_or_try_later()
        self._show()

    def _show(self) -> None:
        if self._observer is not None:  # it looks at the pipelines themselves
            self._settle()
            self._observer(self)

    def _take(self, raw: RawBatch) -> bool:
        """Take records through the pipelines; False when told to stop before they could be read."""
        if not self._prepare(raw.payload):
            return False
        for told in self.units.process(raw, withhold=self._withholds()):
            self._tell(*told)
        self._event_time = raw.timestamp / 1000.0
        news = self._fields.look(raw)
        if any(news):
            self.events.fields_changed(news, self._fields.vanished)
        return True

    def _settle(self) -> None:
        """Finish the records under way: whoever looks at the state must find it whole."""
        for told in self.units.settle():
            self._tell(*told)

    def _withholds(self) -> bool:
        """Whether predictions come too late for anybody; told when that changes."""
        policy = self._config.catch_up.policy
        if policy != "learn_only":
            return False
        lag = self.source.lag()
        if self._catch_up.look(lag):
            records = sum(lag.records.values())
            if self._catch_up.behind:
                self.events.catching_up(records, policy)
            else:
                self._settle()
                withheld = sum(pipeline.withheld for pipeline in self.units.pipelines)
                self.events.caught_up(records, withheld)
        return self._catch_up.behind

    def _skips(self, raw: RawBatch) -> bool:
        """Leave out these records and those up to near the end, where that is the policy.

        The source is opened anew there; a checkpoint follows at once, so that what was skipped is
        counted once.
        """
        if self._config.catch_up.policy != "skip":
            return False
        lag = self.source.lag()
        if not self._catch_up.look(lag):
            return False
        self._settle()
        before = self.units.positions or {}
        targets = self._catch_up.targets(before, {**before, **raw.positions}, lag)
        self._stand(self._new_source(self._config.source), targets)
        self.events.skipped(self.units.skip(targets), before, targets)
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
        self._settle()
        lag, topics = self.source.lag(), self.source.topics
        self.snapshot = snapshot.take(self.units, lag, topics, self._event_time, self.snapshot)
        self._published = time.monotonic()
        if self._labels is not None:
            news = self._labels.look(self.snapshot.records, self.snapshot.learned)
            self.events.labels_looked_at(news, self._labels.waiting)

    def _checkpoint(self) -> None:
        self._settle()
        self.units.checkpoint(self.source)

    def _checkpoint_or_try_later(self) -> None:
        """A full disk is no reason to stop predicting: tell, count, try again later."""
        try:
            self._checkpoint()
        except StorageError as error:
            self.events.checkpoint_failed(str(error))
        self._checkpointed = time.monotonic()

    def _finish(self) -> None:
        if not self._is_ready:  # told to stop before the first record
            return
        self._checkpoint()
        self.units.flush()
        self._publish()
        self._show()
        self.events.stopped(
            records=self.snapshot.records,
            learned=self.snapshot.learned,
            rejected=self.events.rejected_count,
            drift_alarms=self.snapshot.alarms["drift"],
            **self.snapshot.metrics["cumulative"],
            state=self.units.digest(),
            cpu_seconds=round(time.process_time() - self._start_cpu, 6),
        )

    def _healthy(self) -> str:
        stalled = time.monotonic() - self._turned
        return f"the loop has not turned for {stalled:.0f} s" if stalled > _STALLED_SECONDS else ""

    def _ready(self) -> str:
        if not self._is_ready:
            return "starting"
        return "stopping" if self._stopping else ""
