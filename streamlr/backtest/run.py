"""One run: a schedule on the whole stream, and what is sampled of it on the way."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from streamlr import headlines
from streamlr.config import Configuration
from streamlr.records import Journal
from streamlr.service import Service

Progress = Callable[[int], None]
"""Is told how many records are done."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to run.

    Attributes
    ----------
    schedule
        As it was asked for.
    configuration
        All of it; records of a poll apart stand the points of the series.
    fixed_rate
        The learning rate, where the run is one of ``--fixed-rates``.
    sampled
        Whether a series is wanted.
    """

    schedule: str
    configuration: Configuration
    fixed_rate: float | None = None
    sampled: bool = False


class Series(msgspec.Struct):
    """A run at some of its samples, the same for every schedule.

    Attributes
    ----------
    sample
        Labelled samples learned at each point.
    learning_rate
        The schedule's rate there.
    updates
        Model updates so far.
    windowed, cumulative
        Metric → its values there, over the latest samples and over all so far.
    """

    sample: list[int] = []
    learning_rate: list[float] = []
    updates: list[int] = []
    windowed: dict[str, list[float]] = {}
    cumulative: dict[str, list[float]] = {}

    def note(self, service: Service) -> None:
        """Add a point, if something was learned since the last."""
        assert service.pipeline is not None  # noqa: S101 - observers are called by a running service
        engine = service.pipeline.engine
        learned = int(engine.state.counters.learned[0])
        if learned <= (self.sample[-1] if self.sample else 0):
            return
        metrics = engine.metrics()
        self.sample.append(learned)
        self.learning_rate.append(engine.learning_rate)
        self.updates.append(int(engine.state.counters.updates[0]))
        for view, kept in (("windowed", self.windowed), ("cumulative", self.cumulative)):
            for metric in headlines.headings(metrics[view]):
                kept.setdefault(metric, []).append(metrics[view][metric])


class Run(msgspec.Struct):
    """One schedule's result.

    Attributes
    ----------
    schedule
        As it was asked for.
    metrics
        Cumulative prequential metrics: fractions; log-loss in nats.
    samples
        Labelled samples scored.
    rejected
        Records that could not be used.
    cpu_seconds
        User and system time from the first record to the last, reading the records included,
        sampling the series not.
    fixed_rate
        The learning rate of a run of ``--fixed-rates``.
    updates
        Model updates: what the CPU seconds went into.
    alarms, rate_changes
        Kind → count, reason → count.
    decisions
        The latest drift alarms and told changes of the learning rate.
    series
        What is plotted.
    left_out
        Fields that were not learned from → why.
    """

    schedule: str
    metrics: dict[str, float]
    samples: int
    rejected: int
    cpu_seconds: float
    fixed_rate: float | None
    updates: int
    alarms: dict[str, int]
    rate_changes: dict[str, int]
    decisions: tuple[Journal, ...]
    series: Series | None
    left_out: dict[str, str]


def run(job: Job, progress: Progress) -> Run:
    """Run one schedule from the first record to the last.

    Raises
    ------
    StreamlrError
        As the daemon would.
    """
    series = Series()
    began, sampling = 0.0, 0.0

    def observe(service: Service) -> None:
        nonlocal sampling
        at = time.process_time()
        if job.sampled:
            series.note(service)
        progress(service.snapshot.records)
        sampling += time.process_time() - at

    def ready() -> None:
        nonlocal began
        began = time.process_time()

    service = Service(job.configuration, observe)
    service.when_ready = ready
    service.patient = False  # a person waits for the result
    service.run()
    spent = time.process_time() - began - sampling
    done, pipeline = service.snapshot, service.pipeline
    assert pipeline is not None  # noqa: S101 - nobody stops it before the first record
    return Run(
        schedule=job.schedule,
        metrics=done.metrics["cumulative"],
        samples=done.learned,
        rejected=service.events.rejected_count,
        cpu_seconds=spent,
        fixed_rate=job.fixed_rate,
        updates=done.updates,
        alarms=done.alarms,
        rate_changes=done.rate_changes,
        decisions=tuple(pipeline.decisions),
        series=series if job.sampled else None,
        left_out=service.left_out,
    )
