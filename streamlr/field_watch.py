"""Fields that come and go: the schema stays, but whoever runs the stream should know.

A few records are looked at now and then, so nothing is promised of a field that comes once in a
while. What the first ones hold is known, read or not. All this is for people: it is no part of the
state.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from streamlr import paths
from streamlr.records import RawBatch, Schema

_EVERY_SECONDS = 0.2
_AT_A_TIME = 4
_NEW_FIELDS = 100
"""Names that are remembered: a stream that makes one up for each record must not fill memory."""

_PATIENCE = 100
"""Records looked at, at least, and ten times as many as it mostly took to see the field."""

Sample = Callable[[Sequence[bytes | None]], Sequence[Mapping[str, Any]]]


class FieldNews(NamedTuple):
    """What changed since the last look, by name."""

    new: list[str]
    vanished: list[str]
    back: list[str]


@dataclass(slots=True)
class _Sightings:
    """Of one field that is read, in records looked at."""

    present: int = 0
    usual: float = 1.0  # records until it was seen, on average
    absent_since: int = 0
    gone: bool = False


class FieldWatch:
    """Looks at records of a stream whose fields may change.

    Parameters
    ----------
    schema
        What is read.
    expected
        Fields that need not be told of.
    sample
        Of the decoder.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        schema: Schema,
        expected: Sequence[str],
        sample: Sample,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        read = (*schema.features, *schema.categories, *schema.times, *schema.texts)
        self._read = {name: _Sightings() for name in read}
        self._known = {*self._read, schema.label, *expected}
        self._most_known = len(self._known) + _NEW_FIELDS
        self._sample = sample
        self._clock = clock
        self._look_at = clock()
        self._looked = 0
        self._begun = False

    @property
    def vanished(self) -> int:
        """Fields that are read, but come no more."""
        return sum(seen.gone for seen in self._read.values())

    def look(self, raw: RawBatch) -> FieldNews:
        """Look at the last records of a poll, when it is time to."""
        if not isinstance(raw.payload, list) or self._clock() < self._look_at:
            return FieldNews([], [], [])
        self._look_at = self._clock() + _EVERY_SECONDS
        news = FieldNews([], [], [])
        for record in self._sample(raw.payload[-_AT_A_TIME:]):
            self._note(record, news)
        self._begun = self._looked > 0
        return news

    def _note(self, record: Mapping[str, Any], news: FieldNews) -> None:
        self._looked += 1
        room = self._most_known - len(self._known)
        new = [name for name in record if name not in self._known][:room]
        self._known.update(new)
        news.new.extend(new if self._begun else ())
        for name, seen in self._read.items():
            if paths.glimpse(record, name) is not None:
                news.back.extend([name] if seen.gone else [])
                seen.present, seen.absent_since, seen.gone = seen.present + 1, 0, False
                seen.usual = self._looked / seen.present
                continue
            seen.absent_since += 1
            if not seen.gone and seen.absent_since >= max(_PATIENCE, 10 * seen.usual):
                seen.gone = True
                news.vanished.append(name)
