"""The decisions that a checkpoint holds: a daemon can say after a restart what led to its rate."""

from collections.abc import Iterable

import msgspec

from streamlr.records import Journal

KEPT = 200
"""Of the latest: some 16 KB."""


class Decision(msgspec.Struct, frozen=True, array_like=True):
    """A drift alarm or a change of the learning rate, as in :class:`streamlr.records.Journal`.

    JSON has no NaN and no infinity: such a number is missing.
    """

    sample: int
    event: str
    reason: str
    old: float | None
    new: float | None
    evidence: float | None

    @classmethod
    def of(cls, entry: Journal) -> "Decision":
        """What is kept of an entry."""
        numbers = (entry.old, entry.new, entry.evidence)
        return cls(entry.sample, entry.event, entry.reason, *numbers)

    def entry(self) -> Journal:
        """The entry again; NaN where a number is missing."""
        old, new, evidence = (
            float("nan") if number is None else number
            for number in (self.old, self.new, self.evidence)
        )
        return Journal(self.sample, self.event, self.reason, old, new, evidence)


def tail(entries: Iterable[Journal]) -> tuple[Decision, ...]:
    """The latest of them, the last one last."""
    kept = list(entries)[-KEPT:]
    return tuple(map(Decision.of, kept))
