"""What is asked of a cluster, whichever client asks."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from streamlr.errors import UnavailableError
from streamlr.kafka_client.connection import Connection
from streamlr.records import Positions

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is now.

    Attributes
    ----------
    identity
        What the broker calls it: a topic that was deleted and made again has another one. Empty
        where the broker is too old to tell (before 2.8).
    partitions
        How many it has.
    """

    identity: str
    partitions: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """Offsets of a partition.

    Attributes
    ----------
    first
        Of the first record kept.
    end
        After the last record that reading reaches: with committed reads, where the first open
        transaction begins.
    high
        After the last record written.
    """

    first: int
    end: int
    high: int


class Cluster(Protocol):
    """Questions with a deadline; each raises UnavailableError when there is no answer in time."""

    def names(self) -> list[str]:
        """Every topic there is, the cluster's own included."""
        ...

    def topic(self, name: str) -> Topic:
        """Find a topic.

        Raises
        ------
        UnavailableError
            No broker answered, or there is no such topic.
        """
        ...

    def bounds(
        self, topic: str, partitions: Sequence[int], *, committed: bool
    ) -> dict[int, Bounds]:
        """Where each partition begins and ends."""
        ...

    def since(
        self, topic: str, partitions: Sequence[int], milliseconds: int, *, committed: bool
    ) -> Positions:
        """First offset with a timestamp not before the one given; absent where there is none.

        It may be that of a transaction's marker: reading from there gives the next record.
        """
        ...

    def members(self, group: str) -> list[str]:
        """Who is in a consumer group now."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


def no_topic(
    connection: Connection, topic: str, reason: str, others: Sequence[str]
) -> UnavailableError:
    """There is no such topic, or it may not be used; the ten names most like it come first."""
    return UnavailableError(
        f"[{connection.table}] topic: {topic!r} cannot be used on {connection.bootstrap}: "
        f"{reason}; topics there: {likest(topic, others)}. Create it, or correct the name"
    )


def likest(topic: str, others: Sequence[str]) -> str:
    """Names of topics, those most like one before the rest."""
    names = [name for name in others if not name.startswith("__")]
    found = difflib.get_close_matches(topic, names, n=_SHOWN, cutoff=0.0)
    return ", ".join(found) + (", …" if len(names) > _SHOWN else "") or "none"


def no_answer(connection: Connection, question: str, reason: str) -> UnavailableError:
    """A broker that answered before does not answer this."""
    return UnavailableError(
        f"[{connection.table}] cannot ask {connection.bootstrap} for {question}: {reason}"
    )
