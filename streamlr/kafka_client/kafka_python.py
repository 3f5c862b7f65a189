"""kafka-python: its settings, its classes made with a deadline, its questions."""

import difflib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka import codec as codecs
from kafka.errors import (
    IncompatibleBrokerVersion,
    KafkaError,
    KafkaTimeoutError,
    UnsupportedCodecError,
    for_code,
)
from kafka.net.sasl.oauth import AbstractTokenProvider
from kafka.protocol.consumer import IsolationLevel, OffsetSpec

from streamlr.errors import ConfigurationError
from streamlr.kafka_client.cluster import Bounds, Topic, no_answer, no_topic
from streamlr.kafka_client.connection import Connection
from streamlr.kafka_client.kafka_python_network import Client, route_log
from streamlr.kafka_client.tokens import TokenEndpoint
from streamlr.kafka_client.troubles import Troubles
from streamlr.records import Positions

_ASK_AGAIN_SECONDS = 0.1
_PACKAGES = {  # compression → whether its package is there, what installs it
    "snappy": (codecs.has_snappy, "python-snappy"),
    "lz4": (codecs.has_lz4, "lz4"),
    "zstd": (codecs.has_zstd, "zstandard"),
}


class _Tokens(AbstractTokenProvider):  # type: ignore[misc] # no types there
    def __init__(self, endpoint: TokenEndpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    def token(self) -> str:
        return self._endpoint.token().value


def settings(connection: Connection) -> dict[str, Any]:
    """What every class of kafka-python gets; the operator's own come last and win."""
    route_log()
    return {
        "bootstrap_servers": connection.bootstrap,
        "client_id": connection.name,
        "reconnect_backoff_max_ms": 1000,  # the default of 30 s keeps it away for 20 s and more
        "metrics_enabled": False,
        **_security(connection),
        **connection.options,
        "bootstrap_timeout_ms": int(connection.seconds * 1000),
    }


def _security(connection: Connection) -> dict[str, Any]:
    security, table = connection.security, connection.table
    found: dict[str, Any] = {"security_protocol": security.protocol.upper()}
    if security.encrypted:
        found["ssl_context"] = security.context(table)
    if not security.asks_for_login:
        return found
    found["sasl_mechanism"] = security.mechanism
    if security.mechanism == "OAUTHBEARER":
        endpoint = TokenEndpoint(connection)
        endpoint.token()  # here an endpoint that refuses is told at once
        return found | {"sasl_oauth_token_provider": _Tokens(endpoint)}
    names = ("sasl_plain_username", "sasl_plain_password")
    return found | dict(zip(names, (security.username, security.secret(table)), strict=True))


def check_options(class_: Any, connection: Connection) -> None:  # noqa: ANN401 - any class of kafka-python
    """Reject options that a class does not know.

    Raises
    ------
    ConfigurationError
        With the option's name.
    """
    known = sorted(class_.DEFAULT_CONFIG)
    for name in connection.options:
        if name not in known:
            close = difflib.get_close_matches(name.replace(".", "_"), known, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise ConfigurationError(
                f"[{connection.table}] options: client = 'kafka-python' has no option "
                f"{name!r}{hint}; with client = 'librdkafka' options are librdkafka's"
            )


def construct(
    class_: Any,  # noqa: ANN401 - any class of kafka-python
    wanted: Mapping[str, Any],
    connection: Connection,
) -> tuple[Any, Client]:
    """Make a client, which connects: the broker must answer before the deadline.

    Returns
    -------
    tuple
        The client, and the network client that it uses.

    Raises
    ------
    UnavailableError
        No broker answered, and why.
    ConfigurationError
        An option's value is not taken.
    """
    told, made = Troubles(connection), list[Client]()

    def network(**own: Any) -> Client:  # noqa: ANN401
        made.append(Client(told, **own))
        return made[-1]

    taken = {name: value for name, value in wanted.items() if name in class_.DEFAULT_CONFIG}
    try:
        return class_(**taken, kafka_client=network), made[0]
    except (KafkaError, ValueError, TypeError, AssertionError, RuntimeError) as error:
        for client in made:
            client.close()  # the constructor leaves its thread behind
        if isinstance(error, KafkaTimeoutError | IncompatibleBrokerVersion):
            raise told.error() from error
        reason = f"[{connection.table}] options: kafka-python says: {error}"
        raise ConfigurationError(reason) from error


class KafkaPythonCluster:
    """Questions to a cluster, on a connection of their own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        wanted = {**settings(connection), "request_timeout_ms": int(connection.seconds * 1000)}
        self._client, _ = construct(KafkaAdminClient, wanted, connection)

    def names(self) -> list[str]:
        """Every topic there is."""
        return list(self._ask("its topics", self._client.list_topics))

    def topic(self, name: str) -> Topic:
        """Find a topic."""
        (found,) = self._ask(f"topic {name!r}", lambda: self._client.describe_topics([name]))
        if found["error_code"]:
            reason = for_code(found["error_code"]).__name__
            raise no_topic(self._connection, name, reason, self.names())
        return Topic(str(found["topic_id"] or ""), len(found["partitions"]))

    def bounds(
        self, topic: str, partitions: Sequence[int], *, committed: bool
    ) -> dict[int, Bounds]:
        """Where each partition begins and ends."""
        first = self._offsets(topic, partitions, OffsetSpec.EARLIEST, committed=False)
        high = self._offsets(topic, partitions, OffsetSpec.LATEST, committed=False)
        end = high
        if committed:
            end = self._offsets(topic, partitions, OffsetSpec.LATEST, committed=True)
        return {p: Bounds(first[p], end[p], high[p]) for p in partitions}

    def since(
        self, topic: str, partitions: Sequence[int], milliseconds: int, *, committed: bool
    ) -> Positions:
        """First offset with a timestamp not before the one given; absent where there is none."""
        found = self._offsets(topic, partitions, milliseconds, committed=committed)
        return {partition: offset for partition, offset in found.items() if offset >= 0}

    def _offsets(
        self, topic: str, partitions: Sequence[int], which: int, *, committed: bool
    ) -> Positions:
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        asked = {TopicPartition(topic, partition): which for partition in partitions}
        found = self._ask(
            f"the offsets of {topic!r}", lambda: self._client.list_partition_offsets(asked, level)
        )
        return {where.partition: one.offset for where, one in found.items()}

    def members(self, group: str) -> list[str]:
        """Who is in a consumer group now."""
        found = self._ask(
            f"the members of group {group!r}", lambda: self._client.describe_groups([group])
        )
        return [f"{one['client_id']} at {one['client_host']}" for one in found[group]["members"]]

    def _ask(self, what: str, question: Callable[[], Any]) -> Any:  # noqa: ANN401 - untyped
        """Repeat a question while the answer is to come again.

        At least once: a process that was suspended amid the question finds its deadline past.
        """
        deadline = time.monotonic() + self._connection.seconds
        asked_again = False
        while True:
            try:
                return question()
            except KafkaError as error:
                late = asked_again and time.monotonic() > deadline
                if late or not error.retriable:
                    raise no_answer(self._connection, what, str(error)) from error
            asked_again = True
            time.sleep(_ASK_AGAIN_SECONDS)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def lacking(error: UnsupportedCodecError) -> str:
    """What an error about compression means, and what to install."""
    said = str(error)
    codec = next((codec for codec in _PACKAGES if codec in said), None)
    if codec is None:
        return said
    _, package = _PACKAGES[codec]
    return f"its records are compressed with {codec}, which needs a package: pip install {package}"


def package_for(codec: str) -> str:
    """The package that is missing for a compression; empty where nothing is."""
    there, package = _PACKAGES.get(codec, (codecs.has_gzip, ""))
    return "" if there() else package
