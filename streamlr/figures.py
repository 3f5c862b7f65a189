"""Figures of several pipelines as one: what is told of a stream whose partitions have models each.

Counts are summed. Metrics are means, the learning rate a geometric mean, both weighted by the
samples that each pipeline has learned: of accuracy, log-loss and mean errors that is the figure of
all samples together, of others (kappa, AUC, RMSE) the mean of the partitions' own. What is not
defined yet (NaN) is left out. Of one pipeline every figure is its own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from streamlr.labels import Figures
from streamlr.pipeline import Pipeline

_SHIFTS_SHOWN = 20

Views = Mapping[str, Mapping[str, float]]
"""View → metric → value."""


def counts(pipeline: Pipeline) -> Counter[str]:
    """Everything that a pipeline counts, under its name; alarms and rate changes by their kind."""
    engine = pipeline.engine
    counters = engine.state.counters
    changes = counters.rate_changes.tolist()
    return Counter(
        {
            "records": int(counters.predicted[0]),
            "learned": int(counters.learned[0]),
            "updates": int(counters.updates[0]),
            "passed_over": int(counters.passed_over[0]),
            "replayed": int(counters.replayed[0]),
            "guesses": engine.guesses,
            "warm_start": pipeline.warm_start.position if pipeline.warm_start else 0,
            "skipped": pipeline.skipped,
            "withheld": pipeline.withheld,
            "shift alarms": pipeline.shifts.alarms if pipeline.shifts is not None else 0,
            "alarm warning": int(counters.alarms[1]),
            "alarm drift": int(counters.alarms[2]),
            **{f"rate {reason}": changes[n] for n, reason in enumerate(engine.reasons) if n},
            **_of_labels(pipeline.join.figures),
        }
    )


def _of_labels(found: Figures | None) -> dict[str, int]:
    if found is None:
        return {}
    return {
        **{f"label {outcome}": count for outcome, count in found.labels.items()},
        **{f"unlabelled {reason}": count for reason, count in found.predictions.items()},
        **{f"delay {place}": count for place, count in enumerate(found.delays)},
        "delay milliseconds": round(1000 * found.delay_seconds),
    }


def of_kind(count: Mapping[str, int], kind: str) -> dict[str, int]:
    """Those whose name begins so, under the rest of it."""
    return {name.removeprefix(kind): n for name, n in count.items() if name.startswith(kind)}


def of_labels(pipelines: Sequence[Pipeline], count: Mapping[str, int]) -> Figures | None:
    """What became of labels that come apart from their features, and of those that still wait.

    Parameters
    ----------
    pipelines
        Those here.
    count
        Of them, and of those that are not here any more.
    """
    found = [one for pipeline in pipelines if (one := pipeline.join.figures) is not None]
    if not found:
        return None
    return Figures(
        labels=of_kind(count, "label "),
        predictions=of_kind(count, "unlabelled "),
        delays=tuple(count[f"delay {place}"] for place in range(len(found[0].delays))),
        delay_seconds=count["delay milliseconds"] / 1000,
        waiting=sum(one.waiting for one in found),
        early=sum(one.early for one in found),
        at_label_time=_means([one.at_label_time for one in found], pipelines),
    )


def total(pipelines: Sequence[Pipeline], departed: Counter[str]) -> Counter[str]:
    """Sum over pipelines, and over those that are not here any more."""
    found = Counter(departed)
    for pipeline in pipelines:
        found.update(counts(pipeline))
    return found


def shifts(pipelines: Sequence[Pipeline]) -> dict[str, float]:
    """Signal → how far it has shifted where it did most; those furthest, at most 20."""
    found: dict[str, float] = {}
    for pipeline in pipelines:
        for signal, distance in (pipeline.shifts.distances if pipeline.shifts else {}).items():
            found[signal] = max(distance, found.get(signal, 0.0))
    furthest = sorted(found, key=found.__getitem__, reverse=True)[:_SHIFTS_SHOWN]
    return {signal: found[signal] for signal in furthest}


def learned(pipelines: Sequence[Pipeline]) -> int:
    """Labelled samples, of all."""
    return int(_samples(pipelines).sum())


def learning_rate(pipelines: Sequence[Pipeline]) -> float:
    """Geometric mean of their rates."""
    rates = np.array([pipeline.engine.learning_rate for pipeline in pipelines])
    if len(rates) == 1:
        return float(rates[0])
    return float(np.exp(np.average(np.log(rates), weights=_weights(pipelines))))


def metrics(pipelines: Sequence[Pipeline]) -> dict[str, dict[str, float]]:
    """View → metric → mean."""
    return _means([pipeline.engine.metrics() for pipeline in pipelines], pipelines)


def _means(found: Sequence[Views], pipelines: Sequence[Pipeline]) -> dict[str, dict[str, float]]:
    if len(found) <= 1:
        return {view: dict(values) for one in found for view, values in one.items()}
    weights = _weights(pipelines)
    return {
        view: {name: _mean([one[view][name] for one in found], weights) for name in values}
        for view, values in found[0].items()
    }


def _samples(pipelines: Sequence[Pipeline]) -> np.ndarray:
    return np.array([pipeline.engine.state.counters.learned[0] for pipeline in pipelines])


def _weights(pipelines: Sequence[Pipeline]) -> np.ndarray:
    """Samples learned; all alike before the first."""
    samples = _samples(pipelines)
    return samples if samples.any() else np.ones(len(samples))


def _mean(values: Sequence[float], weights: np.ndarray) -> float:
    known = ~np.isnan(values)
    if not weights[known].any():
        return float("nan")
    return float(np.average(np.array(values)[known], weights=weights[known]))
