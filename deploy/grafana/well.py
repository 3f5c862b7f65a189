"""The row "Is it well?": whether it runs and keeps up, and what it could not use."""

from deploy.grafana.panels import (
    EVER_PRESENT,
    GREEN,
    PIPELINE,
    RECORDS_PER_SECOND,
    RED,
    YELLOW,
    Json,
    chart,
    query,
    series,
    stat,
    thresholds,
    values_mean,
)


def now() -> list[Json]:
    """Numbers of the moment."""
    rejected = f"sum(rate(streamlr_records_rejected_total{{{PIPELINE}}}[$__rate_interval]))"
    predicted = f"sum(rate(streamlr_records_total{{{PIPELINE}}}[$__rate_interval]))"
    return [
        _state(),
        stat("Records", "Records predicted a second.", predicted, RECORDS_PER_SECOND),
        stat(
            "Lag, records",
            "Records in the topic that are not read yet.",
            f"sum(streamlr_lag_records{{{PIPELINE}}})",
        ),
        thresholds(
            stat(
                "Lag, time",
                "Age of the latest record read, while there are more to read; 0 when none is.",
                f"max(streamlr_lag_seconds{{{PIPELINE}}})",
                "s",
            ),
            (None, GREEN),
            (10, YELLOW),
            (60, RED),
        ),
        thresholds(
            stat(
                "Rejected",
                "Share of records that could not be used and went to the dead letters.",
                f"{rejected} / ({rejected} + {predicted} > 0)",
                "percentunit",
            ),
            (None, GREEN),
            (0.001, YELLOW),
            (0.01, RED),
        ),
        thresholds(
            stat(
                "Checkpoint age",
                "Time since the latest checkpoint; – before the first since the start. A crash "
                "falls back to it and learns again what came since.",
                f"max({_checkpoint_age()})",
                "s",
            ),
            (None, GREEN),
            (120, YELLOW),
            (600, RED),
        ),
    ]


def _state() -> Json:
    """Up and ready added, of the instances that ran the pipeline within a day."""
    known = f"last_over_time({EVER_PRESENT}{{{PIPELINE}}}[1d])"
    ready = f"(count(streamlr_records_total{{{PIPELINE}}}) > bool 0 or vector(0))"
    panel = stat(
        "State",
        "ready: predicts. starting: compiles, or waits for the first record. down: Prometheus "
        "cannot scrape it.",
        f"max(up and on (job, instance) {known}) + {ready}",
    )
    return values_mean(panel, (0, "down", RED), (1, "starting", YELLOW), (2, "ready", GREEN))


def _checkpoint_age() -> str:
    return f"time() - (streamlr_checkpoint_timestamp_seconds{{{PIPELINE}}} > 0)"


def history() -> list[Json]:
    """How these came about."""
    rate = f"{{{PIPELINE}}}[$__rate_interval]"
    seconds, count = (f"streamlr_checkpoint_duration_seconds_{part}" for part in ("sum", "count"))
    lag = chart(
        "Lag",
        "Records not read yet, and the age of the latest one read. A lag that grows means that "
        "records come faster than they are read.",
        [
            query(f"sum(streamlr_lag_records{{{PIPELINE}}})", "records"),
            query(f"max(streamlr_lag_seconds{{{PIPELINE}}})", "time"),
        ],
    )
    checkpoints = chart(
        "Checkpoints",
        "Time since the latest one, and time to write one, the sinks' flush included. An age that "
        "grows without end means that they cannot be written.",
        [
            query(_checkpoint_age(), "age"),
            query(f"rate({seconds}{rate}) / (rate({count}{rate}) > 0)", "time to write"),
        ],
        "s",
    )
    return [
        chart(
            "Records a second",
            "Predicted, and learned: those that have a label.",
            [
                query(f"sum(rate(streamlr_records_total{rate}))", "predicted"),
                query(f"sum(rate(streamlr_samples_learned_total{rate}))", "learned"),
            ],
            RECORDS_PER_SECOND,
        ),
        series(lag, "time", unit="s", custom__axisPlacement="right"),
        chart(
            "Rejected by reason",
            "Records a second that could not be used; the dead letters hold them.",
            [query(f"sum by (reason) (rate(streamlr_records_rejected_total{rate}))", "{{reason}}")],
            RECORDS_PER_SECOND,
        ),
        series(checkpoints, "time to write", custom__axisPlacement="right"),
    ]
