"""Both clients, a broker to log in to, and sources and sinks that are closed at the end."""

import gc
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from streamlr import registry
from streamlr.records import Positions, Topics
from streamlr.sinks import Mark, Sink
from streamlr.sources import Source
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka.certificates import Certificates, make_certificates
from tests.servers.kafka.secured import secured_broker
from tests.servers.requirements import require_kafka, require_openssl

CLIENTS = ("librdkafka", "kafka-python")


class OpenSource(Protocol):
    """The type of the fixture `open_source`."""

    def __call__(
        self,
        topic: str,
        positions: Positions | None = None,
        *,
        topics: Topics = (),
        bootstrap: str | None = None,
        **keys: Any,  # noqa: ANN401 - any key of the table
    ) -> Source:
        """Open a source of this client; the test's end closes it."""


class OpenSink(Protocol):
    """The type of the fixture `open_sink`."""

    def __call__(
        self,
        topic: str,
        mark: Mark | None = None,
        *,
        table: str = "sink",
        bootstrap: str | None = None,
        **keys: Any,  # noqa: ANN401 - any key of the table
    ) -> Sink:
        """Open a sink of this client; the test's end closes it."""


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    """Return the name of a client, each in turn."""
    name: str = request.param
    return name


@pytest.fixture
def open_source(client: str, kafka: KafkaBroker) -> Iterator[OpenSource]:
    """Return a function that opens a source, by default on the shared broker."""
    with ExitStack() as opened:

        def make(
            topic: str,
            positions: Positions | None = None,
            *,
            topics: Topics = (),
            bootstrap: str | None = None,
            **keys: Any,  # noqa: ANN401
        ) -> Source:
            table = {"bootstrap": bootstrap or kafka.bootstrap, "topic": topic, **keys}
            source: Source = built("sources", {"client": client, **table}, "tests")
            source.open(positions, topics)
            opened.callback(source.close)
            return source

        yield make


@pytest.fixture
def open_sink(client: str, kafka: KafkaBroker) -> Iterator[OpenSink]:
    """Return a function that opens a sink, by default on the shared broker."""
    with ExitStack() as opened:

        def make(
            topic: str,
            mark: Mark | None = None,
            *,
            table: str = "sink",
            bootstrap: str | None = None,
            **keys: Any,  # noqa: ANN401
        ) -> Sink:
            values = {"bootstrap": bootstrap or kafka.bootstrap, "topic": topic, **keys}
            sink: Sink = built("sinks", {"client": client, **values}, table)
            sink.open(mark)
            opened.callback(sink.close)
            return sink

        yield make


def built(kind: str, values: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - either kind
    """A component made from a table as the configuration makes it."""
    module = registry.load(kind, "kafka")
    return module.build(module.Config.model_validate_json(json.dumps(values)), name)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return certificates for TLS."""
    require_openssl()
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def secured(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[KafkaBroker]:
    """Return a broker with a listener for every way to log in."""
    require_kafka()
    with secured_broker(tmp_path_factory.mktemp("secured"), certificates) as broker:
        broker.create_topic("letters")
        yield broker


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """Return a folder for what a test needs beside the broker's."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let kafka-python leave the sockets of failed connections to the garbage collector."""
    here = Path(__file__).parent
    leave_it = pytest.mark.filterwarnings("ignore:unclosed <(socket|ssl):ResourceWarning")
    for item in items:
        if here in item.path.parents:
            item.add_marker(leave_it)


@pytest.fixture(autouse=True)
def _own_garbage(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Keep such sockets out of the next test's warnings."""
    yield
    caplog.get_records("call").clear()  # the errors in them hold sockets
    gc.collect()


@pytest.fixture(scope="session")
def creating_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """Return a broker that creates every topic that it is asked for."""
    require_kafka()
    folder = tmp_path_factory.mktemp("creating")
    with KafkaBroker(folder, properties={"auto.create.topics.enable": "true"}) as broker:
        yield broker
