"""One server process: started in its own process group, watched, and ended by its pid."""

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.servers.guard import Guard

# Between two looks at a condition, in seconds. Short beside any server's start (1 s and more).
_POLL_INTERVAL = 0.02

# What Java, Go and Python say, in lower case.
_ADDRESS_IN_USE = "address already in use"


class ServerError(RuntimeError):
    """A server ended, or did not get ready in time. The message carries its log's tail."""


class AddressInUseError(ServerError):
    """A server ended because somebody else holds its port."""


class ServerProcess:
    """A process whose output goes to a file.

    Parameters
    ----------
    name : str
        What messages call the server.
    directory : Path
        Working folder; has to be there. The output goes to ``output.log`` in it.

    Notes
    -----
    The process cannot outlive the test process, whatever ends that one: see `Guard`.
    """

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self._directory = directory
        self._log = directory / "output.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None
        # Where the output of the latest start begins: a restart appends to the same file.
        self._log_start = 0

    @property
    def pid(self) -> int:
        """The process id, also after the process ended."""
        return self._started().pid

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, command: Sequence[str]) -> None:
        """Start the process; return at once."""
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        # A process that ended by itself has left its guard.
        self.kill()
        self._guard = Guard()
        with self._log.open("ab") as output:
            self._log_start = output.tell()
            self._process = subprocess.Popen(
                command,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=self._guard.process_group,
            )

    def wait_until(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait until a condition holds.

        Parameters
        ----------
        condition : callable
            Looked at again and again; must return soon.
        timeout : float
            Seconds.
        what : str
            What is waited for, for the message: "<server> did not <what> within …".

        Raises
        ------
        AddressInUseError
            The server ended because its port is taken.
        ServerError
            The server ended for another reason.
        TimeoutError
            The condition did not hold in time.
        """
        deadline = time.monotonic() + timeout
        while not condition():
            if self._ended_within(_POLL_INTERVAL):
                raise self._ended()
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{self.name} did not {what} within {timeout:g} s\n{self.log_tail()}"
                )

    def exit_code(self, timeout: float) -> int:
        """Wait until the process ends by itself; return its status.

        Raises
        ------
        TimeoutError
            It did not end in time.
        """
        if not self._ended_within(timeout):
            raise TimeoutError(f"{self.name} did not end within {timeout:g} s\n{self.log_tail()}")
        return self._started().returncode

    def stop(self, grace: float = 10.0) -> None:
        """End the process: SIGTERM, wait up to `grace` seconds, SIGKILL. No-op when ended."""
        if self.running:
            self._started().terminate()
            self._ended_within(grace)
        self.kill()

    def kill(self) -> None:
        """End the process and everything it started with SIGKILL. No-op when ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._guard is not None:
            self._guard.end_group()
            self._guard = None

    def log_tail(self, lines: int = 40) -> str:
        """Return the last lines that the latest start wrote, with a heading."""
        tail = self._output().splitlines()[-lines:]
        return "\n".join([f"--- end of {self._log}", *tail])

    def _ended_within(self, seconds: float) -> bool:
        try:
            self._started().wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _ended(self) -> ServerError:
        address_in_use = _ADDRESS_IN_USE in self._output().lower()
        error = AddressInUseError if address_in_use else ServerError
        status = self._started().returncode
        return error(f"{self.name} ended with status {status}\n{self.log_tail()}")

    def _output(self) -> str:
        if not self._log.exists():
            return ""
        with self._log.open("rb") as output:
            output.seek(self._log_start)
            return output.read().decode(errors="replace")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process
