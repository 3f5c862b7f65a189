"""Real servers as fixtures. What is missing on the machine skips a test, or fails it on CI."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from tests.servers.apicurio import Apicurio
from tests.servers.kafka import KafkaBroker
from tests.servers.prometheus import Prometheus
from tests.servers.requirements import require_kafka, require_prometheus, require_registry

_topic_numbers = count(1)


class CreateTopic(Protocol):
    """The type of the fixture `create_topic`."""

    def __call__(self, partitions: int = 1, config: Mapping[str, str] | None = None) -> str:
        """Create a topic on the shared broker; return its name, which no other test has."""


class StartPrometheus(Protocol):
    """The type of the fixture `prometheus`."""

    def __call__(
        self,
        targets: Sequence[str],
        *,
        scrape_interval: str = "200ms",
        rule_files: Sequence[Path] = (),
    ) -> Prometheus:
        """Start a server, with the arguments of `Prometheus`; the test's end stops it."""


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """Return the broker that all tests share: leave it running, use topics of your own."""
    require_kafka()
    with KafkaBroker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[KafkaBroker]:
    """Return a broker that the test may kill and restart."""
    require_kafka()
    with KafkaBroker(tmp_path / "kafka") as broker:
        yield broker


@pytest.fixture(scope="session")
def schema_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apicurio]:
    """Return the registry that all tests share: leave it running, use subjects of your own."""
    require_registry()
    with Apicurio(tmp_path_factory.mktemp("registry")) as server:
        yield server


@pytest.fixture
def own_schema_registry(tmp_path: Path) -> Iterator[Apicurio]:
    """Return a schema registry that is not started yet, which the test may stop."""
    require_registry()
    server = Apicurio(tmp_path / "registry")
    yield server
    server.stop()


@pytest.fixture
def create_topic(kafka: KafkaBroker, request: pytest.FixtureRequest) -> CreateTopic:
    """Return a function that creates a fresh topic on the shared broker."""
    # The test's name, for whoever reads a log; Kafka allows few characters, and 249 of them.
    test = re.sub(r"[^a-zA-Z0-9._-]", "-", request.node.name)[:200]

    def create(partitions: int = 1, config: Mapping[str, str] | None = None) -> str:
        name = f"{test}-{next(_topic_numbers)}"
        kafka.create_topic(name, partitions, config)
        return name

    return create


@pytest.fixture
def topic(create_topic: CreateTopic) -> str:
    """Return the name of a fresh topic with one partition on the shared broker."""
    return create_topic()


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[StartPrometheus]:
    """Return a function that starts a Prometheus server."""
    require_prometheus()
    numbers = count(1)
    with ExitStack() as servers:

        def start(
            targets: Sequence[str],
            *,
            scrape_interval: str = "200ms",
            rule_files: Sequence[Path] = (),
        ) -> Prometheus:
            server = Prometheus(
                targets,
                tmp_path / f"prometheus-{next(numbers)}",
                scrape_interval=scrape_interval,
                rule_files=rule_files,
            )
            return servers.enter_context(server)

        yield start
