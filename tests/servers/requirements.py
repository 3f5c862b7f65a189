"""What has to be installed beside what every test needs, and what a test does without it."""

import os
import shutil
import subprocess
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn

import pytest

from tests.servers.apicurio import registry_is_cached
from tests.servers.kafka.jars import jars_are_cached

_INSTALL = {
    "openssl": "OpenSSL (Debian/Ubuntu: apt-get install openssl; macOS: brew install openssl)",
    "java": (
        "a Java 17 runtime (Debian/Ubuntu: apt-get install openjdk-17-jre-headless; "
        "macOS: brew install openjdk@17, and put its bin folder on PATH)"
    ),
    "mvn": "Maven (Debian/Ubuntu: apt-get install maven; macOS: brew install maven)",
    "prometheus": (
        "Prometheus (Debian/Ubuntu: apt-get install prometheus; macOS: brew install prometheus)"
    ),
    "torch": "PyTorch (pip install 'streamlr[torch]')",
}


def require_kafka() -> None:
    """Go on only where a Kafka broker can be started."""
    _require("java")
    if not jars_are_cached():
        _require("mvn")


def require_registry() -> None:
    """Go on only where a schema registry can be started."""
    _require("java")
    if not registry_is_cached():
        _require("mvn")


def require_openssl() -> None:
    """Go on only where certificates can be made."""
    _require("openssl", "version")


def require_prometheus() -> None:
    """Go on only where a Prometheus server can be started."""
    _require("prometheus")


def require_package(name: str) -> Any:  # noqa: ANN401 - whatever the package offers
    """Import a package that not everybody installs; go on only where it is there."""
    if find_spec(name) is None:
        _missing(f"the package `{name}` is not installed: install {_INSTALL[name]}")
    return import_module(name)


def _require(program: str, ask: str = "--version") -> None:
    if not _runs(program, ask):
        _missing(f"`{program}` is not on PATH or does not run: install {_INSTALL[program]}")


def _runs(program: str, ask: str) -> bool:
    # Being there is not enough: macOS has a `java` that only says where to get one.
    if shutil.which(program) is None:
        return False
    result = subprocess.run([program, ask], capture_output=True, check=False)
    return result.returncode == 0


def _missing(message: str) -> NoReturn:
    # On CI a skipped test would look like a passed one.
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message, allow_module_level=True)
