"""Keeping to a rate of records per second."""

import time
from collections.abc import Callable

from simulators.stream import BLOCK_ROWS

_CHUNKS_PER_SECOND = 20


class Pace:
    """When each record is due, counted from the first, so that delays are caught up.

    Parameters
    ----------
    rate : float, above 0, or None
        Records per second; None is as fast as can be.
    clock : callable
        Seconds, never going back.
    sleep : callable
        Takes seconds.

    Attributes
    ----------
    chunk : int
        Records to send together: about a twentieth of a second's.
    """

    def __init__(
        self,
        rate: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._started = clock()
        self.chunk = BLOCK_ROWS
        if rate is not None:
            self.chunk = int(min(max(rate / _CHUNKS_PER_SECOND, 1), BLOCK_ROWS))

    def wait(self, record: int) -> None:
        """Return when the record of that number, from 0, is due."""
        if self._rate is not None:
            early = self._started + record / self._rate - self._clock()
            if early > 0:
                self._sleep(early)
