"""What the loop publishes for readers on other threads: an immutable picture of the moment."""

from dataclasses import dataclass, field


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
        Partition → records not read yet.
    positions
        Partition → offset of the next record.
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
    lag_records: dict[int, int] = field(default_factory=dict)
    positions: dict[int, int] = field(default_factory=dict)
    event_time: float = 0.0
