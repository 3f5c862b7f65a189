"""What the loop publishes for readers on other threads: an immutable picture of the moment."""

from dataclasses import dataclass, field

from streamlr.pipeline import Pipeline
from streamlr.records import Topics, partition_name
from streamlr.sources import Lag


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A pipeline at one moment.

    Attributes
    ----------
    records, learned, updates
        Records predicted, labelled samples learned, model updates, since the pipeline's first
        record.
    warm_start
        How many of the records were a history's.
    skipped, withheld
        Records left out, and predictions not emitted, to catch up.
    alarms
        Kind (``warning``, ``drift``) → count.
    rate_changes
        Reason → count.
    learning_rate
        The schedule's rate.
    updates_per_sample
        Model updates per learned sample over the last samples.
    metrics
        View → metric → value.
    lag_records
        Partition, by its name → records not read yet.
    positions
        Partition, by its name → offset of the next record.
    event_time
        Source's timestamp of the latest record, in seconds since 1970; 0 where it has none.
    """

    records: int = 0
    learned: int = 0
    updates: int = 0
    warm_start: int = 0
    skipped: int = 0
    withheld: int = 0
    alarms: dict[str, int] = field(default_factory=dict)
    rate_changes: dict[str, int] = field(default_factory=dict)
    learning_rate: float = float("nan")
    updates_per_sample: float = float("nan")
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    lag_records: dict[str, int] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    event_time: float = 0.0


def take(
    pipeline: Pipeline, lag: Lag, topics: Topics, event_time: float, before: Snapshot
) -> Snapshot:
    """The moment of a pipeline.

    Parameters
    ----------
    pipeline
        Between two polls.
    lag, topics
        Of its source.
    event_time
        Of the latest record, in seconds since 1970.
    before
        The moment before: what is said of the last samples counts from there.
    """
    engine = pipeline.engine
    counters = engine.state.counters
    learned, updates = int(counters.learned[0]), int(counters.updates[0])
    samples = learned - before.learned
    per_sample = (updates - before.updates) / samples if samples else before.updates_per_sample
    changes = counters.rate_changes.tolist()
    return Snapshot(
        records=int(counters.predicted[0]),
        learned=learned,
        updates=updates,
        warm_start=pipeline.warm_start.position if pipeline.warm_start else 0,
        skipped=pipeline.skipped,
        withheld=pipeline.withheld,
        alarms={"warning": int(counters.alarms[1]), "drift": int(counters.alarms[2])},
        rate_changes={reason: changes[code] for code, reason in enumerate(engine.reasons) if code},
        learning_rate=engine.learning_rate,
        updates_per_sample=per_sample,
        metrics=engine.metrics(),
        lag_records={partition_name(number, topics): n for number, n in lag.records.items()},
        positions={partition_name(number, topics): n for number, n in pipeline.positions.items()},
        event_time=event_time,
    )
