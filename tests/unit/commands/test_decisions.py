"""``streamlr decisions``: a daemon and its checkpoints say the same."""

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from streamlr import cli, config
from streamlr.checkpoint import decisions as kept
from streamlr.commands import decisions
from streamlr.config import WebConfig
from streamlr.service import Service
from streamlr.web import views
from streamlr.web.server import WebServer

SOURCE = {"type": "simulator", "samples": 6000, "options": {"features": 4, "drift_every": 2000}}
TABLES = {
    "name": "told",
    "source": SOURCE,
    "stream": {"label": "target"},
    "schedule": {"type": "drift_boost", "rate": 0.05},
    "web": {"enabled": False},
    "log": {"level": "error"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of checkpoints, written by a service that ended."""
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def service(folder: Path) -> Service:
    """Return a service that saw two drifts."""
    made = Service(config.build({**TABLES, "checkpoint": {"directory": str(folder)}}))
    made.run()
    return made


@pytest.fixture(scope="module")
def address(service: Service) -> Iterator[str]:
    """Return where a server tells of that service."""
    pages = views.pages(lambda: service.snapshot)
    settings = WebConfig.model_validate({"port": 0})
    server = WebServer(settings, CollectorRegistry(), str, str, pages)
    yield f"http://127.0.0.1:{server.port}"
    server.close()


def told(capsys: pytest.CaptureFixture[str], where: Path | str, *more: str) -> list[dict[str, Any]]:
    assert cli.main(["decisions", str(where), "--json", *more]) == 0
    units: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["units"]
    return units


def test_checkpoint_and_daemon_say_the_same(
    service: Service, folder: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (unit,) = told(capsys, address)
    assert told(capsys, folder) == [unit]
    assert (unit["partitions"], unit["learned"], unit["left_out"]) == (["0"], 6000, 0)
    assert {entry["event"] for entry in unit["decisions"]} >= {"drift", "rate"}
    samples = [entry["sample"] for entry in unit["decisions"]]
    assert samples == sorted(samples)
    changes = [entry for entry in unit["decisions"] if entry["event"] == "rate"]
    assert len(changes) == sum(service.snapshot.rate_changes.values())
    later = [entry for entry in unit["decisions"] if entry["sample"] > samples[0]]
    for where in (address, folder):
        (since,) = told(capsys, where, "--since", str(samples[0]))
        assert since["decisions"] == later
        (last,) = told(capsys, where, "--limit", "1")
        assert last["decisions"] == unit["decisions"][-1:]
        assert last["left_out"] == len(unit["decisions"]) - 1


def test_a_daemon_that_resumed_remembers(
    service: Service, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    more = {**TABLES, "source": {**SOURCE, "samples": 6100}}
    resumed = Service(config.build({**more, "checkpoint": {"directory": str(copy)}}))
    resumed.run()
    (before,) = service.snapshot.views
    (view,) = resumed.snapshot.views
    assert view.learned == 6100
    assert view.decisions[: len(before.decisions)] == before.decisions[-kept.KEPT :]


def test_in_words(service: Service, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decisions", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "partition 0: 6,000 samples learned" in out
    (view,) = service.snapshot.views
    change = next(entry for entry in view.decisions if entry.event == "rate")
    start = f"{change.sample:,} rate "
    (line,) = [row for row in out.splitlines() if " ".join(row.split()).startswith(start)]
    assert f"{change.old:.4g} → {change.new:.4g}" in line
    assert change.reason in line


@pytest.mark.parametrize(
    ("event", "reason", "why"),
    [
        ("drift", "", "the detector's signal"),
        ("shift", "feature:a 0.03 → 0.41", "feature:a 0.03 → 0.41"),
    ],
)
def test_an_alarm_in_words(event: str, reason: str, why: str) -> None:
    entry = decisions._Entry(7, event, reason, 0.0, 0.0, 0.41)
    assert decisions.in_words(entry) == (event, why)


def test_looking_writes_nothing(
    service: Service, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def content() -> set[tuple[str, int]]:
        return {(str(path), path.stat().st_mtime_ns) for path in folder.rglob("*")}

    before = content()
    told(capsys, folder)
    assert content() == before


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.main(["decisions", *arguments])
    captured = capsys.readouterr()
    assert captured.out == ""
    return code, captured.err


def test_where_there_is_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, message = refused(capsys, str(tmp_path))
    assert code == 69
    assert f"{tmp_path}: there is no checkpoint in it; give a folder" in message


def test_a_damaged_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "checkpoint-1.safetensors").write_bytes(b"no")
    code, message = refused(capsys, str(tmp_path))
    assert code == 73
    assert f"no checkpoint in {tmp_path} can be read" in message


def test_where_nobody_listens(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code, message = refused(capsys, f"http://127.0.0.1:{port}")
    assert code == 69
    assert f"http://127.0.0.1:{port} cannot be asked for its decisions: " in message
    assert "Connection refused" in message


def test_where_something_else_answers(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, message = refused(capsys, f"{address}/metrics")
    assert code == 69
    assert "there is no /metrics/decisions; there are /metrics" in message


@pytest.mark.parametrize("option", ["--since", "--limit"])
def test_less_than_nothing(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "http://127.0.0.1:1", option, "-1") == (
        78,
        f"streamlr: {option} -1: must be 0 or more\n",
    )
