"""A small WSGI server on a thread of its own: /metrics, /-/healthy, /-/ready."""

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from streamlr.config import WebConfig
from streamlr.errors import UnavailableError

Check = Callable[[], str]
"""Empty when all is well, else what is not."""


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

    Raises
    ------
    UnavailableError
        The address cannot be listened on.
    """

    def __init__(
        self, config: WebConfig, registry: CollectorRegistry, healthy: Check, ready: Check
    ) -> None:
        self._metrics: Any = make_wsgi_app(registry)
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
        known = ", ".join(("/metrics", *self._checks))
        return _text(start_response, "404 Not Found", f"there is no {path}; there are {known}")

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _text(start_response: Any, status: str, text: str) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
    body = f"{text}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Scrapes every few seconds are no news."""
