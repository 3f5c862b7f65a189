"""What the loop publishes for readers on other threads: an immutable picture of the moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streamlr import figures
from streamlr.records import Topics, partition_name
from streamlr.sources import Lag
from streamlr.units import Units


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A pipeline at one moment.

    Attributes
    ----------
    records, learned, updates
        Records predicted, labelled samples learned, model updates, since the pipeline's first
        record; of a member of a group that shares state by partition, since it started.
    units
        Units of state held.
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
    units: int = 0
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


def take(units: Units, lag: Lag, topics: Topics, event_time: float, before: Snapshot) -> Snapshot:
    """The moment of a stream's pipelines.

    Parameters
    ----------
    units
        Between two polls.
    lag, topics
        Of its source.
    event_time
        Of the latest record, in seconds since 1970.
    before
        The moment before: what is said of the last samples counts from there.
    """
    pipelines = units.figures_of
    count = figures.total(pipelines, units.departed)
    samples, updates = count["learned"] - before.learned, count["updates"] - before.updates
    positions = units.positions or {}
    return Snapshot(
        records=count["records"],
        learned=count["learned"],
        updates=count["updates"],
        units=len(units.pipelines),
        warm_start=count["warm_start"],
        skipped=count["skipped"],
        withheld=count["withheld"],
        alarms=_of_kind(count, "alarm "),
        rate_changes=_of_kind(count, "rate "),
        learning_rate=figures.learning_rate(pipelines),
        updates_per_sample=updates / samples if samples else before.updates_per_sample,
        metrics=figures.metrics(pipelines),
        lag_records={partition_name(number, topics): n for number, n in lag.records.items()},
        positions={partition_name(number, topics): n for number, n in positions.items()},
        event_time=event_time,
    )


def _of_kind(count: Mapping[str, int], kind: str) -> dict[str, int]:
    return {name.removeprefix(kind): n for name, n in count.items() if name.startswith(kind)}
