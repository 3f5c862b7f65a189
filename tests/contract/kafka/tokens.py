"""A real HTTP server that gives bearer tokens for a client's id and secret."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from tests.servers.ports import HOST


class TokenServer(ThreadingHTTPServer):
    """Gives tokens that nobody signed, which a broker takes when it is not told otherwise.

    Parameters
    ----------
    identity, secret : str
        Who gets one.
    life : float
        Seconds that one lasts.
    """

    daemon_threads = True

    def __init__(self, identity: str, secret: str, life: float) -> None:
        super().__init__((HOST, 0), _Handler)
        self.login = f"Basic {base64.b64encode(f'{identity}:{secret}'.encode()).decode()}"
        self.life = life
        self.asked: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        """Where to ask."""
        return f"http://{HOST}:{self.server_port}/token"


class _Handler(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(form)
        if self.headers["Authorization"] != self.server.login:
            self._answer(401, {"error": "invalid_client"})
        else:
            self._answer(200, _token(self.server.life))

    def _answer(self, status: int, what: dict[str, Any]) -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Keep quiet."""


def _token(life: float) -> dict[str, Any]:
    now = time.time()
    claims = {"sub": "alice", "iat": now, "exp": now + life}
    parts = (_encoded({"alg": "none"}), _encoded(claims), "")
    return {"access_token": ".".join(parts), "token_type": "Bearer", "expires_in": life}


def _encoded(what: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(what).encode()).rstrip(b"=").decode()


@contextmanager
def token_server(identity: str, secret: str, life: float = 3600.0) -> Iterator[TokenServer]:
    """Run one."""
    server = TokenServer(identity, secret, life)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
