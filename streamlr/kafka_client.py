"""What source and sinks share of librdkafka: errors in words, questions with a deadline.

librdkafka reports most trouble only through a callback, and goes on trying. At start we want
the first reason as an error.
"""

import difflib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streamlr.errors import ConfigurationError, UnavailableError

_ASK_SECONDS = 0.5
_TOPICS_SHOWN = 10
_HOPELESS = (  # waiting longer will not help: tell at once
    KafkaError._AUTHENTICATION,
    KafkaError._SSL,
    KafkaError._RESOLVE,
    KafkaError._INVALID_ARG,
)

log = structlog.get_logger("streamlr.kafka")


class Troubles:
    """The latest error that a client's callback told of."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._told: set[int] = set()
        self.latest: KafkaError | None = None

    def __call__(self, error: KafkaError) -> None:
        """Librdkafka's ``error_cb``: it repeats itself at every attempt, the log need not."""
        self.latest = error
        if error.code() not in self._told:
            self._told.add(error.code())
            log.warning("kafka trouble", where=self._where, error=error.str())

    def in_words(self) -> str:
        """What is known of why nothing answers."""
        return self.latest.str() if self.latest is not None else "no answer"


def settings(bootstrap: str, options: Mapping[str, Any], troubles: Troubles) -> dict[str, Any]:
    """Properties that every client gets; the operator's own come last and win."""
    return {
        "bootstrap.servers": bootstrap,
        "error_cb": troubles,
        "log_level": 0,  # the callback says it all, with less noise
        "reconnect.backoff.max.ms": 1000,
        **options,
    }


def construct(client: Any, properties: Mapping[str, Any], table: str) -> Any:  # noqa: ANN401 - any client class
    """Make a client; a property that librdkafka does not know or take is a configuration error."""
    try:
        return client(dict(properties))
    except (KafkaException, ValueError, TypeError) as error:
        reason = error.args[0].str() if isinstance(error.args[0], KafkaError) else str(error)
        raise ConfigurationError(f"[{table}] options: librdkafka says: {reason}") from error


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kafka cluster as one table of the configuration describes it.

    Attributes
    ----------
    table
        The table's name, for messages.
    bootstrap, options
        How to reach it.
    seconds
        Deadline for an answer.
    """

    table: str
    bootstrap: str
    options: Mapping[str, Any]
    seconds: float

    def partitions_of(self, topic: str) -> int:
        """Number of partitions of a topic that exists.

        Raises
        ------
        UnavailableError
            No broker answered in time, or there is no such topic.
        """
        troubles = Troubles(self.table)
        properties = settings(self.bootstrap, self.options, troubles)
        client = construct(AdminClient, properties, self.table)
        described = self._ask(client, topic, troubles).topics[topic]
        if described.error is not None:
            message = (
                f"[{self.table}] topic: {topic!r} cannot be used on {self.bootstrap}: "
                f"{described.error.str()}; topics there: {_topics(client, topic)}. "
                "Create it, or correct the name"
            )
            raise UnavailableError(message)
        return len(described.partitions)

    def _ask(self, client: Any, topic: str, troubles: Troubles) -> Any:  # noqa: ANN401 - untyped
        deadline = time.monotonic() + self.seconds
        while True:
            try:
                return client.list_topics(topic, timeout=_ASK_SECONDS)
            except KafkaException as error:
                client.poll(0)  # serves the callback
                hopeless = troubles.latest is not None and troubles.latest.code() in _HOPELESS
                if hopeless or time.monotonic() > deadline:
                    message = (
                        f"[{self.table}] bootstrap: no Kafka broker answers at {self.bootstrap}: "
                        f"{troubles.in_words()}. Is the address right, the broker running, and do "
                        f"[{self.table}.options] match its listener (TLS, SASL)?"
                    )
                    raise UnavailableError(message) from error


def _topics(client: Any, wanted: str) -> str:  # noqa: ANN401 - untyped
    """Names of the topics there are: the ten most like the wanted one, the likest first."""
    found = client.list_topics(timeout=4 * _ASK_SECONDS).topics
    names = [name for name in found if not name.startswith("__")]
    likest = difflib.get_close_matches(wanted, names, n=_TOPICS_SHOWN, cutoff=0.0)
    more = ", …" if len(names) > _TOPICS_SHOWN else ""
    return ", ".join(likest) + more or "none"
