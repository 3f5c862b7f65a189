"""The row "Is it right?": how good the predictions are, each scored before it was learned."""

from deploy.grafana.panels import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PIPELINE,
    RED,
    Json,
    chart,
    colored,
    line_at,
    query,
)

ACCURACY = "Accuracy"
_DASHED = {"fill": "dash", "dash": [6, 6]}


def quality() -> list[Json]:
    """Every prequential metric."""
    views = "windowed: the latest samples. faded: older ones count less. cumulative: all so far."
    return [
        _by_view(
            chart(
                ACCURACY,
                f"Share of right labels, each predicted before it was learned. {views}",
                [query(f"streamlr_accuracy{{{PIPELINE}}}", "{{view}}")],
                "percentunit",
            )
        ),
        _by_view(
            chart(
                "Log-loss, nats",
                f"Of the probability given to the true label; lower is better. {views}",
                [query(f"streamlr_log_loss{{{PIPELINE}}}", "{{view}}")],
                "none",
            )
        ),
        _kappas(),
    ]


def _by_view(panel: Json) -> Json:
    for view, color in (("windowed", ORANGE), ("faded", GREEN)):
        colored(panel, view, color)
    return colored(panel, "cumulative", GREY, custom__lineStyle=_DASHED)


def _kappas() -> Json:
    names = {"kappa": BLUE, "kappa_temporal": ORANGE}
    panel = chart(
        "Kappa",
        "Share of a rival's errors that are avoided. kappa: the rival guesses by how frequent "
        "classes are. kappa-temporal: it repeats the previous label. Below 0 the rival is better.",
        [
            query(
                f'streamlr_{name}{{{PIPELINE}, view=~"windowed|cumulative"}}',
                f"{name.replace('_', '-')}, {{{{view}}}}",
            )
            for name in names
        ],
        "percentunit",
    )
    for name, color in names.items():
        spoken = name.replace("_", "-")
        colored(panel, f"{spoken}, windowed", color)
        colored(panel, f"{spoken}, cumulative", color, custom__lineStyle=_DASHED)
    return line_at(panel, 0, RED)
