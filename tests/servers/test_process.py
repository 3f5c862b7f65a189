"""A server's process starts, fails and ends as the tests rely on."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers.ports import HOST, accepts_connections
from tests.servers.process import ServerError, ServerProcess
from tests.servers.server import Server


class FileServer(Server):
    """The simplest server that there is, in place of one that takes seconds to start."""

    def __init__(self, directory: Path) -> None:
        super().__init__("file server", directory, ["http"])
        self.seen_ports: list[int] = []

    def _command(self) -> list[str]:
        self.seen_ports.append(self.port)
        return [sys.executable, "-m", "http.server", str(self.port), "--bind", HOST]

    def _is_ready(self) -> bool:
        return accepts_connections(self.port)

    @property
    def port(self) -> int:
        return self._ports["http"]


class OnceTooLate(FileServer):
    """Somebody takes the chosen port just before the server does."""

    def __init__(self, directory: Path, somebody: socket.socket) -> None:
        super().__init__(directory)
        self._somebody = somebody

    def _command(self) -> list[str]:
        command = super()._command()
        if len(self.seen_ports) == 1:
            self._somebody.bind((HOST, self.port))
        return command


_REPOSITORY = Path(__file__).resolve().parents[2]

# Starts a server as the tests do, says where, and waits for its own end.
_TEST_PROCESS = """
import sys
from contextlib import suppress
from pathlib import Path
from tests.servers.test_process import FileServer

server = FileServer(Path(sys.argv[1]))
server.start()
print(server.port, flush=True)
sys.stdin.read()
"""


class TestServer:
    def test_takes_another_port_when_somebody_was_faster(self, tmp_path: Path) -> None:
        with socket.socket() as somebody, OnceTooLate(tmp_path, somebody) as server:
            assert len(server.seen_ports) == 2
            assert accepts_connections(server.port)

    def test_keeps_its_port_over_a_restart(self, tmp_path: Path) -> None:
        with FileServer(tmp_path) as server:
            server.restart()
            os.kill(server.pid, signal.SIGKILL)
            server.restart()

            assert len(set(server.seen_ports)) == 1

    def test_does_not_outlive_a_killed_test_process(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", _TEST_PROCESS, str(tmp_path)]
        with (
            subprocess.Popen(
                command, cwd=_REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            ) as test,
            socket.socket() as connection,
        ):
            assert test.stdout is not None
            connection.settimeout(30)
            connection.connect((HOST, int(test.stdout.readline())))
            test.kill()

            # Waits until the server is gone; a reset if it had not accepted us yet.
            with suppress(ConnectionResetError):
                assert connection.recv(1) == b""


class TestServerProcess:
    def test_a_failure_shows_the_end_of_the_output(self, tmp_path: Path) -> None:
        process = python(tmp_path, "print('first'); raise SystemExit('no such setting')")

        with pytest.raises(ServerError, match=r"(?s)status 1.*first.*no such setting"):
            process.wait_until(lambda: False, 30, "get ready")
        process.kill()

    def test_the_output_of_an_earlier_start_is_left_out(self, tmp_path: Path) -> None:
        process = python(tmp_path, "raise SystemExit('first start')")
        with pytest.raises(ServerError):
            process.wait_until(lambda: False, 30, "get ready")

        process.start([sys.executable, "-c", "raise SystemExit('second start')"])

        with pytest.raises(ServerError, match="second start") as failure:
            process.wait_until(lambda: False, 30, "get ready")
        assert "first start" not in str(failure.value)
        process.kill()

    def test_a_process_that_ignores_sigterm_is_killed(self, tmp_path: Path) -> None:
        process = python(
            tmp_path,
            "import signal, sys",
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
            "print('deaf', flush=True)",
            "signal.pause()",
        )
        process.wait_until(lambda: "deaf" in process.log_tail(), 30, "start")

        process.stop(grace=0.1)

        assert not process.running


def python(directory: Path, *lines: str) -> ServerProcess:
    process = ServerProcess("script", directory)
    process.start([sys.executable, "-c", "\n".join(lines)])
    return process
