"""A stand-in for a schema registry: an HTTP server that answers as it is told, wrongly too.

What a registry says is tested against Apicurio (`apicurio.py`); this one is for what a real one
cannot be made to say: rubbish, errors, redirects, a TLS certificate of ours.
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.servers.kafka.certificates import Certificates
from tests.servers.ports import HOST


@dataclass(frozen=True)
class Answer:
    """What it says to one path."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What it was asked, and by whom."""

    path: str
    authorization: str | None


ABSENT = Answer(404, b'{"error_code":40403,"message":"Schema not found"}')


def schema(definition: object, **others: object) -> Answer:
    """The answer that has a schema, as registries give it: JSON within JSON."""
    return Answer(200, json.dumps({"schema": json.dumps(definition), **others}).encode())


class RegistryStandIn(ThreadingHTTPServer):
    """Answers by path; what it was not told, it does not have."""

    daemon_threads = True

    def __init__(self, certificates: Certificates | None = None) -> None:
        super().__init__((HOST, 0), _Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self._scheme = "http"
        if certificates is not None:
            self._scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.server, certificates.server_key)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{self._scheme}://{HOST}:{self.server_port}"

    def handle_error(self, *_arguments: object) -> None:
        """A client that does not trust us hangs up: that is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: RegistryStandIn

    def do_GET(self) -> None:
        self.server.asked.append(Asked(self.path, self.headers["Authorization"]))
        answer = self.server.answers.get(self.path, ABSENT)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_arguments: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Keep quiet."""


@contextmanager
def registry_stand_in(certificates: Certificates | None = None) -> Iterator[RegistryStandIn]:
    """Run one."""
    with RegistryStandIn(certificates) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
