"""Alerts and dashboard ask for metrics that there are."""

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from streamlr import registry as components
from streamlr.components import Shape
from streamlr.schedules.racing.standing import Lane
from streamlr.telemetry.events import Events
from streamlr.telemetry.metrics import SnapshotCollector
from streamlr.telemetry.snapshot import Snapshot, UnitView

_DEPLOY = Path(__file__).parents[3] / "deploy"


def metrics_of_every_evaluation() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name in components.names("evaluation"):
        module = components.load("evaluation", name)
        state = module.init(module.Config(), Shape(1, 2, 1))
        for view, values in module.metrics(state).items():
            found.setdefault(view, {}).update(values)
    return found


@pytest.mark.parametrize("file", ["prometheus/alerts.yml", "grafana/streamlr.json"])
def test_every_metric_exists(registry: CollectorRegistry, file: str) -> None:
    Events(registry, "p").know_reasons(["a reason"])
    snapshot = Snapshot(
        alarms={"drift": 0},
        rate_changes={"a reason": 0},
        lag_records={"0": 0},
        positions={"0": 0},
        metrics=metrics_of_every_evaluation(),
        views=(UnitView(("0",), 0, 0.1, (Lane(0, "grid", True, 1.0, 0.1, 0.0),), ()),),
    )
    registry.register(SnapshotCollector("p", lambda: snapshot, "0"))
    lines = generate_latest(registry).decode().splitlines()
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    names |= {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}
    asked = set(re.findall(r"\bstreamlr_\w+", (_DEPLOY / file).read_text()))
    assert asked
    assert asked <= names
