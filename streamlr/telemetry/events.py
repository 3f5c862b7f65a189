"""What happens, told once: each method is one event, one log line and one metric.

Log lines of events that a bad stream can repeat without end are limited; their metrics count
every one.
"""

import math
import time
from collections.abc import Iterable

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from streamlr.field_watch import FieldNews
from streamlr.label_watch import LabelNews
from streamlr.records import Journal, Positions, Reject, Schema, Topics, partition_name
from streamlr.shifts import watch

log = structlog.get_logger("streamlr")
_LINES_EVERY_SECONDS = 1.0

REJECT_REASONS = (
    "malformed",
    "wrong_type",
    "empty",
    "too_many_classes",
    "no_key",
    "no_label",
    "unknown_schema",
    "unusable_schema",
)
ALARMS = ("warning", "drift")
_OF_SHIFTS = {
    watch.ALARM: "drift without labels",
    watch.LABELS_BACK: "labels are back after drift without them",
}


class Events:
    """Log and count.

    Parameters
    ----------
    registry
        Where the metrics are registered.
    pipeline
        Value of their ``pipeline`` label.
    """

    def __init__(self, registry: CollectorRegistry, pipeline: str) -> None:
        self._log = log.bind(pipeline=pipeline)
        self._quiet_until: dict[str, float] = {}
        self._untold: dict[str, int] = {}

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, ("pipeline", *labels), registry=registry)

        rejected = counter(
            "streamlr_records_rejected", "Records sent to the dead letters.", "reason"
        )
        self._rejected = rejected
        for reason in REJECT_REASONS:
            rejected.labels(pipeline, reason)
        failures = counter("streamlr_checkpoint_failures", "Checkpoints that could not be written.")
        self._checkpoint_failures = failures.labels(pipeline)
        self._checkpoint_seconds = Histogram(
            "streamlr_checkpoint_duration_seconds",
            "Time to write a checkpoint, flushing the sinks included.",
            ("pipeline",),
            registry=registry,
        ).labels(pipeline)
        self._checkpoint_time = Gauge(
            "streamlr_checkpoint_timestamp_seconds",
            "When the latest checkpoint was written; 0 before the first.",
            ("pipeline",),
            registry=registry,
        ).labels(pipeline)
        self._change_time = Gauge(
            "streamlr_learning_rate_last_change_timestamp_seconds",
            "When the learning rate last changed for this reason; 0 if it has not since the start.",
            ("pipeline", "reason"),
            registry=registry,
        )
        self._changed_to = Gauge(
            "streamlr_learning_rate_after_last_change",
            "Learning rate that it was last changed to for this reason; NaN if it was not since "
            "the start.",
            ("pipeline", "reason"),
            registry=registry,
        )
        self._alarm_time = Gauge(
            "streamlr_drift_last_alarm_timestamp_seconds",
            "When the detector last gave this signal; 0 if it has not since the start.",
            ("pipeline", "kind"),
            registry=registry,
        )
        for kind in ALARMS:
            self._alarm_time.labels(pipeline, kind)
        self._fields_vanished = Gauge(
            "streamlr_fields_vanished",
            "Fields that are read, but come no more: they count as missing.",
            ("pipeline",),
            registry=registry,
        ).labels(pipeline)
        self._label_time = Gauge(
            "streamlr_labels_last_timestamp_seconds",
            "When a label last came to be learned from; 0 if none has since the start.",
            ("pipeline",),
            registry=registry,
        ).labels(pipeline)
        self._since_label = Gauge(
            "streamlr_records_since_last_label",
            "Records predicted since a label last came, as of the latest look.",
            ("pipeline",),
            registry=registry,
        ).labels(pipeline)
        self._pipeline = pipeline
        self.rejected_count = 0

    def know_reasons(self, reasons: Iterable[str]) -> None:
        """Show every reason's series from the start."""
        for reason in reasons:
            self._change_time.labels(self._pipeline, reason)
            self._changed_to.labels(self._pipeline, reason).set(math.nan)

    def started(self, **facts: object) -> None:
        """The daemon has begun."""
        self._log.info("starting", **facts)

    def schema_fixed(self, schema: Schema, left_out: dict[str, str]) -> None:
        """What is learned from was decided."""
        self._log.info(
            "schema fixed",
            features=list(schema.features),
            categories=list(schema.categories),
            texts=list(schema.texts),
            numbers_in_text=list(schema.in_text),
            label=schema.label,
            left_out=left_out,
        )

    def deriving(self, numbers: tuple[str, ...], categories: tuple[str, ...]) -> None:
        """What is learned from beside the stream's own fields, where there is something."""
        if numbers or categories:
            self._log.info("columns derived", numbers=list(numbers), categories=list(categories))

    def fields_changed(self, news: FieldNews, vanished: int) -> None:
        """The stream's fields are not those of before; the schema stays."""
        self._fields_vanished.set(vanished)
        if news.new:
            self._log.warning(
                "new fields, which are not read: to learn from them, begin anew in another "
                "[checkpoint] directory; to hear no more of them, name them in [stream] ignore",
                fields=news.new,
            )
        if news.vanished:
            self._log.warning("fields come no more, and count as missing", fields=news.vanished)
        if news.back:
            self._log.info("fields are back", fields=news.back)

    def labels_looked_at(self, news: LabelNews, waiting: int) -> None:
        """Whether labels still come; told when that changes."""
        self._since_label.set(waiting)
        if news.came:
            self._label_time.set_to_current_time()
        if news.stopped:
            self._log.warning(
                "labels come no more: nothing is learned or scored until they do; drift is seen "
                "only where fields or predictions shift",
                records_since=waiting,
            )
        if news.back:
            self._log.info("labels are back")

    def ready(self, seconds: float, **facts: object) -> None:
        """The first record can come."""
        self._log.info("ready", seconds=round(seconds, 3), **facts)

    def stopped(self, **facts: object) -> None:
        """The daemon has ended as it should."""
        self._log.info("stopped", **facts)

    def rejected(self, rejects: Iterable[Reject], offsets: Iterable[int]) -> None:
        """Records went to the dead letters."""
        for reject, offset in zip(rejects, offsets, strict=True):
            self._rejected.labels(self._pipeline, reject.reason).inc()
            self.rejected_count += 1
            if self._may_tell(reject.reason):
                self._log.warning(
                    "record rejected",
                    reason=reject.reason,
                    offset=offset,
                    detail=reject.brief,
                    **self._held_back(reject.reason),
                )

    def journal(self, entries: Iterable[Journal]) -> None:
        """Drift alarms and changes of the learning rate."""
        for entry in entries:
            if entry.event == "rate":
                self._change_time.labels(self._pipeline, entry.reason).set_to_current_time()
                self._changed_to.labels(self._pipeline, entry.reason).set(entry.new)
                if self._may_tell("rate"):
                    self._log.info(
                        "learning rate changed",
                        sample=entry.sample,
                        reason=entry.reason,
                        old=entry.old,
                        new=entry.new,
                        evidence=entry.evidence,
                        **self._held_back("rate"),
                    )
                continue
            if entry.event in _OF_SHIFTS:
                if self._may_tell(entry.event):
                    self._log.warning(
                        f"{_OF_SHIFTS[entry.event]}: {entry.reason}",
                        sample=entry.sample,
                        **self._held_back(entry.event),
                    )
                continue
            self._alarm_time.labels(self._pipeline, entry.event).set_to_current_time()
            if self._may_tell(entry.event):
                self._log.info(
                    f"{entry.event} detected",
                    sample=entry.sample,
                    rose_by=entry.evidence,
                    **self._held_back(entry.event),
                )

    def restored(self, records: int, positions: Positions, topics: Topics) -> None:
        """Work goes on from a checkpoint."""
        named = {partition_name(number, topics): at for number, at in positions.items()}
        self._log.info("resuming from the checkpoint", records=records, positions=named)

    def warm_started(self, records: int, **facts: object) -> None:
        """The history is learned; its own scores are told here and nowhere else."""
        self._log.info("warm start ended", records=records, **facts)

    def warm_start_passed_over(self, path: object) -> None:
        """A history is configured, but the pipeline has begun without it."""
        self._log.warning(
            "warm start passed over: the checkpoint began without it; to learn it first, begin "
            "anew in another [checkpoint] directory",
            path=str(path),
        )

    def catching_up(self, lag: int, policy: str) -> None:
        """The stream is far ahead."""
        self._log.warning("far behind, catching up", lag_records=lag, policy=policy)

    def caught_up(self, lag: int, withheld: int) -> None:
        """Predictions are emitted again."""
        self._log.info("caught up", lag_records=lag, predictions_withheld=withheld)

    def skipped(self, records: int, old: dict[int, int], new: dict[int, int]) -> None:
        """Records were left out to catch up."""
        self._log.warning("records skipped to catch up", records=records, old=old, new=new)

    def waiting(self, why: str) -> None:
        """Records cannot be read before something comes back; none is lost."""
        self._log.warning("waiting, records cannot be read now; trying again", why=why)

    def waited(self, seconds: float) -> None:
        """It came back."""
        self._log.info("waited, going on", seconds=round(seconds, 3))

    def checkpoint_written(self, path: str, seconds: float, size: int) -> None:
        """State is safe."""
        self._checkpoint_seconds.observe(seconds)
        self._checkpoint_time.set_to_current_time()
        self._log.debug("checkpoint written", path=path, seconds=round(seconds, 4), bytes=size)

    def checkpoint_failed(self, why: str) -> None:
        """State is not safe; work goes on and it is tried again."""
        self._checkpoint_failures.inc()
        self._log.error("checkpoint failed, trying again at the next interval", why=why)

    def _may_tell(self, what: str) -> bool:
        """Whether a line of this sort is due; those held back are counted."""
        now = time.monotonic()
        if now < self._quiet_until.get(what, 0.0):
            self._untold[what] = self._untold.get(what, 0) + 1
            return False
        self._quiet_until[what] = now + _LINES_EVERY_SECONDS
        return True

    def _held_back(self, what: str) -> dict[str, int]:
        count = self._untold.pop(what, 0)
        return {"lines_held_back": count} if count else {}
