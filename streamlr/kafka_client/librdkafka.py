"""librdkafka (confluent-kafka): its properties, its errors in words, its questions.

It reports most trouble only through a callback, and goes on trying. At start we want the first
telling reason as an error.
"""

import contextlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from confluent_kafka import (
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
    admin,
)

from streamlr.errors import ConfigurationError
from streamlr.kafka_client import troubles
from streamlr.kafka_client.cluster import Bounds, Topic, no_answer, no_topic
from streamlr.kafka_client.connection import Connection
from streamlr.kafka_client.seldom import Seldom
from streamlr.kafka_client.tokens import TokenEndpoint
from streamlr.kafka_client.troubles import Trouble, Troubles
from streamlr.records import Positions

_OFFSETS: Any = admin.OffsetSpec  # type: ignore[attr-defined] # its types leave it out
_ASK_SECONDS = 0.5
_ASK_AGAIN_SECONDS = 0.1
_AROUND = re.compile(r"^\S+/(?:bootstrap|\d+): | \(after \d+ms in state \w+\)$")

# A word in what librdkafka says → what it means; the first that fits. Its codes tell less.
_SIGNS = (
    ("Unsupported SASL mechanism", troubles.MECHANISM),
    ("not valid in current SASL state", troubles.NO_LOGIN),
    ("SASL authentication error", troubles.CREDENTIALS),
    ("certificate verify failed", troubles.CERTIFICATE),
    ("tls alert", troubles.CLIENT_CERTIFICATE),
    ("connecting to a PLAINTEXT broker listener", troubles.NOT_TLS),
    ("SSL handshake failed", troubles.NOT_TLS),
    ("Disconnected", troubles.CLOSED),
)
_ABSENT = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.UNKNOWN_TOPIC_ID)
_REFUSALS = (
    *_ABSENT,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.TOPIC_EXCEPTION,
)
_STALE = (
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_COORDINATOR,
    KafkaError._TRANSPORT,
)

log = structlog.get_logger("streamlr.kafka")


class Callback:
    """Librdkafka's ``error_cb``: keeps the reason, and logs it now and then."""

    def __init__(self, connection: Connection) -> None:
        self.troubles = Troubles(connection)
        self._table = connection.table
        self._seldom = Seldom()

    def __call__(self, error: KafkaError) -> None:
        """Called at every attempt."""
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            # comes after a reason, or alone when connections are made and then closed
            self.troubles.note(Trouble(troubles.CLOSED, "it takes connections and drops them"))
            return
        self.troubles.note(_trouble(error))
        if self._seldom.may_tell(error.code()):
            log.warning("kafka trouble", where=self._table, error=error.str())


def _trouble(error: KafkaError) -> Trouble:
    text = _AROUND.sub("", error.str())
    kind = next((kind for sign, kind in _SIGNS if sign in text), troubles.UNREACHABLE)
    return Trouble(kind, text)


def properties(connection: Connection, callback: Callback) -> dict[str, Any]:
    """What every client of librdkafka gets; the operator's own come last and win."""
    return {
        "bootstrap.servers": connection.bootstrap,
        "client.id": connection.name,
        "error_cb": callback,
        "log_level": 0,  # the callback says it all, with less noise
        "reconnect.backoff.max.ms": 1000,
        **_security(connection),
        **connection.options,
    }


def _security(connection: Connection) -> dict[str, Any]:
    security, table = connection.security, connection.table
    found: dict[str, Any] = {"security.protocol": security.protocol}
    if security.encrypted:
        security.context(table)  # so that a wrong file is told as every client tells it
        files = {
            "ssl.ca.location": security.ca_file,
            "ssl.certificate.location": security.certificate_file,
            "ssl.key.location": security.key_file or security.certificate_file,
        }
        found |= {name: str(path) for name, path in files.items() if path is not None}
        found["ssl.endpoint.identification.algorithm"] = (
            "https" if security.verify_hostname else "none"
        )
    if security.asks_for_login:
        found["sasl.mechanism"] = security.mechanism
        found |= _login(connection)
    return found


def _login(connection: Connection) -> dict[str, Any]:
    security = connection.security
    if security.mechanism == "OAUTHBEARER":
        endpoint = TokenEndpoint(connection)
        endpoint.token()  # here an endpoint that refuses is told at once
        return {"oauth_cb": endpoint.for_librdkafka}
    return {
        "sasl.username": security.username,
        "sasl.password": security.secret(connection.table),
    }


def construct(client: Callable[[Any], Any], wanted: Mapping[str, Any], table: str) -> Any:  # noqa: ANN401 - any client class
    """Make a client; a property that librdkafka does not know or take is a configuration error."""
    try:
        return client(dict(wanted))
    except (KafkaException, ValueError, TypeError) as error:
        reason = error.args[0].str() if isinstance(error.args[0], KafkaError) else str(error)
        raise ConfigurationError(f"[{table}] options: librdkafka says: {reason}") from error


class LibrdkafkaCluster:
    """Questions to a cluster, on a connection of their own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._callback = Callback(connection)
        wanted = properties(connection, self._callback)
        self._client: Any = construct(admin.AdminClient, wanted, connection.table)

    def names(self) -> list[str]:
        """Every topic there is, waiting for a broker until the deadline."""
        found: list[str] = self._wait_for(
            lambda: list(self._client.list_topics(timeout=_ASK_SECONDS).topics)
        )
        return found

    def topic(self, name: str) -> Topic:
        """Find a topic, waiting for a broker until the deadline."""
        try:
            return _described(self._wait_for(lambda: self.describe(name, _ASK_SECONDS).result()))
        except KafkaException as error:
            reason: str = error.args[0].str()
            raise no_topic(self._connection, name, reason, self._topics()) from error

    def _wait_for(self, question: Callable[[], Any]) -> Any:  # noqa: ANN401 - any answer
        """Ask until a broker answers; what it refuses is an answer."""
        deadline = time.monotonic() + self._connection.seconds
        while True:
            try:
                return question()
            except KafkaException as error:
                if error.args[0].code() in _REFUSALS:
                    raise
                self._client.poll(0)  # serves the callback
                if self._callback.troubles.hopeless or time.monotonic() > deadline:
                    raise self._callback.troubles.error() from error

    def describe(self, name: str, seconds: float) -> Any:  # noqa: ANN401 - untyped
        """Ask for a topic without waiting; a future of what ``described`` reads."""
        return self._client.describe_topics(TopicCollection([name]), request_timeout=seconds)[name]

    def _topics(self) -> list[str]:
        try:
            return list(self._client.list_topics(timeout=4 * _ASK_SECONDS).topics)
        except KafkaException:
            return []

    def bounds(
        self, topic: str, partitions: Sequence[int], *, committed: bool
    ) -> dict[int, Bounds]:
        """Where each partition begins and ends."""
        first = self._offsets(topic, partitions, _OFFSETS.earliest(), committed=False)
        high = self._offsets(topic, partitions, _OFFSETS.latest(), committed=False)
        end = high
        if committed:
            end = self._offsets(topic, partitions, _OFFSETS.latest(), committed=True)
        return {p: Bounds(first[p], end[p], high[p]) for p in partitions}

    def since(
        self, topic: str, partitions: Sequence[int], milliseconds: int, *, committed: bool
    ) -> Positions:
        """First offset with a timestamp not before the one given; absent where there is none."""
        when = _OFFSETS.for_timestamp(milliseconds)
        found = self._offsets(topic, partitions, when, committed=committed)
        return {partition: offset for partition, offset in found.items() if offset >= 0}

    def _offsets(
        self,
        topic: str,
        partitions: Sequence[int],
        which: Any,  # noqa: ANN401 - untyped
        *,
        committed: bool,
    ) -> Positions:
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        asked = {TopicPartition(topic, partition): which for partition in partitions}

        def question(seconds: float) -> Positions:
            answers = self._client.list_offsets(
                asked, isolation_level=level, request_timeout=seconds
            )
            return {where.partition: one.result().offset for where, one in answers.items()}

        def refresh() -> None:  # a leader that was elected anew is known by a description only
            self.describe(topic, self._connection.seconds).result()

        found: Positions = self._ask(f"the offsets of {topic!r}", question, refresh)
        return found

    def members(self, group: str) -> list[str]:
        """Who is in a consumer group now."""

        def question(seconds: float) -> list[str]:
            answers = self._client.describe_consumer_groups([group], request_timeout=seconds)
            members = answers[group].result().members
            return [f"{member.client_id} at {member.host}" for member in members]

        found: list[str] = self._ask(f"the members of group {group!r}", question)
        return found

    def _ask(
        self,
        what: str,
        question: Callable[[float], Any],
        before_again: Callable[[], object] = lambda: None,
    ) -> Any:  # noqa: ANN401 - any answer
        """Repeat a question while the answer is to come again.

        A broker that just came back refuses the leader's epoch that the client knows.
        """
        deadline = time.monotonic() + self._connection.seconds
        while True:
            try:
                return question(max(_ASK_SECONDS, deadline - time.monotonic()))
            except KafkaException as error:
                reason: KafkaError = error.args[0]
                again = reason.retriable() or reason.code() in _STALE
                if not again or time.monotonic() > deadline:
                    raise no_answer(self._connection, what, reason.str()) from error
            time.sleep(_ASK_AGAIN_SECONDS)
            with contextlib.suppress(KafkaException):
                before_again()

    def close(self) -> None:
        """Let go: the client ends with its last reference."""
        self._client = None


def _described(found: Any) -> Topic:  # noqa: ANN401 - untyped
    return Topic(str(found.topic_id), len(found.partitions))


def described(answer: Any) -> Topic | None:  # noqa: ANN401 - untyped
    """What a future of ``describe`` brought; None where there is no such topic.

    Raises
    ------
    KafkaException
        No answer: ask again later.
    """
    try:
        return _described(answer.result(0))
    except KafkaException as error:
        if error.args[0].code() in _ABSENT:
            return None
        raise
