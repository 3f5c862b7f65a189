"""One pipeline is one model with one owner: who else is in the consumer group."""

import time
from collections.abc import Callable, Iterable, Sequence

import structlog

from streamlr.errors import UnavailableError
from streamlr.kafka_client.cluster import Cluster
from streamlr.sources.kafka import Config
from streamlr.sources.kafka.numbers import Numbers

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


class Membership:
    """Which partitions the group gave us.

    Parameters
    ----------
    config
        The group.
    numbers
        Gives partitions their names.
    wanted
        Partitions that there are.
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
        wanted: Iterable[int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._names = numbers.names
        self._wanted = set(wanted)
        self._owned: set[int] = set()
        self._clock = clock
        self._patience = config.startup_seconds if config.group_protocol == "consumer" else 0.0
        self._incomplete_since: float | None = None
        self._lost_at: float | None = None

    def gain(self, partitions: Sequence[int]) -> None:
        """The group gave these, on top of those there are; partitions of late are known now."""
        self._lost_at = None
        self._owned.update(partitions)
        self._wanted.update(partitions)
        incomplete = self._owned < self._wanted
        self._incomplete_since = self._clock() if incomplete else None
        log.info(
            "partitions assigned", group=self._config.group, partitions=self._names(self._owned)
        )

    def lose(self, partitions: Sequence[int]) -> None:
        """The group took these; what comes next tells whether that is for good."""
        self._lost_at = self._clock()
        if partitions:
            self._owned.difference_update(partitions)
            log.info(
                "partitions revoked", group=self._config.group, partitions=self._names(partitions)
            )

    def overdue(self) -> bool:
        """Whether partitions were taken and none given for a session's time; counts anew then."""
        if self._lost_at is None or self._clock() - self._lost_at < SESSION_SECONDS:
            return False
        self._lost_at = self._clock()
        return True

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
        "stop the other member, or give each its own group and name"
    )


def _shown(members: Sequence[str]) -> str:
    return f"the member {members[0]}" if len(members) == 1 else f"{len(members)} members"
