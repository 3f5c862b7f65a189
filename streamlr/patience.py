"""Patience: ask again for what cannot be had now, less and less often, and say so once."""

import time
from collections.abc import Callable

from streamlr.errors import NotNowError
from streamlr.telemetry.events import Events

_FIRST_SECONDS = 0.25
_LONGEST_SECONDS = 5.0
_SLICE_SECONDS = 0.1  # how soon a signal is seen


class Patience:
    """Waits for one thing after another.

    Parameters
    ----------
    events
        Are told that it waits, and that it need not any more.
    goes_on
        Called several times a second while it waits; whether to wait on.
    """

    def __init__(
        self,
        events: Events,
        goes_on: Callable[[], bool],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._events = events
        self._goes_on = goes_on
        self._sleep = sleep
        self._clock = clock

    def has(self, ask: Callable[[], None]) -> bool:
        """Ask until it is there; False when it was given up.

        Raises
        ------
        StreamlrError
            Any but ``NotNowError``, as ``ask`` raises it.
        """
        began, pause, told = self._clock(), _FIRST_SECONDS, False
        while True:
            try:
                ask()
            except NotNowError as error:
                if not told:
                    self._events.waiting(str(error))
                told = True
            else:
                if told:
                    self._events.waited(self._clock() - began)
                return True
            if not self._passes(pause):
                return False
            pause = min(pause * 2, _LONGEST_SECONDS)

    def _passes(self, seconds: float) -> bool:
        until = self._clock() + seconds
        while self._goes_on():
            left = until - self._clock()
            if left <= 0:
                return True
            self._sleep(min(left, _SLICE_SECONDS))
        return False
