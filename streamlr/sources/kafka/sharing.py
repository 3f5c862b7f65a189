"""Members that share a group's partitions: the state of each moves with it."""

import time
from collections.abc import Callable, Sequence

import structlog

from streamlr.records import Positions
from streamlr.sources import Keeper
from streamlr.sources.kafka import Config
from streamlr.sources.kafka.membership import SESSION_SECONDS, Waiting
from streamlr.sources.kafka.numbers import Numbers
from streamlr.sources.kafka.reading import Reading

log = structlog.get_logger("streamlr.kafka")


class Shared:
    """One of the members: a :class:`streamlr.sources.kafka.membership.Membership`.

    Parameters
    ----------
    config
        The group.
    numbers
        Gives partitions their names.
    reading
        Of no partition yet.
    keeper
        Of their state.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        config: Config,
        numbers: Numbers,
        reading: Reading,
        keeper: Keeper,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._group = config.group
        self._names = numbers.names
        self._reading = reading
        self._keeper = keeper
        self._left = False
        self._clock = clock
        self._sure_at = clock()
        self._waiting = Waiting(clock)
        self.overdue = self._waiting.overdue

    def gain(self, partitions: Sequence[int]) -> Positions:
        """Have their state, and read on from it."""
        self._waiting.end()
        positions = self._keeper.take(partitions)
        self._reading.stand(positions)
        log.info("partitions assigned", group=self._group, partitions=self._names(partitions))
        return positions

    def lose(self, partitions: Sequence[int]) -> Positions:
        """Have their state handed over."""
        if self._left:
            return {}
        self._waiting.begin()
        safe = self._reading.committable(self._keeper.hand_over(partitions))
        self._reading.drop(partitions)
        log.info("partitions revoked", group=self._group, partitions=self._names(partitions))
        return safe

    def forget(self, partitions: Sequence[int]) -> None:
        """Have their state forgotten."""
        if self._left:
            return
        self._waiting.begin()
        self._reading.drop(partitions)
        self._keeper.lose(partitions)
        log.warning("partitions lost", group=self._group, partitions=self._names(partitions))

    def in_doubt(self, confirmed: Callable[[], bool], *, silent: bool = False) -> bool:
        """When we slept for longer than a session, as the client may not have noticed yet."""
        slept = self._clock() - self._sure_at > SESSION_SECONDS
        if self._reading.positions and (slept or silent) and not confirmed():
            return True
        self._sure_at = self._clock()
        return False

    def check(self) -> None:
        """Any share will do."""

    def leave(self) -> None:
        """What the client takes now was made safe before."""
        self._left = True
