"""The row "What does the learning rate do?": the rate, why it changed, and the drift it answers."""

from deploy.grafana.panels import (
    BLUE,
    DATA_SOURCE,
    PIPELINE,
    RED,
    YELLOW,
    Json,
    bars,
    chart,
    colored,
    query,
)

LEARNING_RATE = "Learning rate"


def learning_rate() -> Json:
    """The rate, on a logarithmic scale: what counts is by which factor it changes."""
    panel = chart(
        LEARNING_RATE,
        "The rate in use. Red marks: drift alarms. Blue marks: changes, with their reason.",
        [query(f"streamlr_learning_rate{{{PIPELINE}}}", "learning rate")],
        "none",
    )
    custom = panel["fieldConfig"]["defaults"]["custom"]
    custom["scaleDistribution"] = {"type": "log", "log": 2}
    return colored(panel, "learning rate", BLUE)


def changes() -> list[Json]:
    """How often it learns, how often the rate changes, and how often the data does."""
    in_each = f"{{{PIPELINE}}}[$__interval]"
    alarms = bars(
        "Drift alarms",
        "How often the drift detector spoke, by kind.",
        [query(f"sum by (kind) (increase(streamlr_drift_alarms_total{in_each}))", "{{kind}}")],
    )
    return [
        chart(
            "Updates per sample",
            "Model updates for each sample learned: below 1 when some are skipped, above 1 when "
            "some are repeated.",
            [query(f"streamlr_updates_per_sample{{{PIPELINE}}}", "updates per sample")],
            "none",
        ),
        bars(
            "Changes of the rate by reason",
            "How often the learning rate was changed.",
            [
                query(
                    f"sum by (reason) (increase(streamlr_learning_rate_changes_total{in_each}))",
                    "{{reason}}",
                )
            ],
        ),
        colored(colored(alarms, "drift", RED), "warning", YELLOW),
    ]


def drift_marks(panels: list[int]) -> Json:
    """Marks at drift alarms, to the minute."""
    alarms = f'increase(streamlr_drift_alarms_total{{{PIPELINE}, kind="drift"}}[1m]) > 0'
    return _annotation("Drift alarms", RED, alarms, panels) | {"titleFormat": "Drift alarm"}


def change_marks(panels: list[int]) -> Json:
    """Marks at the very second of a change, which is the metric's value; the latest of a minute."""
    metric = f"streamlr_learning_rate_last_change_timestamp_seconds{{{PIPELINE}}}"
    return _annotation("Rate changes", BLUE, f"1000 * {metric} > 0", panels) | {
        "titleFormat": "Learning rate changed: {{reason}}",
        "useValueForTime": True,
    }


def _annotation(name: str, color: str, expression: str, panels: list[int]) -> Json:
    return {
        "name": name,
        "datasource": DATA_SOURCE,
        "enable": True,
        "expr": expression,
        "step": "1m",
        "iconColor": color,
        "filter": {"exclude": False, "ids": panels},
    }
