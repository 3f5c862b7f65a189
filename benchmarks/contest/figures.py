"""All that was measured, and the figures that are made of it."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.contest import ours, scores
from benchmarks.contest.plan import Reached
from benchmarks.contest.scores import Outcome, Verdict
from benchmarks.contest.simulated import Drifting, Stationary
from benchmarks.harness.spread import Spread

_COUNTS = ("wins", "ties", "losses")
_PERCENT = {"accuracy": 100.0}


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that the figures are made of.

    Attributes
    ----------
    streams
        Stream → policy → what it reached.
    drifting
        Simulator → one for each seed.
    stationary
        One for each seed.
    """

    streams: Mapping[str, Reached] = field(default_factory=dict)
    drifting: Mapping[str, Sequence[Drifting]] = field(default_factory=dict)
    stationary: Sequence[Stationary] = ()


def figures(measured: Measured) -> dict[str, Spread]:
    """Return every figure under its fixed name."""
    found = dict(_of_streams(measured.streams))
    for name, seeds in measured.drifting.items():
        if seeds:
            found |= _of_drifting(name, seeds)
    if measured.stationary:
        found |= _of_stationary(measured.stationary)
    return found


def _of_streams(reached: Mapping[str, Reached]) -> Iterator[tuple[str, Spread]]:
    for metric in (*scores.CLASSES, *scores.NUMBERS):
        for stream, policies in reached.items():
            for policy, outcome in policies.items():
                value = outcome.metrics.get(metric, math.nan)
                if math.isfinite(value):
                    scaled = value * _PERCENT.get(metric, 1.0)
                    yield f"{metric}.{stream}.{policy}", Spread.of(scaled)
    for stream, policies in reached.items():
        for policy, outcome in policies.items():
            if outcome.cpu_seconds > 0:
                rate = outcome.samples / outcome.cpu_seconds
                yield f"samples_per_cpu_second.{stream}.{policy}", Spread.of(rate)
    pairs = [
        (policies[ours.RACE], policies[ours.BEST_FIXED])
        for policies in reached.values()
        if ours.RACE in policies and ours.BEST_FIXED in policies
    ]
    if pairs:
        yield from _counted("", [verdict(*pair) for pair in pairs])
        by_loss = [log_loss_verdict(*pair) for pair in pairs if "log_loss" in pair[0].metrics]
        yield from _counted("log_loss_", by_loss)


def verdict(race: Outcome, fixed: Outcome) -> Verdict:
    """Compare by accuracy, or by MAE where numbers are predicted."""
    if "mae" in race.metrics:
        return scores.by_mae(race.metrics["mae"], fixed.metrics["mae"])
    accuracies = race.metrics["accuracy"], fixed.metrics["accuracy"]
    return scores.by_accuracy(*accuracies, race.samples)


def log_loss_verdict(race: Outcome, fixed: Outcome) -> Verdict:
    """Compare by log-loss."""
    return scores.by_log_loss(race.metrics["log_loss"], fixed.metrics["log_loss"])


def _counted(prefix: str, verdicts: Sequence[Verdict]) -> Iterator[tuple[str, Spread]]:
    for name, count in zip(_COUNTS, scores.tally(verdicts), strict=True):
        yield f"{prefix}{name}", Spread.of(count)


def _of_drifting(name: str, seeds: Sequence[Drifting]) -> dict[str, Spread]:
    """Return the figures of one simulator: means over the seeds, medians over change points."""
    found = {
        f"{name}_gain_points": _mean([100 * (seed.race - seed.fixed) for seed in seeds]),
        f"{name}_random_control_points": _mean(
            [100 * (seed.boost - seed.control) for seed in seeds]
        ),
    }
    fixed = [rows for seed in seeds for rows in seed.fixed_recovery]
    ways = {
        "recovery": [rows for seed in seeds for rows in seed.race_recovery],
        "recovery_to_fixed": [rows for seed in seeds for rows in seed.race_to_fixed],
    }
    if not fixed:  # too short to drift
        return found
    found[f"{name}_recovery_rows_fixed"] = Spread.of(*fixed)
    for way, rows in ways.items():
        found[f"{name}_{way}_rows"] = Spread.of(*rows)
        if statistics.median(fixed) > 0:
            ratio = statistics.median(rows) / statistics.median(fixed)
            found[f"{name}_{way}_ratio"] = Spread.of(ratio)
    return found


def _of_stationary(seeds: Sequence[Stationary]) -> dict[str, Spread]:
    per_100k = 100_000 / sum(seed.samples for seed in seeds)
    alarms, rising = sum(seed.alarms for seed in seeds), sum(seed.rising for seed in seeds)
    return {
        "stationary_false_alarms_per_100k": Spread.of(alarms * per_100k),
        "stationary_rising_alarms_per_100k": Spread.of(rising * per_100k),
    }


def _mean(values: Sequence[float]) -> Spread:
    """Summarise seeds: the mean stands where the median would."""
    return Spread(statistics.fmean(values), min(values), max(values), len(values))
