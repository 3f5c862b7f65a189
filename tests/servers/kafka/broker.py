"""Start, kill and restart a Kafka broker, and write to it and read from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from confluent_kafka import Message, TopicPartition

from tests.servers.kafka import reading, topics
from tests.servers.kafka.java import java_command
from tests.servers.kafka.producing import Writer
from tests.servers.kafka.settings import CONTROLLER, broker_properties, write_properties
from tests.servers.kafka.storage import copy_formatted_storage
from tests.servers.ports import accepts_connections
from tests.servers.server import Server

_PLAINTEXT = "PLAINTEXT"


class KafkaBroker(Server):
    """A broker of one node with its data below `directory`.

    Parameters
    ----------
    directory : Path
        Settings, data and output. One broker per directory.
    properties : mapping of str to str, optional
        Settings of ``server.properties`` that are added or win over those of the tests.
    protocols : mapping of str to str, optional
        Security protocol by listener name. The first has to be PLAINTEXT: the broker itself
        and the methods below use it. Each listener gets its own port: see `address`.
    format_arguments : sequence of str
        More arguments for ``kafka-storage format``, such as ``--add-scram`` and its value.

    Notes
    -----
    The broker does not create topics by itself. A start takes 3-5 s, and was seen to take
    20 s on a machine with three times as much to do as it has cores.

    Examples
    --------
    In a test::

        with KafkaBroker(tmp_path) as broker:
            broker.create_topic("ratings")
            broker.produce("ratings", [b"4.5"], codec="lz4")
            assert broker.read("ratings")[0].value() == b"4.5"
    """

    def __init__(
        self,
        directory: Path,
        *,
        properties: Mapping[str, str] | None = None,
        protocols: Mapping[str, str] | None = None,
        format_arguments: Sequence[str] = (),
    ) -> None:
        self._protocols = dict(protocols or {_PLAINTEXT: _PLAINTEXT})
        if next(iter(self._protocols.values())) != _PLAINTEXT:
            raise ValueError(f"the first listener has to be {_PLAINTEXT}, got {self._protocols}")
        self._properties = dict(properties or {})
        self._format_arguments = tuple(format_arguments)
        self._writer = Writer()
        super().__init__("Kafka broker", directory, [*self._protocols, CONTROLLER])

    @property
    def bootstrap(self) -> str:
        """The plain listener, as clients want it in `bootstrap.servers`."""
        return self.address(next(iter(self._protocols)))

    def address(self, listener: str) -> str:
        """Return "host:port" of a listener."""
        return self._address(listener)

    def stop(self) -> None:
        """End in good order. No-op when the broker does not run."""
        self._writer.close()
        super().stop()

    def kill(self) -> None:
        """End with SIGKILL: the broker gets to close nothing. No-op when it does not run."""
        self._writer.close()
        super().kill()

    def create_topic(
        self, name: str, partitions: int = 1, config: Mapping[str, str] | None = None
    ) -> None:
        """Create a topic; return when it can be used."""
        topics.create_topic(
            self.bootstrap, self._process.wait_until, name, partitions, config or {}
        )

    def delete_topic(self, name: str) -> None:
        """Delete a topic; return when clients no longer see it."""
        topics.delete_topic(self.bootstrap, self._process.wait_until, name)

    def add_partitions(self, name: str, total: int) -> None:
        """Give a topic more partitions, `total` in all; return when they can be used."""
        self._writer.close()  # its clients know the topic as it was
        topics.add_partitions(self.bootstrap, self._process.wait_until, name, total)

    def delete_records(self, topic: str, before: int, partition: int = 0) -> None:
        """Delete the records of a partition with offsets below `before`."""
        topics.delete_records(self.bootstrap, TopicPartition(topic, partition, before))

    def wait_until(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait until a condition holds while the broker runs."""
        self._process.wait_until(condition, timeout, what)

    def produce(
        self,
        topic: str,
        values: Iterable[bytes | None],
        partition: int = 0,
        keys: Iterable[bytes | None] | None = None,
        codec: str = "none",
    ) -> None:
        """Write messages in order; return when the broker has them all.

        Parameters
        ----------
        topic : str
            Topic.
        values : iterable of bytes or None
            One message each.
        partition : int
            Partition; -1 leaves the choice to the client's partitioner, by key.
        keys : iterable of bytes or None, optional
            As many as there are values.
        codec : {"none", "gzip", "snappy", "lz4", "zstd"}
            Compression.

        Raises
        ------
        KafkaException
            A message was not taken; the first reason.
        TimeoutError
            Messages were neither taken nor refused in time.
        """
        self._writer.write(
            self.bootstrap, topic, values, partition=partition, keys=keys, codec=codec
        )

    def read(
        self,
        topic: str,
        partition: int = 0,
        start: int = 0,
        stop: int | None = None,
        *,
        isolation: str = "read_committed",
        timeout: float = 30.0,
    ) -> list[Message]:
        """Return the messages with `start` <= offset < `stop`.

        Parameters
        ----------
        topic, partition : str, int
            What to read.
        start : int
            First offset. Has to be there, or be the end.
        stop : int, optional
            Offset after the last one. Waits until the partition reaches it. Without it:
            the end of the partition at the time of the call.
        isolation : {"read_committed", "read_uncommitted"}
            Whether messages of open and aborted transactions are left out.
        timeout : float
            Seconds for the whole call.

        Raises
        ------
        KafkaException
            The topic, partition or `start` is not there.
        TimeoutError
            The partition did not reach `stop` in time.

        Notes
        -----
        Fewer than `stop` - `start` messages is no error: transaction markers take offsets,
        and compaction removes messages.
        """
        where = TopicPartition(topic, partition, start)
        return reading.read(self.bootstrap, where, stop, isolation=isolation, timeout=timeout)

    def _command(self) -> list[str]:
        data = self._directory / "data"
        if not data.exists():
            copy_formatted_storage(data, self._format_arguments)
        settings = self._directory / "server.properties"
        properties = broker_properties(data, self._protocols, self._ports)
        write_properties(settings, properties | self._properties)
        return java_command("kafka.Kafka", str(settings))

    def _is_ready(self) -> bool:
        # Not by the log: a broker opens its listeners as the last step of its start.
        return all(accepts_connections(self._ports[name]) for name in self._protocols)
