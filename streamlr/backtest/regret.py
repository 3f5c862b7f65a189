"""Regret: what a schedule lost against the best fixed learning rate, known in hindsight only.

It may be negative: no fixed rate is right before and after a drift.
"""

from collections.abc import Sequence

import numpy as np

from streamlr.backtest.run import Run

_LOWER_IS_BETTER = ("log_loss", "mae", "rmse", "reconstruction_error")
_EXPONENTS = {"regression": (-14.0, 2.0), "unsupervised": (-14.0, 2.0)}
_CLASSES_EXPONENTS = (-12.0, 3.0)


def fixed_rates(count: int, task: str) -> list[float]:
    """Rates apart by one factor, over the race's own range; to three digits, as they are named.

    Examples
    --------
    >>> fixed_rates(4, "binary")
    [0.000244, 0.00781, 0.25, 8.0]
    """
    low, high = _EXPONENTS.get(task, _CLASSES_EXPONENTS)
    return [float(f"{rate:.3g}") for rate in np.logspace(low, high, count, base=2.0)]


def best(runs: Sequence[Run], metric: str) -> Run | None:
    """The run that ended best by a metric; None where nothing was scored."""
    scored = [run for run in runs if not np.isnan(run.metrics[metric])]
    sign = 1.0 if metric in _LOWER_IS_BETTER else -1.0
    return min(scored, key=lambda run: sign * run.metrics[metric], default=None)


def best_fixed(runs: Sequence[Run], metric: str) -> Run | None:
    """The same of the fixed rates only."""
    return best([run for run in runs if run.fixed_rate is not None], metric)


def losses(run: Run, metric: str) -> np.ndarray:
    """Sum of a metric's losses up to each point of the series.

    Wrong labels for ``accuracy``, nats for ``log_loss``, absolute errors for ``mae``, squared ones
    for ``rmse`` and ``reconstruction_error``.
    """
    assert run.series is not None  # noqa: S101 - asked for where series were taken
    samples = np.array(run.series.sample, np.float64)
    mean = np.array(run.series.cumulative[metric])
    if metric == "accuracy":
        mean = 1.0 - mean
    elif metric == "rmse":
        mean = mean**2
    return np.asarray(samples * mean)


def regret(run: Run, best: Run, metric: str) -> np.ndarray:
    """How much more a run has lost than the best fixed rate, up to each point."""
    return np.asarray(losses(run, metric) - losses(best, metric))
