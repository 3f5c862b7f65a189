"""When to compare what: blocks of records, counted from the first, so that polls leave no trace.

While labels come, every tenth block is kept as a reference, and nothing is compared. A block that
begins after labels have stopped (:func:`streamlr.label_watch.patience`) is compared: its fields
with the reference, what was said of it with what was said of the first such blocks, since a model
that learns says otherwise all the time. Without labels from the start, the first blocks are the
reference, and after an alarm the next ones; one block in five is compared, since the model goes on
learning meanwhile, and the one after a strange one.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import NamedTuple

import numpy as np

from streamlr import label_watch
from streamlr.kernel import LEARN, PREDICT
from streamlr.records import Journal
from streamlr.shifts.reference import BLOCK, Reference

MOST_FIELDS = 200
"""Fields beyond are not looked at: each costs some 16 KB."""

ALARM, LABELS_BACK = "shift", "labels back"
"""Events of its journal entries."""

_CHANCE = 1e-6  # of an alarm though nothing changed, a record; twice in a row is rarer still
_EVERY = 10  # blocks, of which one is kept while labels come
_EVERY_UNLABELLED = 5  # of which one is compared where the model learns without any
_IN_A_ROW = 2
_NAMED = 5  # signals that an alarm names

Columns = Callable[[], np.ndarray]


class Signals(NamedTuple):
    """What is looked at of each record, column by column: fields, then what was said.

    Attributes
    ----------
    numbers, categories
        Names of the fields.
    classes
        Whether a class is said, and how sure it is; else a number.
    """

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    classes: bool

    @property
    def said(self) -> tuple[str, ...]:
        """Names of what was said."""
        return ("prediction", "confidence") if self.classes else ("prediction",)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all columns."""
        return (*(f"feature:{name}" for name in self.numbers + self.categories), *self.said)

    @property
    def coded(self) -> np.ndarray:
        """Which are codes, not numbers: bool [signals]."""
        of_said = (True, False) if self.classes else (False,)
        of_fields = (*(False for _ in self.numbers), *(True for _ in self.categories))
        return np.array((*of_fields, *of_said))


@dataclass(slots=True)
class _Counts:
    """In records predicted, but for labels and blocks.

    Attributes
    ----------
    records, learned
        So far; and labels.
    at_label, longest
        Records when the latest label came, and most between two of them.
    filled
        Records of the block at hand.
    heard, stopped, kept
        1 where: a label came in this block; none came for too long before it; its records are kept.
    compared
        1 where blocks were compared since the latest label.
    since_look
        Whole blocks since the latest that was kept to its end.
    alarms
        Ever.
    """

    records: int = 0
    learned: int = 0
    at_label: int = 0
    longest: int = 0
    filled: int = 0
    heard: int = 0
    stopped: int = 0
    kept: int = 1
    compared: int = 0
    since_look: int = 0
    alarms: int = 0


class ShiftWatch:
    """Of one unit of state.

    Parameters
    ----------
    signals
        What its columns are.
    labelled
        Whether the task has labels at all.

    Attributes
    ----------
    names
        Of its signals, as metrics and alarms call them.
    """

    def __init__(self, signals: Signals, *, labelled: bool) -> None:
        self.names, self._labelled = signals.names, labelled
        coded, self._split = signals.coded, len(signals.names) - len(signals.said)
        self._fields, self._said = (Reference(part) for part in np.split(coded, [self._split]))
        self._counts = _Counts()
        self._block = np.zeros((BLOCK, len(coded)))
        self._distance, self._calm = np.full((2, len(coded)), np.nan)
        self._in_a_row = np.zeros(len(coded), np.int64)
        self._told = np.zeros(len(coded), bool)
        self._begin_block()

    @property
    def alarms(self) -> int:
        """Ever."""
        return self._counts.alarms

    @property
    def distances(self) -> dict[str, float]:
        """Signal → Hellinger distance of the latest block; none of a block not compared."""
        found = zip(self.names, self._distance.tolist(), strict=True)
        return {name: distance for name, distance in found if not math.isnan(distance)}

    def begin(self, records: int, learned: int) -> None:
        """Begin amid a stream, after so many records and labels."""
        self._counts = _Counts(records=records, learned=learned, at_label=records)
        self._begin_block()

    def take(self, event: np.ndarray, columns: Columns) -> list[Journal]:
        """Take a poll's events; what there is to tell.

        Parameters
        ----------
        event
            As of :class:`streamlr.kernel.Batch`.
        columns
            Gives what the signals are of each record predicted: float64 [records, signals]; who
            does not ask does not pay.
        """
        predicted = event != LEARN
        place = np.cumsum(predicted) - predicted  # records predicted before it
        labels, come = place[event != PREDICT], predicted[event != PREDICT]
        told: list[Journal] = []
        rows: np.ndarray | None = None
        count, start = int(np.count_nonzero(predicted)), 0
        while start < count:
            now = self._counts
            stop = min(count, start + BLOCK - now.filled)
            first, last = labels.searchsorted((start, stop)).tolist()
            self._hear(labels[first:last] + come[first:last] - start)
            if now.kept:
                rows = columns() if rows is None else rows
                self._block[now.filled : now.filled + stop - start] = rows[start:stop]
            now.records += stop - start
            now.filled += stop - start
            start = stop
            if now.filled == BLOCK:
                told += self._end_block()
        after_all = len(labels) - int(labels.searchsorted(count))
        self._hear(np.zeros(after_all, np.int64))
        return told

    def _hear(self, labels: np.ndarray) -> None:
        """Labels came, each when so many more records were predicted."""
        now = self._counts
        if not len(labels):
            return
        at = now.records + labels
        if now.learned:
            now.longest = max(now.longest, int(at[0]) - now.at_label)
        now.longest = max(now.longest, int(np.diff(at).max(initial=0)))
        now.learned += len(at)
        now.at_label, now.heard = int(at[-1]), 1

    def _begin_block(self) -> None:
        """Decide what this block is for, by what is known before its first record."""
        now = self._counts
        waiting = now.records - now.at_label
        patience = label_watch.patience(now.at_label, now.learned, now.longest)
        stopped = now.learned > 0 and waiting > patience
        every = _EVERY if self._labelled else _EVERY_UNLABELLED
        due = not self._fields.full or now.since_look >= every - 1
        now.filled, now.heard = 0, 0
        now.stopped = int(stopped or not self._labelled)
        now.kept = int(stopped or due or self._in_a_row.any())

    def _end_block(self) -> list[Journal]:
        now = self._counts
        told: list[Journal] = []
        now.since_look += 1
        if now.heard and self._labelled:
            told = self._labels_came() if now.compared else []
            if now.kept and not now.stopped:
                self._fields.take(self._block[:, : self._split])
                now.since_look = 0
        elif now.stopped and now.kept:
            told = self._compare()
            now.since_look = 0
        self._begin_block()
        return told

    def _labels_came(self) -> list[Journal]:
        """Errors tell of drift again."""
        self._counts.compared = 0
        told = [self.names[place] for place in np.flatnonzero(self._told)]
        self._calm_down()
        self._said.forget()
        if not told:
            return []
        return [Journal(self._counts.learned, LABELS_BACK, _listed(told), 0.0, 0.0, 0.0)]

    def _calm_down(self) -> None:
        self._distance[:] = self._calm[:] = np.nan
        self._in_a_row[:], self._told[:] = 0, False

    def _compare(self) -> list[Journal]:
        """Compare a block; where it is like the others, the reference may become whole by it."""
        self._counts.compared = 1
        unlikely = np.zeros(len(self.names), bool)
        parts = (slice(0, self._split), self._fields), (slice(self._split, None), self._said)
        for part, reference in parts:
            if reference.ready:
                found = reference.compare(self._block[:, part], _CHANCE * BLOCK / len(unlikely))
                self._distance[part], unlikely[part] = found
            may_grow = reference is self._said or not self._labelled
            if may_grow and not reference.full and not unlikely[part].any():
                reference.take(self._block[:, part])
        self._in_a_row = np.where(unlikely, self._in_a_row + 1, 0)
        self._calm = np.where(unlikely, self._calm, self._distance)
        found_now = (self._in_a_row >= _IN_A_ROW) & ~self._told
        return self._alarm(found_now) if found_now.any() else []

    def _alarm(self, signals: np.ndarray) -> list[Journal]:
        places = np.flatnonzero(signals)
        places = places[np.argsort(-self._distance[places], kind="stable")]
        words = [self._in_words(place) for place in places.tolist()]
        self._counts.alarms += 1
        furthest = float(self._distance[places[0]])
        self._told |= signals
        if not self._labelled:  # what comes now is what later ones are compared with
            self._fields.forget()
            self._said.forget()
            self._calm_down()
        return [Journal(self._counts.learned, ALARM, _listed(words), 0.0, 0.0, furthest)]

    def _in_words(self, place: int) -> str:
        """A signal, how far it was from the reference when it was last like it, and is now."""
        before, now = f"{self._calm[place]:.2f} → ", f"{self._distance[place]:.2f}"
        return f"{self.names[place]} {'' if np.isnan(self._calm[place]) else before}{now}"

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything it remembers."""
        now = self._counts
        return {
            "counts": np.array(astuple(now), np.int64),
            "block": self._block[: now.filled * now.kept],
            "distance": self._distance,
            "calm": self._calm,
            "in_a_row": self._in_a_row,
            "told": self._told,
            **{f"fields.{name}": array for name, array in self._fields.arrays().items()},
            **{f"said.{name}": array for name, array in self._said.arrays().items()},
        }

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave.

        Raises
        ------
        ValueError
            An array is missing, or of another shape.
        """
        try:
            self._counts = now = _Counts(*arrays["counts"].tolist())
            self._block[: now.filled * now.kept] = arrays["block"]
            for name in ("distance", "calm", "in_a_row", "told"):
                getattr(self, f"_{name}")[:] = arrays[name]
            for name, reference in (("fields", self._fields), ("said", self._said)):
                reference.fill(arrays[f"{name}.sample"], int(arrays[f"{name}.looks"][0]))
        except (KeyError, TypeError) as error:
            message = f"what is known of shifts: {error}"
            raise ValueError(message) from error


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more
