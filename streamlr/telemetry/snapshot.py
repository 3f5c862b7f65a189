"""What the loop publishes for readers on other threads: an immutable picture of the moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streamlr import figures
from streamlr.labels import Figures
from streamlr.pipeline import Pipeline
from streamlr.records import Journal, Topics, partition_name
from streamlr.schedules.racing.standing import Lane
from streamlr.sources import Lag
from streamlr.units import Units

LANES_SHOWN = 5
"""Of a race, those that lead."""


@dataclass(frozen=True, slots=True)
class UnitView:
    """One unit of state at one moment: a model, and what its schedule decided.

    Attributes
    ----------
    partitions
        Names of those that it learns from.
    learned
        Labelled samples learned: the sample index of its decisions.
    learning_rate
        Its schedule's.
    lanes
        The leading ones of a race.
    decisions
        The latest drift alarms and told changes of the rate, in order.
    weights
        Kind of a race's lanes → how much they say together, of 1.
    guesses
        Missing labels that were guessed and learned.
    """

    partitions: tuple[str, ...]
    learned: int
    learning_rate: float
    lanes: tuple[Lane, ...]
    decisions: tuple[Journal, ...]
    weights: Mapping[str, float] = field(default_factory=dict)
    guesses: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A pipeline at one moment.

    Attributes
    ----------
    records, learned, updates, passed_over, replayed
        Records predicted, labelled samples scored, model updates, samples scored but not updated
        with, updates with samples of before, since the pipeline's first record; of a member of a
        group that shares state by partition, since it started.
    guesses
        Missing labels that were guessed and learned.
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
    views
        Each unit of state by itself.
    labels
        What became of labels that come apart from their features; None where they come inline.
    shift_alarms
        How often drift was seen without labels.
    shifts
        Signal → its Hellinger distance from before; none while labels come.
    """

    records: int = 0
    learned: int = 0
    updates: int = 0
    passed_over: int = 0
    replayed: int = 0
    guesses: int = 0
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
    views: tuple[UnitView, ...] = ()
    labels: Figures | None = None
    shift_alarms: int = 0
    shifts: Mapping[str, float] = field(default_factory=dict)


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
        passed_over=count["passed_over"],
        replayed=count["replayed"],
        guesses=count["guesses"],
        units=len(units.pipelines),
        warm_start=count["warm_start"],
        skipped=count["skipped"],
        withheld=count["withheld"],
        alarms=figures.of_kind(count, "alarm "),
        rate_changes=figures.of_kind(count, "rate "),
        learning_rate=figures.learning_rate(pipelines),
        updates_per_sample=updates / samples if samples else before.updates_per_sample,
        metrics=figures.metrics(pipelines),
        lag_records={partition_name(number, topics): n for number, n in lag.records.items()},
        positions={partition_name(number, topics): n for number, n in positions.items()},
        event_time=event_time,
        views=tuple(_view(pipeline, topics, before) for pipeline in units.pipelines),
        labels=figures.of_labels(pipelines, count),
        shift_alarms=count["shift alarms"],
        shifts=figures.shifts(pipelines),
    )


def _view(pipeline: Pipeline, topics: Topics, before: Snapshot) -> UnitView:
    engine = pipeline.engine
    partitions = tuple(partition_name(number, topics) for number in sorted(pipeline.positions))
    known = next((view for view in before.views if view.partitions == partitions), None)
    return UnitView(
        partitions=partitions,
        learned=int(engine.state.counters.learned[0]),
        learning_rate=engine.learning_rate,
        lanes=engine.lanes(LANES_SHOWN),
        decisions=_decisions(pipeline, known),
        weights=engine.weights(),
        guesses=engine.guesses,
    )


def _decisions(pipeline: Pipeline, known: UnitView | None) -> tuple[Journal, ...]:
    """As they stand; not copied again where nothing was decided since."""
    now = pipeline.decisions
    if known is not None and known.decisions and now and known.decisions[-1] is now[-1]:
        return known.decisions
    return tuple(now)
