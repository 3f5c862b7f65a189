"""Every query of the dashboard is answered by a real Prometheus that scrapes a real daemon."""

import math
import re
from pathlib import Path

import pytest

import simulators
from deploy.grafana.dashboard import dashboard
from deploy.grafana.panels import Json
from simulators import encoding
from tests.servers.daemon import Daemon
from tests.servers.fixtures import CreateTopic, StartPrometheus
from tests.servers.kafka import KafkaBroker
from tests.servers.prometheus import Prometheus, Samples

_NAME = "dashboard"
_RECORDS = 12_000
_DRIFT_EVERY = 3_000
_POISON = {700: b"{not json", 4_000: b"[]", 9_000: b'{"x0": "old", "target": 1}'}

# What Grafana puts in its variables' place; the windows hold all that happens in the test.
_VARIABLES = {"$pipeline": _NAME, "$__rate_interval": "5m", "$__interval": "5m"}


@pytest.fixture(scope="module")
def shown() -> Json:
    return dashboard()


def test_every_query_returns_data(
    kafka: KafkaBroker,
    create_topic: CreateTopic,
    prometheus: StartPrometheus,
    tmp_path: Path,
    shown: Json,
) -> None:
    topic, letters = create_topic(), create_topic()
    with Daemon(tmp_path / "daemon", _configuration(kafka, topic, letters, tmp_path)) as daemon:
        daemon.start()
        daemon.wait_for("ready")
        server = prometheus([f"127.0.0.1:{daemon.port}"], scrape_interval="1s")
        # a counter is seen to rise only by who saw it low
        server.wait_until("streamlr_records_total", lambda found: [v for _, v in found] == [0])
        kafka.produce(topic, _drifting_stream())
        learned = _RECORDS - len(_POISON)
        server.wait_until(
            "streamlr_samples_learned_total", lambda found: [v for _, v in found] == [learned]
        )

        queries = _queries(shown)
        assert len(queries) > 20
        for what, query in queries.items():
            found = server.wait_until(query, bool)
            assert all(math.isfinite(value) for _, value in found), (what, query, found)
        _plausible(server, queries)
        assert daemon.stop() == 0


def _configuration(kafka: KafkaBroker, topic: str, letters: str, folder: Path) -> Json:
    broker = {"type": "kafka", "bootstrap": kafka.bootstrap}
    features = simulators.make("abrupt").feature_names
    return {
        "name": _NAME,
        "source": broker | {"topic": topic},
        "stream": {"label": encoding.TARGET, "features": list(features)},  # ready without a record
        "dead_letters": broker | {"topic": letters},
        "checkpoint": {"directory": str(folder / "checkpoints"), "interval_seconds": 0.5},
    }


def _drifting_stream() -> list[bytes]:
    stream = simulators.make("abrupt", seed=1, drift_every=_DRIFT_EVERY)
    values = encoding.ndjson(stream).encode(*stream.rows(0, _RECORDS))
    for offset, value in _POISON.items():
        values[offset] = value
    return values


def _queries(shown: Json) -> dict[str, str]:
    """What asks → query, of annotations, panels and variables.

    Annotations come first: they look back for a minute only.
    """
    found = {one["name"]: one["expr"] for one in shown["annotations"]["list"]}
    found |= {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in shown["panels"]
        for target in panel.get("targets", ())
    }
    for variable in shown["templating"]["list"]:
        if variable["type"] == "query":
            found[variable["label"]] = _as_query(variable["definition"])
    return {what: _replaced(query) for what, query in found.items()}


def _as_query(definition: str) -> str:
    """Grafana's ``label_values(metric, label)`` in Prometheus' own words."""
    parts = re.fullmatch(r"label_values\((\w+), (\w+)\)", definition)
    assert parts is not None, definition
    return f"count by ({parts[2]}) ({parts[1]})"


def _replaced(query: str) -> str:
    for variable, value in _VARIABLES.items():
        query = query.replace(variable, value)
    assert "$" not in query, query
    return query


def _plausible(server: Prometheus, queries: dict[str, str]) -> None:
    """The answers are of the stream that was written, not just some."""

    def ask(what: str) -> Samples:
        return server.wait_until(queries[what], bool)

    def values(what: str) -> list[float]:
        return [value for _, value in ask(what)]

    server.wait_until(queries["State A"], lambda found: [value for _, value in found] == [2])
    assert values("Lag, records A") == [0]
    assert values("Lag, time A") == [0]
    assert 0 < values("Rejected A")[0] < 0.01
    assert 0 < values("Checkpoint age A")[0] < 60
    reasons = {labels["reason"]: value for labels, value in ask("Rejected by reason A")}
    assert {reason for reason, value in reasons.items() if value > 0} == {"malformed", "wrong_type"}
    views = {labels["view"]: value for labels, value in ask("Accuracy A")}
    assert set(views) == {"windowed", "faded", "cumulative"}
    assert all(0.7 < value < 1 for value in views.values())
    assert all(0 < value < 1 for value in values("Log-loss, nats A"))
    assert all(0.4 < value < 1 for what in ("Kappa A", "Kappa B") for value in values(what))
    assert 0 < values("Learning rate A")[0] < 10
    assert values("Updates per sample A") == [1]
    assert sum(values("Changes of the rate by reason A")) > 0
    alarms = {labels["kind"]: value for labels, value in ask("Drift alarms A")}
    assert alarms["drift"] >= _RECORDS // _DRIFT_EVERY - 1
    assert [labels["reason"] for labels, _ in ask("Rate changes")] == ["another lane leads"]
    assert [labels["pipeline"] for labels, _ in ask("Pipeline")] == [_NAME]
