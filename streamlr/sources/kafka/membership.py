"""Who is in the consumer group: the one owner of a pipeline, or members that share its partitions.

Both kinds of membership are told by the client what the group gives and takes, and say where to
read. :class:`Sole` fails when another member has a share; the other one is in ``sharing.py``.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from streamlr.errors import UnavailableError
from streamlr.kafka_client.cluster import Cluster
from streamlr.records import Positions
from streamlr.sources.kafka import Config
from streamlr.sources.kafka.numbers import Numbers
from streamlr.sources.kafka.reading import Reading

SESSION_SECONDS = 6.0
"""After this time without a sign of life a member is out of a classic group: a daemon that was
killed must not keep its successor waiting. The shortest that a broker takes as it comes."""

HEARTBEAT_SECONDS = 1.5

_LOOK_SECONDS = 0.25

log = structlog.get_logger("streamlr.kafka")


def wait_for_turn(config: Config, cluster: Cluster, sleep: Callable[[float], None]) -> None:
    """Return when nobody else is in the group.

    Joining would take partitions from whoever is there and stop that one too. A member that was
    killed is there until its session ends, so this waits a while.

    Raises
    ------
    UnavailableError
        Somebody stays.
    """
    deadline = time.monotonic() + max(config.startup_seconds, SESSION_SECONDS + 1)
    told = False
    while others := cluster.members(config.group):
        if time.monotonic() > deadline:
            raise _taken(config, f"it has {_shown(others)} already")
        if not told:
            log.info("waiting for the group", group=config.group, members=others)
            told = True
        sleep(_LOOK_SECONDS)


class Membership(Protocol):
    """What the group gave and took."""

    def gain(self, partitions: Sequence[int]) -> Positions:
        """The group gave these, on top of those there are; where to read each."""
        ...

    def lose(self, partitions: Sequence[int]) -> Positions:
        """The group takes these; what to commit before they are gone."""
        ...

    def forget(self, partitions: Sequence[int]) -> None:
        """The group has given these to others already."""
        ...

    def overdue(self) -> bool:
        """Whether partitions were taken and no answer came for a session's time; counts anew."""
        ...

    def in_doubt(self, confirmed: Callable[[], bool], *, silent: bool = False) -> bool:
        """Whether the group may have given our partitions to others without our knowing.

        Asked with the records of each poll at hand; they may not be used then.

        Parameters
        ----------
        confirmed
            Asks the broker.
        silent
            Whether the client has not heard from the broker for a session's time.
        """
        ...

    def check(self) -> None:
        """Fail when things are not as they should be.

        Raises
        ------
        UnavailableError
            The message says how to go on.
        """
        ...

    def leave(self) -> None:
        """The client closes: what it takes now was made safe before."""
        ...


class Waiting:
    """How long the group has been without an answer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: float | None = None

    def begin(self) -> None:
        """It took something."""
        self._since = self._clock()

    def end(self) -> None:
        """It gave something, or nothing."""
        self._since = None

    def overdue(self) -> bool:
        """Whether that is a session ago; counts anew then."""
        if self._since is None or self._clock() - self._since < SESSION_SECONDS:
            return False
        self._since = self._clock()
        return True


class Sole:
    """The one owner of all partitions.

    Parameters
    ----------
    config
        The group.
    numbers
        Gives partitions their names.
    reading
        Of all partitions that there are.
    clock
        Monotonic seconds.

    Notes
    -----
    A classic group gives all at once. By KIP-848 partitions come one after the other, as their
    former owners let go of them: then the rest may come within the time of a start.
    """

    def __init__(
        self,
        config: Config,
        numbers: Numbers,
        reading: Reading,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._names = numbers.names
        self._reading = reading
        self._wanted = set(reading.positions)
        self._owned: set[int] = set()
        self._clock = clock
        self._patience = config.startup_seconds if config.group_protocol == "consumer" else 0.0
        self._incomplete_since: float | None = None
        self._waiting = Waiting(clock)
        self.overdue = self._waiting.overdue

    def gain(self, partitions: Sequence[int]) -> Positions:
        """Read on where we stood; partitions of late are known now, and read from their start."""
        self._waiting.end()
        self._owned.update(partitions)
        self._wanted.update(partitions)
        self._reading.add(partitions)
        incomplete = self._owned < self._wanted
        self._incomplete_since = self._clock() if incomplete else None
        log.info(
            "partitions assigned", group=self._config.group, partitions=self._names(self._owned)
        )
        return {number: self._reading.positions[number] for number in partitions}

    def lose(self, partitions: Sequence[int]) -> Positions:
        """What comes next tells whether that is for good."""
        self._waiting.begin()
        if partitions:
            self._owned.difference_update(partitions)
            log.info(
                "partitions revoked", group=self._config.group, partitions=self._names(partitions)
            )
        return {}

    def forget(self, partitions: Sequence[int]) -> None:
        """It is the same to us: nobody else has a share."""
        self.lose(partitions)

    def in_doubt(self, confirmed: Callable[[], bool], *, silent: bool = False) -> bool:  # noqa: ARG002 - one signature
        """Others wait for their turn."""
        return False

    def leave(self) -> None:
        """Nothing is handed over."""

    def check(self) -> None:
        """Fail when another member has a share.

        Raises
        ------
        UnavailableError
            The message says how to go on.
        """
        since = self._incomplete_since
        if since is not None and self._clock() - since >= self._patience:
            owned, wanted = (", ".join(self._names(all_)) for all_ in (self._owned, self._wanted))
            text = f"it gave this member only [{owned}] of [{wanted}]"
            raise _taken(self._config, f"{text}: another member is running")


def _taken(config: Config, what: str) -> UnavailableError:
    return UnavailableError(
        f"[source] group = {config.group!r}: {what}. One pipeline is one model with one owner: "
        "stop the other member, give each its own group and name, or set [state] unit = "
        '"partition" for members that share the partitions, each with a model of its own'
    )


def _shown(members: Sequence[str]) -> str:
    return f"the member {members[0]}" if len(members) == 1 else f"{len(members)} members"
