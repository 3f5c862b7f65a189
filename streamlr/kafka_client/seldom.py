"""Lines that a client would repeat without end, told once in a while."""

import time
from collections.abc import Callable, Hashable

_SECONDS = 60.0


class Seldom:
    """Lets one line of a kind through a minute.

    Parameters
    ----------
    clock
        Monotonic seconds.

    Examples
    --------
    >>> now = [0.0]
    >>> seldom = Seldom(clock=lambda: now[0])
    >>> seldom.may_tell("broker down"), seldom.may_tell("broker down")
    (True, False)
    >>> now[0] = 61.0
    >>> seldom.may_tell("broker down")
    True
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[Hashable, float] = {}

    def may_tell(self, kind: Hashable) -> bool:
        """Whether a line of this kind is due; a client has few kinds, so the memory is bounded."""
        now = self._clock()
        if now < self._until.get(kind, now):
            return False
        self._until[kind] = now + _SECONDS
        return True
