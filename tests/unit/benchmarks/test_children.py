"""Processes are measured, watched, and never left behind."""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness import children, threads
from benchmarks.harness.errors import BenchmarkError

SPAWN = (
    "from subprocess import DEVNULL, Popen; other = Popen(['sleep', '600'], stdout=DEVNULL, "
    "stderr=DEVNULL); "
)


def python(code: str, **options: Any) -> children.Finished:  # noqa: ANN401 - those of run
    return children.run("it", [sys.executable, "-c", code], **options)


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or dead and waiting for its adoptive parent to notice."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def wait_until_ended(pid: int) -> None:
    deadline = time.monotonic() + 10
    while not has_ended(pid):
        assert time.monotonic() < deadline, f"process {pid} was left behind"
        os.sched_yield()


def test_json_lines_are_kept_with_their_time_and_what_was_used() -> None:
    code = "import sys; print('text'); print('{\"a\": 1}', file=sys.stderr); sum(range(10**6))"
    finished = python(code)
    ((at, said),) = finished.said
    assert said == {"a": 1}
    assert at > 0
    assert finished.cpu_seconds > 0
    assert finished.peak_bytes > 1_000_000


def test_the_environment_is_the_given_one() -> None:
    code = "import os, json; print(json.dumps(dict(os.environ)))"
    said = python(code, environment={"ONLY": "this"}).said[0][1]
    assert said["ONLY"] == "this"
    assert "HOME" not in said


def test_what_it_says_is_watched_while_it_runs() -> None:
    seen: list[tuple[bool, Mapping[str, Any]]] = []

    def watch(pid: int, said: Mapping[str, Any]) -> None:
        seen.append((has_ended(pid), said))
        os.kill(pid, 15)  # it would wait for ever

    with pytest.raises(BenchmarkError, match="it ended with status -15"):
        python("import signal; print('{}', flush=True); signal.pause()", watch=watch)
    assert seen == [(False, {})]


def test_a_failure_carries_the_last_lines() -> None:
    with pytest.raises(BenchmarkError, match=r"(?s)it ended with status 3 .*no such thing"):
        python("import sys; print('no such thing'); sys.exit(3)")


def test_it_ends_at_the_limit() -> None:
    with pytest.raises(BenchmarkError, match=r"status -9 .*limit: 0.2 s"):
        python("import signal; signal.pause()", limit_seconds=0.2)


def test_what_it_started_ends_with_it() -> None:
    finished = python(SPAWN + "print('{\"pid\": %d}' % other.pid)")
    wait_until_ended(finished.said[0][1]["pid"])


def test_an_interrupt_leaves_nothing_behind() -> None:
    pids: list[int] = []

    def interrupt(pid: int, said: Mapping[str, Any]) -> None:
        pids.extend((pid, said["pid"]))
        raise KeyboardInterrupt

    code = SPAWN + "print('{\"pid\": %d}' % other.pid, flush=True); other.wait()"
    with pytest.raises(KeyboardInterrupt):
        python(code, watch=interrupt)
    assert len(pids) == 2
    for pid in pids:
        wait_until_ended(pid)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        children.run("it", ["/nowhere/program"])


def test_the_cpu_time_of_threads_by_name(tmp_path: Path) -> None:
    for number, (name, nanoseconds) in enumerate(
        [("rdk:main", 1_500_000_000), ("rdk:broker1", 250_000_000), ("python", 9_000_000_000)]
    ):
        task = tmp_path / "42" / "task" / str(number)
        task.mkdir(parents=True)
        (task / "comm").write_text(f"{name}\n")
        (task / "schedstat").write_text(f"{nanoseconds} 7 8\n")
    (tmp_path / "42" / "task" / "99").mkdir()  # ended while we looked
    assert threads.cpu_seconds(42, "rdk:", tmp_path) == 1.75
    assert threads.cpu_seconds(43, "rdk:", tmp_path) == 0
