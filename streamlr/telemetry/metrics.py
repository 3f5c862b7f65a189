"""Metrics that are read off the latest snapshot when Prometheus asks.

Counters come from the pipeline's own state, which a checkpoint holds: after a restart they go
on where they stood.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from streamlr.labels import Figures
from streamlr.labels.joining import DELAYS
from streamlr.telemetry.snapshot import Snapshot, UnitView

_METRICS = {
    "accuracy": "Share of right labels.",
    "balanced_accuracy": "Mean recall of the classes.",
    "f1": "Mean F1 of the classes.",
    "kappa": "Cohen's kappa.",
    "kappa_temporal": "Kappa against repeating the previous label.",
    "log_loss": "Log-loss of the label's probability, in nats.",
    "calibration_error": "Expected calibration error of the label said.",
    "accuracy_majority": "Accuracy of always saying the commonest label so far.",
    "accuracy_no_change": "Accuracy of no change: the label before; of forecasts, the value then.",
    "roc_auc": "Area under the ROC curve.",
    "mae": "Mean absolute error, in the label's units.",
    "rmse": "Root mean squared error, in the label's units.",
    "r2": "Share of the label's variance that is explained.",
    "mae_mean": "Mean absolute error of always saying the mean so far.",
    "mae_no_change": "Mean absolute error of no change: see accuracy_no_change.",
    "reconstruction_error": "Mean squared distance to what was expected, per standardised field.",
    "reconstruction_error_mean": "The same of always expecting the mean of the records before.",
    "variance_explained": "Share of the variance about that mean that is explained.",
}


class SnapshotCollector(Collector):
    """Turns the latest snapshot into metrics.

    Parameters
    ----------
    pipeline
        Value of the ``pipeline`` label.
    latest
        Gives the latest snapshot; None until there is one. Until then counters are not shown: after
        a restart they would fall to 0 and rise again, which Prometheus takes for new events.
    version
        For ``streamlr_build_info``.
    """

    def __init__(self, pipeline: str, latest: Callable[[], Snapshot | None], version: str) -> None:
        self._pipeline = pipeline
        self._latest = latest
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """Metrics of one moment."""
        now = self._latest()
        build = GaugeMetricFamily("streamlr_build_info", "Version.", labels=["version"])
        build.add_metric([self._version], 1)
        yield build
        ready = "1 once records are taken; 0 while starting."
        yield self._gauge("streamlr_ready", ready, 0 if now is None else 1)
        if now is None:
            return
        yield self._counter("streamlr_records", "Records predicted.", now.records)
        history = "Records predicted that were of the history of [warm_start]."
        yield self._counter("streamlr_warm_start_records", history, now.warm_start)
        skipped = "Records left out to catch up."
        yield self._counter("streamlr_records_skipped", skipped, now.skipped)
        withheld = "Predictions made but not emitted, to catch up."
        yield self._counter("streamlr_predictions_withheld", withheld, now.withheld)
        yield self._counter("streamlr_samples_learned", "Labelled samples learned.", now.learned)
        yield self._counter("streamlr_updates", "Model updates.", now.updates)
        passed_over = "Samples scored that the model was not updated with: the stream was calm."
        yield self._counter("streamlr_updates_skipped", passed_over, now.passed_over)
        replayed = "Model updates with samples of before."
        yield self._counter("streamlr_updates_replayed", replayed, now.replayed)
        guesses = "Missing labels that were guessed and learned, in lanes of their own."
        yield self._counter("streamlr_pseudo_labels", guesses, now.guesses)
        yield self._counters(
            "streamlr_drift_alarms", "Drift detector's signals.", "kind", now.alarms
        )
        unlabelled = "Alarms of drift that was seen without labels."
        yield self._counter("streamlr_label_free_alarms", unlabelled, now.shift_alarms)
        shifts = GaugeMetricFamily(
            "streamlr_shift",
            "Hellinger distance from before, of the latest block; while no labels come.",
            labels=["pipeline", "signal"],
        )
        for signal, distance in now.shifts.items():
            shifts.add_metric([self._pipeline, signal], distance)
        yield shifts
        changes = "Changes of the learning rate worth telling."
        yield self._counters("streamlr_learning_rate_changes", changes, "reason", now.rate_changes)
        yield self._gauge("streamlr_learning_rate", "Learning rate in use.", now.learning_rate)
        held = "Units of state held: one, or a model for each partition that is read here."
        yield self._gauge("streamlr_units_held", held, now.units)
        per_sample = "Model updates per learned sample, lately."
        yield self._gauge("streamlr_updates_per_sample", per_sample, now.updates_per_sample)
        yield from self._prequential(now.metrics, "", "")
        if now.labels is not None:
            yield from self._labels(now.labels)
        yield from self._progress(now)
        if len(now.views) == 1:  # of several models there is no one race
            yield from self._lanes(now.views[0])

    def _labels(self, now: Figures) -> Iterator[Metric]:
        """Of labels that come apart from their features."""
        text = "Labels by what became of them."
        yield self._counters("streamlr_labels", text, "outcome", now.labels)
        text = "Predictions that no label was joined to."
        yield self._counters("streamlr_predictions_unlabelled", text, "reason", now.predictions)
        text = "Predictions that wait for their label."
        yield self._gauge("streamlr_labels_pending", text, now.waiting)
        text = "Labels that wait for their features."
        yield self._gauge("streamlr_labels_early", text, now.early)
        delay = HistogramMetricFamily(
            "streamlr_label_delay_seconds",
            "Event time from features to their label.",
            labels=["pipeline"],
        )
        bounds = [*map(str, DELAYS), "+Inf"]
        counts = list(accumulate(now.delays))
        buckets = list(zip(bounds, counts, strict=True))
        delay.add_metric([self._pipeline], buckets, now.delay_seconds)
        yield delay
        text = " Of what would be said when the label comes."
        yield from self._prequential(now.at_label_time, "_at_label_time", text)

    def _prequential(
        self, views: Mapping[str, Mapping[str, float]], suffix: str, more: str
    ) -> Iterator[Metric]:
        for name in dict.fromkeys(name for values in views.values() for name in values):
            text = _METRICS.get(name, "A metric of the configured evaluation.") + more
            named = f"streamlr_{name}{suffix}"
            family = GaugeMetricFamily(named, text, labels=["pipeline", "view"])
            for view, values in views.items():
                if name in values:
                    family.add_metric([self._pipeline, view], values[name])
            yield family

    def _progress(self, now: Snapshot) -> Iterator[Metric]:
        lag = GaugeMetricFamily(
            "streamlr_lag_records", "Records not read yet.", labels=["pipeline", "partition"]
        )
        for partition, records in now.lag_records.items():
            lag.add_metric([self._pipeline, partition], records)
        yield lag
        offset = GaugeMetricFamily(
            "streamlr_offset", "Offset of the next record.", labels=["pipeline", "partition"]
        )
        for partition, position in now.positions.items():
            offset.add_metric([self._pipeline, partition], position)
        yield offset
        behind = any(now.lag_records.values())
        seconds = max(0.0, time.time() - now.event_time) if now.event_time and behind else 0.0
        text = "Age of the latest record read, while there are more to read; 0 when none is."
        yield self._gauge("streamlr_lag_seconds", text, seconds)

    def _lanes(self, view: UnitView) -> Iterator[Metric]:
        """Of the leading lanes, by their place: 1 weighs most; and of each kind together."""
        kinds = GaugeMetricFamily(
            "streamlr_lanes_weight",
            "How much a race's lanes of a kind say together, of 1.",
            labels=["pipeline", "kind"],
        )
        for kind, weight in view.weights.items():
            kinds.add_metric([self._pipeline, kind], weight)
        yield kinds
        for name, text in (
            ("weight", "How much a leading lane of the race says, of 1."),
            ("learning_rate", "Learning rate of a leading lane."),
            ("faded_loss", "Loss of a leading lane over its latest samples."),
        ):
            family = GaugeMetricFamily(f"streamlr_lane_{name}", text, labels=["pipeline", "place"])
            for place, lane in enumerate(view.lanes, 1):
                family.add_metric([self._pipeline, str(place)], getattr(lane, name))
            yield family

    def _gauge(self, name: str, text: str, value: float) -> GaugeMetricFamily:
        family = GaugeMetricFamily(name, text, labels=["pipeline"])
        family.add_metric([self._pipeline], value)
        return family

    def _counter(self, name: str, text: str, value: int) -> CounterMetricFamily:
        family = CounterMetricFamily(name, text, labels=["pipeline"])
        family.add_metric([self._pipeline], value)
        return family

    def _counters(
        self, name: str, text: str, label: str, values: Mapping[str, int]
    ) -> CounterMetricFamily:
        family = CounterMetricFamily(name, text, labels=["pipeline", label])
        for value, count in values.items():
            family.add_metric([self._pipeline, value], count)
        return family
