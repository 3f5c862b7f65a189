"""The dashboard: is it well, is it right, what does the learning rate do.

``python -m deploy.grafana.dashboard`` writes streamlr.json, which Grafana imports.
"""

import json
from pathlib import Path

from deploy.grafana import rate, right, well
from deploy.grafana.panels import DATA_SOURCE, EVER_PRESENT, Json, lay_out

FILE = Path(__file__).with_name("streamlr.json")


def dashboard() -> Json:
    """Build the whole dashboard."""
    panels = lay_out(
        [
            ("Is it well?", [(4, well.now()), (7, well.history())]),
            ("Is it right?", [(8, right.quality())]),
            ("What does the learning rate do?", [(9, [rate.learning_rate()]), (7, rate.changes())]),
        ]
    )
    number = {panel["title"]: panel["id"] for panel in panels}
    return {
        "uid": "streamlr",
        "title": "streamlr",
        "description": "A daemon that learns from a stream and chooses its own learning rate.",
        "tags": ["streamlr"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,  # a crosshair over all charts
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": _variables()},
        "annotations": {
            "list": [
                rate.drift_marks([number[right.ACCURACY], number[rate.LEARNING_RATE]]),
                rate.change_marks([number[rate.LEARNING_RATE]]),
            ]
        },
        "panels": panels,
    }


def _variables() -> list[Json]:
    pipelines = f"label_values({EVER_PRESENT}, pipeline)"
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {
            "name": "pipeline",
            "label": "Pipeline",
            "type": "query",
            "datasource": DATA_SOURCE,
            "definition": pipelines,
            "query": {"qryType": 1, "query": pipelines, "refId": "pipelines"},
            "refresh": 2,  # whenever the time range changes
            "sort": 1,
        },
    ]


def text() -> str:
    """Return the file's content."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
