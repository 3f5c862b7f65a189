"""What the real servers share: free ports, start, kill and restart, one folder each."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.ports import HOST, free_ports
from tests.servers.process import AddressInUseError, ServerProcess

# Several times what a loaded machine with two cores needs for the slowest, a Kafka broker.
_START_TIMEOUT = 120.0

# A port is found free and then used; in between somebody else may take it.
_ATTEMPTS = 5


class Server(ABC):
    """A server process with its ports and its folder.

    Parameters
    ----------
    name : str
        What messages call the server.
    directory : Path
        Settings, data and output; made when it is missing. One server per directory.
    port_names : sequence of str
        One port is chosen for each by the first start, and kept for good, so that clients
        find a restarted server.
    """

    def __init__(self, name: str, directory: Path, port_names: Sequence[str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._port_names = tuple(port_names)
        self._ports: dict[str, int] = {}
        self._ports_are_final = False
        self._process = ServerProcess(name, directory)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of the latest start."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server's process runs."""
        return self._process.running

    def log_tail(self, lines: int = 40) -> str:
        """Return the end of what the server wrote since its latest start."""
        return self._process.log_tail(lines)

    def start(self) -> None:
        """Start, and wait until the server serves."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._start_once()
            except AddressInUseError:
                continue
        return self._start_once()

    def stop(self) -> None:
        """End in good order. No-op when the server does not run."""
        self._process.stop()

    def kill(self) -> None:
        """End with SIGKILL: the server gets to close nothing. No-op when it does not run."""
        self._process.kill()

    def restart(self) -> None:
        """Start again with the same ports and data; stop first if the server runs."""
        self.stop()
        self.start()

    def _start_once(self) -> None:
        if not self._ports_are_final:
            numbers = free_ports(len(self._port_names))
            self._ports = dict(zip(self._port_names, numbers, strict=True))
        try:
            self._process.start(self._command())
            self._process.wait_until(self._is_ready, _START_TIMEOUT, "get ready")
        except BaseException:
            self._process.kill()
            raise
        self._ports_are_final = True

    def _address(self, port_name: str) -> str:
        if not self._ports:
            raise RuntimeError(f"{self._process.name} was not started: it has no port yet")
        return f"{HOST}:{self._ports[port_name]}"

    @abstractmethod
    def _command(self) -> list[str]:
        """Write the settings, which name the ports, and return the command line."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Say whether clients are served."""
