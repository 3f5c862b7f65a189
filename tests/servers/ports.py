"""Free TCP ports on the loopback interface."""

import random
import socket
from contextlib import ExitStack

HOST = "127.0.0.1"

# Below the range from which Linux (32768 up) and macOS (49152 up) take the local port of an
# outgoing connection. A port that `bind(0)` gives out lies inside that range: while a killed
# broker is down, any client of the machine may be given its port, and the restart then fails.
_PORTS = range(10_000, 32_000)

# Not the seeded generator: two runs with one seed would walk through the same ports.
_random = random.SystemRandom()


def free_ports(count: int) -> list[int]:
    """Return different ports on which nothing listens now.

    Somebody else may take one before the server does: a start has to be retried.
    """
    with ExitStack() as bound:
        return [_bind_free_port(bound) for _ in range(count)]


def _bind_free_port(bound: ExitStack) -> int:
    while True:
        candidate = bound.enter_context(socket.socket())
        try:
            candidate.bind((HOST, _random.choice(_PORTS)))
        except OSError:
            continue
        return int(candidate.getsockname()[1])


def accepts_connections(port: int) -> bool:
    """Say whether a server accepts TCP connections on this port."""
    try:
        with socket.create_connection((HOST, port), timeout=1.0):
            return True
    except OSError:
        return False
