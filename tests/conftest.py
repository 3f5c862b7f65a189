"""What every test gets: kernels compiled once, its own log, real servers on demand."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, configuration, settings
from prometheus_client import CollectorRegistry

from tests.reports import pytest_runtest_makereport
from tests.servers.fixtures import (
    create_topic,
    kafka,
    own_kafka,
    own_schema_registry,
    prometheus,
    schema_registry,
    topic,
)
from tests.workers import pytest_xdist_make_scheduler

__all__ = [
    "create_topic",
    "kafka",
    "own_kafka",
    "own_schema_registry",
    "prometheus",
    "pytest_runtest_makereport",
    "pytest_xdist_make_scheduler",
    "schema_registry",
    "topic",
]

_CACHE = Path(__file__).parents[1] / ".cache"

# Set before anything of streamlr is imported, and for the processes that tests start: compiling a
# kernel takes half a minute, loading one a second.
os.environ.setdefault("STREAMLR_CACHE", str(_CACHE / "kernels"))

if "HYPOTHESIS_STORAGE_DIRECTORY" not in os.environ:
    configuration.set_hypothesis_home_dir(_CACHE / "hypothesis")

_BUSY = [HealthCheck.too_slow]  # a slow machine is no fault of the test
settings.register_profile("local", max_examples=30, deadline=None, suppress_health_check=_BUSY)
settings.register_profile(
    "ci",
    max_examples=30,
    deadline=None,
    suppress_health_check=_BUSY,
    derandomize=True,
    database=None,
    print_blob=True,
)
settings.load_profile("ci" if "CI" in os.environ else "local")


@pytest.fixture
def registry() -> CollectorRegistry:
    """Return a Prometheus registry that no other test has."""
    return CollectorRegistry()


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """Undo what a test does to the log."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def own_signals() -> Iterator[None]:
    """Undo what a test does to the handlers of the signals that end a daemon."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep overrides from the developer's shell out of the tests."""
    for variable in [name for name in os.environ if name.startswith("STREAMLR__")]:
        monkeypatch.delenv(variable)
