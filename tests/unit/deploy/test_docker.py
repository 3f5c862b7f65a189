"""What of the image can be checked without Docker: its instructions, its warm start, its health."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from streamlr import config
from streamlr.config import WebConfig
from streamlr.web.server import WebServer
from tests.servers.ports import free_ports

_ROOT = Path(__file__).parents[3]
_FOLDER = _ROOT / "deploy" / "docker"
_KERNEL_TABLES = ("features", "model", "detector", "schedule", "evaluation")


def instructions() -> list[str]:
    """Instructions of the Dockerfile, each on one line."""
    lines = (_FOLDER / "Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    return [line for line in text.replace("\\\n", " ").splitlines() if line]


def sources() -> Iterator[str]:
    """What instructions take from the checkout."""
    for line in instructions():
        if line.startswith("COPY ") and "--from=" not in line:
            yield from line.split()[1:-1]
        for mount in re.findall(r"--mount=type=bind,(\S+)", line):
            if "from=" not in mount:
                yield from re.findall(r"source=([^,]+)", mount)


def test_every_source_exists_and_is_sent_to_the_builder() -> None:
    ignored, *lines = (
        line
        for line in (_FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
        if not line.startswith("#")
    )
    assert ignored == "*"
    sent = [line.removeprefix("!") for line in lines if line.startswith("!")]
    found = list(sources())
    assert "streamlr" in found
    for source in found:
        assert (_ROOT / source).exists(), source
        assert any(source == one or source.startswith(f"{one}/") for one in sent), source


def test_packages_are_pinned_by_hash() -> None:
    installs = [line for line in instructions() if "pip install" in line]
    assert len(installs) == 3
    for line in installs:
        assert "--require-hashes" in line or "--no-index --no-deps /wheel/" in line, line


def test_it_does_not_run_as_root() -> None:
    last = instructions()[max(n for n, line in enumerate(instructions()) if "FROM" in line) :]
    users = [line.split()[1] for line in last if line.startswith("USER ")]
    assert len(users) == 1
    assert int(users[0]) > 0


def test_the_kernel_compiled_at_build_is_the_default_one() -> None:
    warm = config.read(_FOLDER / "warm.toml", {})
    source, stream = {"type": "kafka", "bootstrap": "b:1", "topic": "t"}, {"label": "y"}
    default = config.build({"source": source, "stream": stream})
    for table in _KERNEL_TABLES:
        assert getattr(warm, table) == getattr(default, table)


@pytest.mark.parametrize(("wrong", "code"), [("", 0), ("stalled", 1)])
def test_health_is_what_the_daemon_says(wrong: str, code: int) -> None:
    settings = WebConfig.model_validate({"port": 0})
    server = WebServer(settings, CollectorRegistry(), lambda: wrong, str, {})
    try:
        assert healthcheck(server.port) == code
    finally:
        server.close()


def test_nobody_who_answers_is_not_healthy() -> None:
    assert healthcheck(free_ports(1)[0]) == 1


def healthcheck(port: int) -> int:
    proxied = {"http_proxy": "http://127.0.0.1:1", "STREAMLR__WEB__PORT": str(port)}
    command = [sys.executable, "-I", str(_FOLDER / "healthcheck.py")]
    return subprocess.run(command, env=os.environ | proxied, check=False).returncode
