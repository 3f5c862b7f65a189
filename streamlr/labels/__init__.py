"""Labels: how a record's label is found, whichever record brings it.

A component offers ``build(config, task) -> Join``, for a task by its name. What labels are to a
kernel, class indices or numbers, stands in ``encoding.py``; ``inline.py`` is the case in which
every record brings its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from streamlr.records import Decoded, RawBatch, Schema, Tokens

INTERNAL = ("apart", "aside", "encoding", "hindsight", "joining", "series")
"""Files in this folder that are not components."""


@dataclass(frozen=True, slots=True)
class Events:
    """What a kernel is given of a poll's records.

    Attributes
    ----------
    decoded
        The records that can be used.
    event, truth, slot : [events]
        As of :class:`streamlr.kernel.Batch`.
    place : int64 [events]
        Record of each event; None: each record is one.
    slots
        How many predictions the engine must have room to keep.
    before : float64 [events]
        As of :class:`streamlr.kernel.Batch`; None: nothing is known of it.
    """

    decoded: Decoded
    event: np.ndarray
    truth: np.ndarray
    slot: np.ndarray
    place: np.ndarray | None = None
    slots: int = 0
    before: np.ndarray | None = None

    @property
    def values(self) -> np.ndarray:
        """What each event's record holds: float64 [events, features + categories]."""
        values = self.decoded.values
        return values if self.place is None else values[self.place]

    @property
    def tokens(self) -> Tokens | None:
        """Those of each event's record; None where there are no texts."""
        tokens = self.decoded.tokens
        return tokens if tokens is None or self.place is None else tokens.of(self.place)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a join has to tell; of labels that come inline, nothing.

    Attributes
    ----------
    labels
        What became of labels: outcome → how many.
    predictions
        What became of predictions that no label was joined to: reason → how many.
    delays
        Seconds from the features to their label, up to each bound (one more: beyond all) → how
        many pairs.
    delay_seconds
        Of all pairs together.
    waiting, early
        Predictions that wait for their label now, and labels that wait for their features.
    at_label_time
        View → metric → value: what would be said when the label comes.
    """

    labels: Mapping[str, int]
    predictions: Mapping[str, int]
    delays: tuple[int, ...]
    delay_seconds: float
    waiting: int
    early: int
    at_label_time: Mapping[str, Mapping[str, float]]


class Join(Protocol):
    """Finds the record that a label belongs to."""

    def columns(self, schema: Schema) -> Schema:
        """The columns that its events hold, for those that records do."""
        ...

    def events(self, decoded: Decoded, truth: np.ndarray, raw: RawBatch) -> Events:
        """Turn records into events, in order.

        Parameters
        ----------
        decoded
            The records.
        truth : float64 [records]
            Class index or number; NaN where a record brings no label.
        raw
            As they came, for their keys and timestamps.
        """
        ...

    def score(self, events: Events, said: np.ndarray) -> None:
        """Take in what the kernel said at each event."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything it remembers."""
        ...

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave.

        Raises
        ------
        ValueError
            An array is missing, left over, or of another type.
        """
        ...

    @property
    def figures(self) -> Figures | None:
        """What there is to tell; None where labels come inline."""
        ...
