"""The simulators, whose change points are known: gain, recovery, false alarms, and a control.

Recovery
    The accuracy of the last 500 rows is followed from each change point to the next one. Its level
    is what it was at the change point. From where it is lowest, we wait for the first row where it
    is less than a point below that: so many rows after the change, it has recovered.
    Where it never falls that far, after none; where it does not come back before the next change,
    after all rows there were. So a policy that was worse has less to come back to; therefore the
    race's way to the level of the best fixed rate is measured too. Hardly any recovery takes less
    than 500 rows: that long the window remembers the worst ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.contest import fixed_rates, ours, streams
from benchmarks.contest.ours import Settings
from benchmarks.contest.scores import Outcome
from benchmarks.contest.streams import Table
from simulators import make

DRIFTING = ("abrupt", "recurring")
_WINDOW = 500
_WITHIN = 0.01
_BOOST: Settings = {"schedule": {"type": "drift_boost"}}
_RACE: Settings = {"schedule": {"type": ours.RACE}}
_CONTROL = f"{__package__}.random_alarms.RandomAlarms"


@dataclass(frozen=True, slots=True)
class Drifting:
    """One seed of a stream that drifts; accuracies are fractions.

    Attributes
    ----------
    race, fixed, boost, control
        Accuracy of the default race, the best fixed rate in hindsight, drift-boost, and drift-boost
        with random alarms.
    race_recovery, fixed_recovery
        Rows after each change point, each to its own level.
    race_to_fixed
        Rows of the race to the level of the best fixed rate.
    """

    race: float
    fixed: float
    boost: float
    control: float
    race_recovery: Sequence[int]
    fixed_recovery: Sequence[int]
    race_to_fixed: Sequence[int]


@dataclass(frozen=True, slots=True)
class Stationary:
    """One seed of a stream that does not drift.

    Attributes
    ----------
    samples
        Rows.
    alarms, rising
        Of the default detector: all, and those that tell of an error that rose.
    """

    samples: int
    alarms: int
    rising: int


def drifting(name: str, seed: int, samples: int) -> Drifting:
    """Measure one seed of ``abrupt`` or ``recurring``."""
    table = streams.simulated(name, seed, samples)
    changes = make(name, seed=seed).change_points(samples)
    race = ours.run(table, _RACE)
    fixed = ours.run(table, ours.constant(_best(table)))
    boost = ours.run(table, _BOOST)
    alarms = sum(entry.event == "drift" for entry in boost.journal)
    parameters = {"alarms": alarms, "samples": samples, "seed": seed}
    detector = {"type": "river", "detector": _CONTROL, "parameters": parameters}
    control = ours.run(table, {**_BOOST, "detector": detector})
    race_right, fixed_right = race.said == table.truth, fixed.said == table.truth
    return Drifting(
        race=race.metrics["accuracy"],
        fixed=fixed.metrics["accuracy"],
        boost=boost.metrics["accuracy"],
        control=control.metrics["accuracy"],
        race_recovery=recovery(race_right, changes, levels(race_right, changes)),
        fixed_recovery=recovery(fixed_right, changes, levels(fixed_right, changes)),
        race_to_fixed=recovery(race_right, changes, levels(fixed_right, changes)),
    )


def _best(table: Table) -> float:
    def measure(exponent: float) -> Outcome:
        return ours.outcome(table, ours.constant(exponent))

    found = fixed_rates.measured(measure, fixed_rates.grid(table.task), ["accuracy"])
    return fixed_rates.best(found, "accuracy")


def stationary(seed: int, samples: int) -> Stationary:
    """Count the alarms on a seed of ``stationary``: each is a false one."""
    journal = ours.run(streams.simulated("stationary", seed, samples), _RACE).journal
    alarms = [entry.evidence for entry in journal if entry.event == "drift"]
    return Stationary(samples, len(alarms), sum(severity > 0 for severity in alarms))


def levels(right: np.ndarray, changes: Sequence[int]) -> list[float]:
    """Return the accuracy of the 500 rows before each change point."""
    return [float(right[change - _WINDOW : change].mean()) for change in changes]


def recovery(right: np.ndarray, changes: Sequence[int], wanted: Sequence[float]) -> list[int]:
    """Return the rows from each change point until the accuracy is back.

    Parameters
    ----------
    right : bool [rows]
        Whether each prediction was.
    changes
        First rows of new concepts, ascending, none among the first 500 rows.
    wanted
        The level to come back to, for each of them.
    """
    total = np.concatenate([[0], np.cumsum(right)])
    windowed = (total[_WINDOW:] - total[:-_WINDOW]) / _WINDOW  # [i]: rows i to i + window - 1
    ends = [*changes, len(right)][1:]
    return [
        _back(windowed[change - _WINDOW : end - _WINDOW + 1], level - _WITHIN)
        for change, end, level in zip(changes, ends, wanted, strict=True)
    ]


def _back(windowed: np.ndarray, enough: float) -> int:
    """Return the rows until the accuracy is enough again, after it was lowest."""
    below = windowed < enough
    if not below.any():
        return 0
    fallen = int(windowed.argmin())
    back = ~below[fallen:]
    return fallen + int(back.argmax()) if back.any() else len(windowed) - 1
