"""The daemon's configuration, and what is read from its log."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness import daemon
from benchmarks.harness.children import Finished
from benchmarks.harness.errors import BenchmarkError
from streamlr import config

READY = datetime(2026, 1, 1, tzinfo=UTC)


def finished(**stopped: float) -> Finished:
    ready = {"event": "ready", "timestamp": READY.isoformat()}
    last = {
        "event": "stopped",
        "timestamp": (READY + timedelta(seconds=2.5)).isoformat(),
        "learned": 1000,
        "accuracy": 0.75,
        "cpu_seconds": 2.0,
        **stopped,
    }
    said: list[tuple[float, dict[str, Any]]] = [(1.5, ready), (4.5, last)]
    return Finished(said, cpu_seconds=6.0, peak_bytes=200)


def test_the_configuration_is_what_is_shipped_but_for_what_has_no_default(tmp_path: Path) -> None:
    text = daemon.configuration('odd "host":1', "topic", tmp_path / "a b")
    built = config.build(tomllib.loads(text))
    assert (built.source.bootstrap, built.source.stop_at) == ('odd "host":1', "end")
    assert built.checkpoint.directory == tmp_path / "a b"
    assert (built.web.enabled, built.web.port, built.log.format) == (True, 0, "json")
    assert (built.schedule.type, built.detector.type, built.sink.type) == ("race", "adwin", "none")
    least = {"source": {"type": "kafka", "bootstrap": "localhost:1", "topic": "t"}}
    shipped = config.build({**least, "stream": {"label": "target"}})
    for table in ("decoder", "features", "model", "detector", "schedule", "evaluation", "loop"):
        assert getattr(built, table) == getattr(shipped, table)


def test_the_environment_has_no_settings_of_the_users(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "STREAMLR__LOG__LEVEL": "error", "NUMBA_DISABLE_JIT": "1"}
    left = daemon.environment(given | {"PYTHONDONTWRITEBYTECODE": "1"}, tmp_path)
    assert set(left) == {"PATH", "STREAMLR_CACHE", "PYTHONPYCACHEPREFIX"}
    assert left["STREAMLR_CACHE"] == str(tmp_path)


def test_the_log_says_what_a_run_did() -> None:
    assert daemon.outcome(finished(), ahead=0.5) == daemon.DaemonRun(
        learned=1000,
        accuracy=0.75,
        cpu_seconds=2.5,
        wall_seconds=2.5,
        ready_seconds=1.5,
        peak_bytes=200,
    )


def test_a_daemon_that_never_was_ready() -> None:
    silent = Finished([(0.1, {"event": "starting"})], cpu_seconds=1, peak_bytes=1)
    with pytest.raises(BenchmarkError, match="no event 'ready'"):
        daemon.outcome(silent, ahead=0.0)


@pytest.mark.parametrize("cpu_seconds", [0.0, 6.1])
def test_a_cpu_time_that_the_system_contradicts(cpu_seconds: float) -> None:
    with pytest.raises(BenchmarkError, match="the whole process used"):
        daemon.outcome(finished(cpu_seconds=cpu_seconds), ahead=0.0)
