"""The best fixed rate in hindsight: a grid that grows until the best lies within it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.contest.scores import Outcome

RATES = 16
_SLOWEST, _FASTEST = -30.0, 18.0
"""Exponents of two where growing ends."""

_LESS_IS_BETTER = {"accuracy": -1.0, "log_loss": 1.0, "mae": 1.0}
CRITERIA = {
    "binary": ("accuracy", "log_loss"),
    "multiclass": ("accuracy", "log_loss"),
    "regression": ("mae",),
}
"""Task → what the best is chosen by, each for its own figures."""

_BY = {"kappa_temporal": "accuracy"}  # of one stream, both rise together


def grid(task: str) -> list[float]:
    """Exponents of two, evenly spaced: 2^-12 … 2^3; for numbers 2^-14 … 2^2."""
    low, high = (-14.0, 2.0) if task == "regression" else (-12.0, 3.0)
    return [float(exponent) for exponent in np.linspace(low, high, RATES)]


def measured(
    measure: Callable[[float], Outcome], exponents: Sequence[float], criteria: Sequence[str]
) -> dict[float, Outcome]:
    """Measure a grid, and beyond it while the best by any criterion is at an edge.

    Parameters
    ----------
    measure
        Exponent of two → what that rate reached.
    exponents
        Ascending, evenly spaced.
    criteria
        Metrics.
    """
    step = exponents[1] - exponents[0]
    found = {exponent: measure(exponent) for exponent in exponents}
    while more := _beyond(found, criteria, step):
        found |= {exponent: measure(exponent) for exponent in more}
    return found


def _beyond(found: Mapping[float, Outcome], criteria: Sequence[str], step: float) -> list[float]:
    winners = {best(found, criterion) for criterion in criteria}
    low, high = min(found), max(found)
    more = [low - step] if low in winners and low - step >= _SLOWEST else []
    return more + ([high + step] if high in winners and high + step <= _FASTEST else [])


def best(found: Mapping[float, Outcome], criterion: str) -> float:
    """Return the winner's exponent; of equals the one nearest to the middle."""
    middle = (min(found) + max(found)) / 2
    sign = _LESS_IS_BETTER[criterion]

    def order(exponent: float) -> tuple[float, float]:
        return sign * found[exponent].metrics[criterion], abs(exponent - middle)

    return min(found, key=order)


def in_hindsight(found: Mapping[float, Outcome], task: str) -> Outcome:
    """Return the best of every metric, each at the rate that was best for it."""
    criteria = CRITERIA[task]
    winners = {criterion: found[best(found, criterion)] for criterion in criteria}
    first = winners[criteria[0]]
    metrics = {
        name: winners.get(_BY.get(name, name), first).metrics[name] for name in first.metrics
    }
    chosen = ", ".join(f"2^{best(found, criterion):.3g} by {criterion}" for criterion in criteria)
    return Outcome(metrics, first.samples, first.cpu_seconds, f"{chosen} of {len(found)}")
