"""What the daemon answers over HTTP."""

import dataclasses
import http.client
import json
import math
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from streamlr.config import WebConfig
from streamlr.errors import UnavailableError
from streamlr.records import Journal
from streamlr.schedules.racing.standing import Lane
from streamlr.telemetry.snapshot import Snapshot, UnitView
from streamlr.web import views
from streamlr.web.server import WebServer


def config(**values: object) -> WebConfig:
    return WebConfig.model_validate(values)


class Site:
    """A server, what it shows, and what is wrong as its checks tell it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.unhealthy = self.unready = ""
        self.snapshot = Snapshot()
        pages = views.pages(lambda: self.snapshot)
        checks = (lambda: self.unhealthy, lambda: self.unready)
        self.server = WebServer(config(port=0), self.registry, *checks, pages)
        self.port = self.server.port


@pytest.fixture(scope="module")
def shared_site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.close()


@pytest.fixture
def site(shared_site: Site) -> Site:
    """Return a site on which all is well."""
    shared_site.unhealthy = shared_site.unready = ""
    return shared_site


def get(port: int, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Return status, content type and body."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read().decode()


def test_metrics_are_the_registrys(site: Site) -> None:
    Counter("streamlr_things", "Things.", registry=site.registry).inc(3)
    status, kind, body = get(site.port, "/metrics")
    assert status == 200
    assert kind.startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(body)}
    assert families["streamlr_things"].samples[0].value == 3


def test_a_check_is_well_until_something_is_wrong(site: Site) -> None:
    assert get(site.port, "/-/healthy") == (200, "text/plain; charset=utf-8", "ok\n")
    assert get(site.port, "/-/ready")[0] == 200
    site.unready = "stärting"
    assert get(site.port, "/-/ready") == (503, "text/plain; charset=utf-8", "stärting\n")
    assert get(site.port, "/-/healthy")[0] == 200
    site.unhealthy = "stuck"
    assert get(site.port, "/-/healthy")[0] == 503


@pytest.mark.parametrize("path", ["/", "/nothing", "/metrics/", "/-/healthy/x", "/%C3%BC"])
def test_another_path_is_told_which_there_are(site: Site, path: str) -> None:
    status, _, body = get(site.port, path)
    assert status == 404
    assert "there are /metrics, /-/healthy, /-/ready, /decisions, /lanes" in body


def entry(sample: int, evidence: float = 0.25) -> Journal:
    return Journal(sample, "rate", "another lane leads", 0.1, 0.8, evidence)


LANE = Lane(3, "grid", leads=True, weight=0.75, learning_rate=0.5, faded_loss=0.125)
VIEW = UnitView(("0", "1"), 900, 0.5, (LANE,), (entry(10), entry(10), entry(700), entry(900)))


def decided(site: Site, query: str = "") -> tuple[list[int], int]:
    """Return samples of the one unit's decisions, and how many were left out."""
    status, kind, body = get(site.port, f"/decisions{query}")
    assert (status, kind) == (200, "application/json")
    (unit,) = json.loads(body)["units"]
    assert (unit["partitions"], unit["learned"]) == (["0", "1"], 900)
    return [one["sample"] for one in unit["decisions"]], unit["left_out"]


def test_decisions_are_the_latest_after_a_sample(site: Site) -> None:
    site.snapshot = Snapshot(views=(VIEW,))
    assert decided(site) == ([10, 10, 700, 900], 0)
    assert decided(site, "?since=10") == ([700, 900], 0)
    assert decided(site, "?limit=1") == ([900], 3)
    assert decided(site, "?since=0&limit=3") == ([10, 700, 900], 1)
    assert decided(site, "?limit=0") == ([], 4)
    assert decided(site, "?since=900") == ([], 0)


def test_a_decision_says_what_and_why(site: Site) -> None:
    unit = dataclasses.replace(VIEW, decisions=(entry(7, math.nan),))
    site.snapshot = Snapshot(views=(unit,))
    (one,) = json.loads(get(site.port, "/decisions")[2])["units"][0]["decisions"]
    assert one == {
        "sample": 7,
        "event": "rate",
        "reason": "another lane leads",
        "old": 0.1,
        "new": 0.8,
        "evidence": None,
    }


def test_lanes_say_who_leads(site: Site) -> None:
    view = dataclasses.replace(VIEW, weights={"grid": 0.75, "pseudo": 0.25}, guesses=40)
    site.snapshot = Snapshot(views=(view,))
    (unit,) = json.loads(get(site.port, "/lanes")[2])["units"]
    assert unit["learning_rate"] == 0.5
    assert unit["lanes"] == [LANE._asdict()]
    assert unit["weights"] == {"grid": 0.75, "pseudo": 0.25}
    assert unit["pseudo_labels"] == 40


def test_before_the_first_snapshot_there_is_nothing_to_tell(site: Site) -> None:
    site.snapshot = Snapshot()
    for page in ("decisions", "lanes"):
        assert json.loads(get(site.port, f"/{page}")[2]) == {"units": []}


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("since=-1", "since=-1: must be a whole number, 0 or more"),
        ("limit=", "limit=: must be a whole number"),
        ("limit=ten", "limit=ten: must be"),
        ("before=1", "there is no parameter 'before'; there is: since, limit"),
    ],
)
def test_a_wrong_query_is_told(site: Site, query: str, part: str) -> None:
    status, _, body = get(site.port, f"/decisions?{query}")
    assert status == 400
    assert part in body


def test_a_query_is_no_part_of_the_path(site: Site) -> None:
    assert get(site.port, "/-/healthy?x=1")[0] == 200


def test_a_request_does_not_wait_for_another(site: Site) -> None:
    """A client that connects and says nothing must not keep Prometheus out."""
    with socket.create_connection(("127.0.0.1", site.port)):
        assert get(site.port, "/-/healthy")[0] == 200


def test_requests_are_no_news(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    get(site.port, "/metrics")
    get(site.port, "/nothing")
    assert capfd.readouterr() == ("", "")


def test_a_port_in_use_is_told(site: Site) -> None:
    with pytest.raises(UnavailableError) as caught:
        WebServer(config(port=site.port), CollectorRegistry(), str, str, {})
    message = str(caught.value)
    assert message.startswith(f"[web] cannot listen on 127.0.0.1:{site.port}: Address already in")
    assert "choose another port" in message


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_told(registry: CollectorRegistry, host: str) -> None:
    with pytest.raises(UnavailableError, match=rf"cannot listen on {host}:0: "):
        WebServer(config(host=host, port=0), registry, str, str, {})


def test_after_closing_nobody_listens() -> None:
    site = Site()
    site.server.close()
    with pytest.raises(ConnectionRefusedError):
        get(site.port, "/metrics")
