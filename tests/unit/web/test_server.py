"""What the daemon answers over HTTP."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from streamlr.config import WebConfig
from streamlr.errors import UnavailableError
from streamlr.web.server import WebServer


def config(**values: object) -> WebConfig:
    return WebConfig.model_validate(values)


class Site:
    """A server, what it shows, and what is wrong as its checks tell it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.unhealthy = self.unready = ""
        self.server = WebServer(
            config(port=0), self.registry, lambda: self.unhealthy, lambda: self.unready
        )
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
    assert "there are /metrics, /-/healthy, /-/ready" in body


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
        WebServer(config(port=site.port), CollectorRegistry(), str, str)
    message = str(caught.value)
    assert message.startswith(f"[web] cannot listen on 127.0.0.1:{site.port}: Address already in")
    assert "choose another port" in message


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_told(registry: CollectorRegistry, host: str) -> None:
    with pytest.raises(UnavailableError, match=rf"cannot listen on {host}:0: "):
        WebServer(config(host=host, port=0), registry, str, str)


def test_after_closing_nobody_listens() -> None:
    site = Site()
    site.server.close()
    with pytest.raises(ConnectionRefusedError):
        get(site.port, "/metrics")
