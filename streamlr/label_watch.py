"""Labels that come no more: records are predicted as ever, but nothing is learned or scored.

Drift alarms, metrics and the learning rate then stand still, which looks like calm. Whoever runs
the stream should know. All this is for people: it is no part of the state.
"""

from typing import NamedTuple

_PATIENCE = 1000
"""Records without a label, at least; ten times as many as a label mostly took, and twice the
longest wait there was: labels may come in bursts."""


def patience(records: int, learned: int, longest: int) -> float:
    """Records without a label up to which they may yet come.

    Parameters
    ----------
    records, learned
        Records predicted, and labels, when the latest came.
    longest
        Records without one that there were before, at most.
    """
    return max(_PATIENCE, 10 * records / max(learned, 1), 2 * longest)


class LabelNews(NamedTuple):
    """What changed since the last look.

    Attributes
    ----------
    came, stopped, back
        Whether a label has come; whether none has for too long; whether that is over.
    """

    came: bool
    stopped: bool
    back: bool


class LabelWatch:
    """Looks at the counts of a stream now and then.

    Parameters
    ----------
    records, learned
        Records predicted, and labels learned from, when the watch begins.
    """

    def __init__(self, records: int, learned: int) -> None:
        self._records_at_label, self._learned = records, learned
        self._longest = 0
        self._stopped = False
        self.waiting = 0

    def look(self, records: int, learned: int) -> LabelNews:
        """Look at both counts; ``waiting`` is then how many records came since the last label."""
        was_stopped = self._stopped
        if learned > self._learned:
            self._longest = max(self._longest, self.waiting)  # of whole looks without a label
            self._records_at_label, self._learned, self.waiting = records, learned, 0
            self._stopped = False
            return LabelNews(came=True, stopped=False, back=was_stopped)
        self.waiting = records - self._records_at_label
        most = patience(self._records_at_label, self._learned, self._longest)
        self._stopped = was_stopped or (self._learned > 0 and self.waiting > most)
        return LabelNews(came=False, stopped=self._stopped and not was_stopped, back=False)
