"""Run a program to its end and know what it said when, and what it used."""

import json
import os
import resource
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.machine import ROOT
from tests.servers.guard import Guard

_TAIL = 20


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ended well.

    Attributes
    ----------
    said
        Its lines that are JSON objects, each with the seconds from the start to its arrival.
    cpu_seconds
        User and system time of its whole life, all threads and its own children included.
    peak_bytes
        Its largest resident memory. On Linux never less than the benchmark's own: a process takes
        that mark over from the one that started it.
    """

    said: Sequence[tuple[float, Mapping[str, Any]]]
    cpu_seconds: float
    peak_bytes: int


def run(
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    watch: Callable[[int, Mapping[str, Any]], None] = lambda _pid, _said: None,
    limit_seconds: float = 900.0,
) -> Finished:
    """Run a program; it and what it starts are gone on return, however that comes about.

    Parameters
    ----------
    name
        What messages call it.
    command
        Program and arguments; it runs at the root of the checkout.
    environment
        Instead of the benchmark's own.
    watch
        Gets the process's id and each JSON object that it says, at once.
    limit_seconds
        Killed after so long.

    Raises
    ------
    BenchmarkError
        It ended with another status than 0; the message has its last lines.

    Notes
    -----
    It has ended when nobody holds its output any more: neither it nor what it started.
    """
    guard = Guard()
    watchdog = threading.Timer(limit_seconds, guard.end_group)
    began = time.monotonic()
    said: list[tuple[float, Mapping[str, Any]]] = []
    tail: deque[str] = deque(maxlen=_TAIL)
    process = None
    try:
        process = _start(command, environment, guard)
        watchdog.start()
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            if line.startswith("{"):
                said.append((time.monotonic() - began, json.loads(line)))
                watch(process.pid, said[-1][1])
            tail.append(line)
        usage = _wait(process)
    finally:
        watchdog.cancel()
        guard.end_group()
        if process is not None:
            process.communicate()  # closes the pipe, and waits if that was not done
    if process.returncode != 0:
        after = f"{time.monotonic() - began:.0f} s (limit: {limit_seconds:g} s)"
        raise BenchmarkError(
            f"{name} ended with status {process.returncode} after {after}\n{''.join(tail)}"
        )
    return Finished(said, usage.ru_utime + usage.ru_stime, _bytes(usage.ru_maxrss))


def _start(
    command: Sequence[str], environment: Mapping[str, str] | None, guard: Guard
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=guard.process_group,
    )


def _wait(process: subprocess.Popen[str]) -> resource.struct_rusage:
    """As ``Popen.wait``, but say what the process used."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def _bytes(maximum_resident: int) -> int:
    """``ru_maxrss`` is in KiB, on macOS in bytes."""
    return maximum_resident if os.uname().sysname == "Darwin" else maximum_resident * 1024
