"""What is to be run on a stream: jobs that another process can take, of one policy or a few."""

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contest import ours, river_optimizers, streams, vowpal_wabbit
from benchmarks.contest.scores import Outcome
from benchmarks.contest.streams import Table, Told

NO_CHANGE = "no_change"
RACE_FIRST = "race_first_rows"
_NO_CHANGE_OF = {"accuracy_no_change": "accuracy", "mae_no_change": "mae"}

Reached = dict[str, Outcome]
"""Policy → what it reached."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a stream is, and how much of it is used.

    Attributes
    ----------
    folder, name, told
        As for :func:`benchmarks.contest.streams.read`.
    rows
        Most of them; 0: all.
    river_rows
        Most of them for River, and for ours beside it; 0: all.
    """

    folder: Path
    name: str
    told: Told
    rows: int = 0
    river_rows: int = 0

    def table(self) -> Table:
        """Read it, or have it from last time."""
        return streams.read(self.folder, self.name, self.told, self.rows)

    def first_rows(self) -> Table:
        """Return what River is given."""
        return self.table().first(self.river_rows or self.rows or len(self.table().truth))


def policies() -> list[str]:
    """Return the names of all."""
    others = (RACE_FIRST, *river_optimizers.OPTIMIZERS)
    return [*ours.policies(), ours.BEST_FIXED, *vowpal_wabbit.NAMES, *others]


def jobs(stream: Stream, wanted: Collection[str]) -> dict[str, Callable[[], Reached]]:
    """Return a stream's jobs; each has the name of its policy, or of several."""
    runs: dict[str, Callable[[Stream], Reached]] = {
        **{name: functools.partial(_ours, name) for name in ours.policies()},
        ours.BEST_FIXED: _best_fixed,
        RACE_FIRST: _race_on_first_rows,
        **{name: functools.partial(_river, name) for name in river_optimizers.OPTIMIZERS},
    }
    chosen = {name: run for name, run in runs.items() if name in wanted}
    if not {*vowpal_wabbit.NAMES}.isdisjoint(wanted):
        chosen["Vowpal Wabbit"] = _vowpal_wabbit
    return {name: functools.partial(run, stream) for name, run in chosen.items()}


def _ours(policy: str, stream: Stream) -> Reached:
    reached = ours.outcome(stream.table(), ours.policies()[policy])
    if policy != ours.RACE:
        return {policy: reached}
    said_before = {
        name: reached.metrics[told]
        for told, name in _NO_CHANGE_OF.items()
        if told in reached.metrics
    }
    return {policy: reached, NO_CHANGE: Outcome(said_before, reached.samples, 0.0)}


def _best_fixed(stream: Stream) -> Reached:
    return {ours.BEST_FIXED: ours.best_fixed(stream.table())}


def _race_on_first_rows(stream: Stream) -> Reached:
    return {RACE_FIRST: ours.outcome(stream.first_rows(), ours.policies()[ours.RACE])}


def _river(policy: str, stream: Stream) -> Reached:
    return {policy: river_optimizers.outcome(stream.first_rows(), policy)}


def _vowpal_wabbit(stream: Stream) -> Reached:
    return vowpal_wabbit.outcomes(stream.table())
