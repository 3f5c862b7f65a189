"""Grafana's panels as plain dicts: stats, charts, rows, and how they are laid out."""

from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]

DATA_SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
PIPELINE = 'pipeline="$pipeline"'
EVER_PRESENT = "streamlr_checkpoint_failures_total"
"""A metric that a daemon has from its start on; the others come when it is ready."""

RECORDS_PER_SECOND = "recps"
_COLUMNS = 24
_ROW_HEIGHT = 1

GREEN, YELLOW, RED, BLUE, ORANGE, GREY = "green", "yellow", "red", "blue", "orange", "#8e8e8e"


def query(expression: str, legend: str = "") -> Json:
    """What a chart draws: an expression over the time range, and what each series is called."""
    return {
        "datasource": DATA_SOURCE,
        "editorMode": "code",
        "expr": expression,
        "legendFormat": legend or "__auto",
        "range": True,
    }


def stat(title: str, about: str, expression: str, unit: str = "short") -> Json:
    """One number, as of now."""
    now = query(expression) | {"instant": True, "range": False}
    panel = _panel("stat", title, about, [now])
    panel["fieldConfig"]["defaults"] = {"unit": unit, "noValue": "–"}
    panel["options"] = {
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "center",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "textMode": "value",
    }
    return panel


def chart(title: str, about: str, queries: Sequence[Json], unit: str = "short") -> Json:
    """Lines over time."""
    panel = _panel("timeseries", title, about, queries)
    panel["fieldConfig"]["defaults"] = {
        "unit": unit,
        "color": {"mode": "palette-classic"},
        "custom": {
            "drawStyle": "line",
            "lineWidth": 2,
            "fillOpacity": 0,
            "showPoints": "never",
            "spanNulls": False,
        },
    }
    several = len(queries) > 1 or "{{" in queries[0]["legendFormat"]
    panel["options"] = {
        "legend": {"showLegend": several, "displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return panel


def bars(title: str, about: str, queries: Sequence[Json], unit: str = "short") -> Json:
    """Counts in each interval, of a minute at least, stacked."""
    panel = chart(title, about, queries, unit) | {"interval": "1m"}
    defaults = panel["fieldConfig"]["defaults"]
    defaults |= {"decimals": 0, "min": 0}
    defaults["custom"] |= {
        "drawStyle": "bars",
        "fillOpacity": 80,
        "lineWidth": 0,
        "stacking": {"mode": "normal", "group": "A"},
    }
    return panel


def thresholds(panel: Json, *steps: tuple[float | None, str]) -> Json:
    """Colour by value: each colour holds from its value up, the first from below all (None)."""
    levels = [{"value": value, "color": color} for value, color in steps]
    defaults = panel["fieldConfig"]["defaults"]
    defaults["thresholds"] = {"mode": "absolute", "steps": levels}
    defaults["color"] = {"mode": "thresholds"}
    return panel


def line_at(panel: Json, value: float, color: str) -> Json:
    """A dashed line across a chart."""
    steps = [{"value": None, "color": "transparent"}, {"value": value, "color": color}]
    defaults = panel["fieldConfig"]["defaults"]
    defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    defaults["custom"]["thresholdsStyle"] = {"mode": "dashed"}
    return panel


def values_mean(panel: Json, *meanings: tuple[int, str, str]) -> Json:
    """Words and colours in place of numbers."""
    options = {str(value): {"text": text, "color": color} for value, text, color in meanings}
    panel["fieldConfig"]["defaults"]["mappings"] = [{"type": "value", "options": options}]
    return panel


def series(panel: Json, name: str, **properties: object) -> Json:
    """Let one series of a chart look different; ``__`` in a property stands for a dot."""
    looks = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    override = {"matcher": {"id": "byName", "options": name}, "properties": looks}
    panel["fieldConfig"]["overrides"].append(override)
    return panel


def colored(panel: Json, name: str, color: str, **properties: object) -> Json:
    """Give a series its colour, and what else is said."""
    return series(panel, name, color={"mode": "fixed", "fixedColor": color}, **properties)


def lay_out(rows: Sequence[tuple[str, Sequence[tuple[int, Sequence[Json]]]]]) -> list[Json]:
    """Put panels in their places.

    Parameters
    ----------
    rows : sequence of (title, lines)
        A line is a height, in Grafana's units of 30 pixels, and the panels that share its width.
    """
    placed: list[Json] = []
    top = 0
    for title, lines in rows:
        placed.append(_row(title, top))
        top += _ROW_HEIGHT
        for height, panels in lines:
            placed += _line(panels, top, height)
            top += height
    return [panel | {"id": number} for number, panel in enumerate(placed, start=1)]


def _line(panels: Sequence[Json], top: int, height: int) -> Iterator[Json]:
    width = _COLUMNS // len(panels)
    for place, panel in enumerate(panels):
        yield panel | {"gridPos": {"x": place * width, "y": top, "w": width, "h": height}}


def _row(title: str, top: int) -> Json:
    place = {"x": 0, "y": top, "w": _COLUMNS, "h": _ROW_HEIGHT}
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": place}


def _panel(kind: str, title: str, about: str, queries: Sequence[Json]) -> Json:
    targets = [one | {"refId": chr(ord("A") + place)} for place, one in enumerate(queries)]
    return {
        "type": kind,
        "title": title,
        "description": about,
        "datasource": DATA_SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": {}, "overrides": []},
    }
