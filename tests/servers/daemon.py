"""The daemon itself as a process of its own, told what to do by a configuration file only."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Self

from tests.servers.process import ServerProcess

# A cold start compiles the kernel, which takes most of a minute on a loaded machine.
_START_TIMEOUT = 300.0


class Daemon:
    """``streamlr run`` on a configuration.

    Parameters
    ----------
    directory : Path
        Configuration and output go there.
    tables : dict
        The configuration: table → key → value. Log lines are JSON; the web server gets a free port.

    Examples
    --------
    In a test::

        daemon = Daemon(tmp_path, {"source": {...}, "stream": {"label": "target"}})
        daemon.start()
        daemon.wait_for("ready")
    """

    def __init__(self, directory: Path, tables: dict[str, Any]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._process = ServerProcess("streamlr", directory)
        self._log = directory / "output.log"
        self._config = directory / "streamlr.toml"
        merged = {"log": {"format": "json", "level": "debug"}, "web": {"port": 0}, **tables}
        self._config.write_text(_toml(merged))

    def start(self) -> None:
        """Start and return at once."""
        self._from = self._log.stat().st_size if self._log.exists() else 0
        self._process.start([sys.executable, "-m", "streamlr", "run", str(self._config)])

    def run(self, timeout: float = _START_TIMEOUT) -> int:
        """Start and wait for the end; return the exit code."""
        self.start()
        return self.exit_code(timeout)

    def exit_code(self, timeout: float = _START_TIMEOUT) -> int:
        """Wait until it ends by itself; return the exit code."""
        return self._process.exit_code(timeout)

    def lines(self) -> list[str]:
        """Lines written since the latest start."""
        with self._log.open("rb") as file:
            file.seek(self._from)
            return file.read().decode().splitlines()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Log lines of one event since the latest start."""
        lines = (line for line in self.lines() if line.startswith("{") and line.endswith("}"))
        return [line for line in map(json.loads, lines) if line["event"] == name]

    def wait_for(self, name: str, timeout: float = _START_TIMEOUT) -> dict[str, Any]:
        """Wait for an event; return its latest line."""
        self._process.wait_until(lambda: bool(self.events(name)), timeout, f"log {name!r}")
        return self.events(name)[-1]

    def wait_until(self, condition: Any, what: str, timeout: float = _START_TIMEOUT) -> None:  # noqa: ANN401 - a callable
        """Wait until a condition holds while the daemon runs."""
        self._process.wait_until(condition, timeout, what)

    @property
    def port(self) -> int:
        """Where its web server listens."""
        port: int = self.wait_for("listening")["port"]
        return port

    def stop(self) -> int:
        """End it with SIGTERM; return the exit code."""
        if self._process.running:
            os.kill(self._process.pid, signal.SIGTERM)
        return self._process.exit_code(60.0)

    def suspend(self) -> None:
        """Stop it where it is, with SIGSTOP, as a machine that sleeps would."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on, with SIGCONT."""
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it with SIGKILL. No-op when it has ended."""
        self._process.kill()

    def __enter__(self) -> Self:
        """Nothing to do yet."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave no process behind."""
        self.kill()


def _toml(tables: dict[str, Any]) -> str:
    """Tables and plain values of TOML; JSON's strings, numbers and lists are TOML's."""
    plain = [
        f"{key} = {_inline(value)}" for key, value in tables.items() if not isinstance(value, dict)
    ]
    for table, values in tables.items():
        if isinstance(values, dict):
            plain.append(f"[{table}]")
            plain += [f"{key} = {_inline(value)}" for key, value in values.items()]
    return "\n".join(plain) + "\n"


def _inline(value: Any) -> str:  # noqa: ANN401 - any TOML value
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key)} = {_inline(item)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value)
