"""The daemon as a user runs it, on a topic, from its start to the topic's end."""

import json
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.harness import children, threads
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.machine import ROOT

_OWN = ("STREAMLR", "NUMBA_", "PYTHONDONTWRITEBYTECODE")  # would change what is measured
_BYTECODE = ROOT / ".cache" / "benchmarks" / "bytecode"
_LIBRDKAFKA = "rdk:"  # how its threads' names start


@dataclass(frozen=True, slots=True)
class DaemonRun:
    """One run.

    Attributes
    ----------
    learned
        Records.
    accuracy
        Prequential, over all of them: a fraction.
    cpu_seconds
        From ready to the last checkpoint, and of librdkafka's threads before that too: they fetch
        ahead while the kernel is made ready.
    wall_seconds
        From ready to the last checkpoint.
    ready_seconds
        From the process's start to its line that says so.
    peak_bytes
        Its largest resident memory.
    """

    learned: int
    accuracy: float
    cpu_seconds: float
    wall_seconds: float
    ready_seconds: float
    peak_bytes: int


def configuration(
    bootstrap: str, topic: str, checkpoints: Path, client: str = "librdkafka", more: str = ""
) -> str:
    """Return TOML: what has no default, and a log that can be read; the rest is as shipped.

    Parameters
    ----------
    bootstrap, topic, checkpoints
        Where records come from, and where state goes.
    client
        Kafka client.
    more
        Further tables.
    """
    return f"""\
[source]
type = "kafka"
client = {json.dumps(client)}
bootstrap = {json.dumps(bootstrap)}
topic = {json.dumps(topic)}
stop_at = "end"

[stream]
label = "target"

[checkpoint]
directory = {json.dumps(str(checkpoints))}

[web]
port = 0

[log]
format = "json"

{more}"""


def run(config: Path, cache: Path) -> DaemonRun:
    """Run the daemon until its topic ends.

    Parameters
    ----------
    config
        Configuration file, with ``log.format = "json"``.
    cache
        Folder for compiled kernels.

    Raises
    ------
    BenchmarkError
        It failed, or its peak memory cannot be told from ours.
    """
    ahead = 0.0

    def watch(pid: int, said: Mapping[str, Any]) -> None:
        nonlocal ahead
        if said.get("event") == "ready":
            ahead = threads.cpu_seconds(pid, _LIBRDKAFKA)

    finished = children.run(
        "the daemon",
        _command("run", config),
        environment=environment(os.environ, cache),
        watch=watch,
    )
    _require_own_peak(finished.peak_bytes)
    return outcome(finished, ahead)


def check(config: Path, cache: Path) -> None:
    """Check a configuration; Python's bytecode for the daemon is there afterwards, as installed."""
    command = _command("check", config)
    children.run("streamlr check", command, environment=environment(os.environ, cache))


def environment(given: Mapping[str, str], cache: Path) -> dict[str, str]:
    """Return the daemon's environment: no settings of the user's, bytecode kept in ``.cache/``."""
    kept = {key: text for key, text in given.items() if not key.startswith(_OWN)}
    return {**kept, "STREAMLR_CACHE": str(cache), "PYTHONPYCACHEPREFIX": str(_BYTECODE)}


def _command(verb: str, config: Path) -> list[str]:
    return [sys.executable, "-m", "streamlr", verb, str(config)]


def outcome(finished: children.Finished, ahead: float) -> DaemonRun:
    """Read the daemon's log.

    Parameters
    ----------
    finished
        The daemon's run.
    ahead
        CPU seconds that were spent on the stream before ready.

    Raises
    ------
    BenchmarkError
        A line is missing, or two figures contradict each other.
    """
    ready_seconds, ready = _event(finished, "ready")
    _, stopped = _event(finished, "stopped")
    cpu_seconds = float(stopped["cpu_seconds"])
    if not 0 < cpu_seconds <= finished.cpu_seconds:
        whole = f"the whole process used {finished.cpu_seconds} s"
        raise BenchmarkError(f"the daemon says cpu_seconds = {cpu_seconds}, but {whole}")
    return DaemonRun(
        learned=int(stopped["learned"]),
        accuracy=float(stopped["accuracy"]),
        cpu_seconds=ahead + cpu_seconds,
        wall_seconds=(_time(stopped) - _time(ready)).total_seconds(),
        ready_seconds=ready_seconds,
        peak_bytes=finished.peak_bytes,
    )


def _event(finished: children.Finished, name: str) -> tuple[float, Mapping[str, Any]]:
    for at, line in finished.said:
        if line.get("event") == name:
            return at, line
    raise BenchmarkError(f"the daemon's log has no event {name!r}")


def _time(line: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(line["timestamp"])


def _require_own_peak(peak: int) -> None:
    """A process's peak starts at that of the one that started it: see ``children.Finished``."""
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if sys.platform == "linux" and peak <= ours:
        raise BenchmarkError(f"the daemon's peak memory is hidden by our own, {ours / 1e6:.0f} MB")
