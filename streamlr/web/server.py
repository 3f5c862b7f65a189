"""A small WSGI server on a thread of its own: /metrics, /-/healthy, /-/ready, and pages of JSON."""

import threading
from collections.abc import Callable, Iterable, Mapping
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from streamlr.config import WebConfig
from streamlr.errors import UnavailableError
from streamlr.web.views import BadQueryError

Check = Callable[[], str]
"""Empty when all is well, else what is not."""

Page = Callable[[str], bytes]
"""Answers a query with JSON; raises BadQueryError."""


class WebServer:
    """Serves until closed.

    Parameters
    ----------
    config
        Where to listen.
    registry
        What /metrics shows.
    healthy, ready
        Asked at each request.
    pages
        Path → what answers there.

    Raises
    ------
    UnavailableError
        The address cannot be listened on.
    """

    def __init__(
        self,
        config: WebConfig,
        registry: CollectorRegistry,
        healthy: Check,
        ready: Check,
        pages: Mapping[str, Page],
    ) -> None:
        self._metrics: Any = make_wsgi_app(registry)
        self._pages = pages
        self._checks = {"/-/healthy": healthy, "/-/ready": ready}
        try:
            self._server = make_server(
                config.host, config.port, self._answer, _ThreadingServer, _QuietHandler
            )
        except OSError as error:
            message = (
                f"[web] cannot listen on {config.host}:{config.port}: {error.strerror or error}; "
                "choose another port (0: any free one), or enabled = false"
            )
            raise UnavailableError(message) from error
        self.port: int = self._server.server_port
        thread = threading.Thread(target=self._server.serve_forever, name="web", daemon=True)
        thread.start()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
        path = environ["PATH_INFO"]
        if path == "/metrics":
            answer: Iterable[bytes] = self._metrics(environ, start_response)
            return answer
        if path in self._checks:
            wrong = self._checks[path]()
            return _text(
                start_response, "503 Service Unavailable" if wrong else "200 OK", wrong or "ok"
            )
        if path in self._pages:
            return _json(start_response, self._pages[path], environ.get("QUERY_STRING", ""))
        known = ", ".join(("/metrics", *self._checks, *self._pages))
        return _text(start_response, "404 Not Found", f"there is no {path}; there are {known}")

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _json(start_response: Any, page: Page, query: str) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
    try:
        body = page(query)
    except BadQueryError as error:
        return _text(start_response, "400 Bad Request", str(error))
    return _send(start_response, "200 OK", "application/json", body + b"\n")


def _text(start_response: Any, status: str, text: str) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
    return _send(start_response, status, "text/plain; charset=utf-8", f"{text}\n".encode())


def _send(start_response: Any, status: str, kind: str, body: bytes) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Scrapes every few seconds are no news."""
