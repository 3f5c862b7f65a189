"""The batch that travels: what a poll brought, and what the stages made of it."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

Positions = dict[int, int]
"""Partition → offset of the next record to read."""


Topics = tuple[str, ...]
"""Names of the topics that are read as one stream; empty where it is one topic, or a file."""

_LONGEST_DETAIL = 1000

PARTITIONS = 1_000_000
"""Room for one topic's partitions: partition p of the topic at place k has number
k × PARTITIONS + p."""


def origin(number: int, topics: Topics) -> tuple[str, int]:
    """Topic and partition of a partition's number; no name where the stream is one topic.

    Examples
    --------
    >>> origin(3, ()), origin(1_000_003, ("eu", "us"))
    (('', 3), ('us', 3))
    """
    if not topics:
        return "", number
    place, partition = divmod(number, PARTITIONS)
    return topics[place], partition


def partition_name(number: int, topics: Topics) -> str:
    """A partition for people.

    Examples
    --------
    >>> partition_name(3, ()), partition_name(1_000_003, ("eu", "us"))
    ('3', 'us/3')
    """
    topic, partition = origin(number, topics)
    return f"{topic}/{partition}" if topic else str(partition)


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Records of one poll as the source got them.

    Attributes
    ----------
    payload
        What the decoder takes: one item a record (a list of bytes, CSV records, columns).
    partition, offset : int64 [records]
        Where each record stands in its stream; of several topics' partitions, the numbers.
    timestamp
        Of the last record: milliseconds since 1970 by the source's clock; 0 where it has none.
    keys
        Gives the record keys, where the source has them: who does not ask does not pay.
    positions
        Where to read on after this batch, of every partition it touched.
    topics
        Names of the topics, where there are several.
    timestamps
        Gives each record's, where the source has them: int64 [records] in milliseconds since 1970.
    """

    payload: Any
    partition: np.ndarray
    offset: np.ndarray
    timestamp: int
    keys: Callable[[], list[bytes | None]] | None
    positions: Positions
    topics: Topics = ()
    timestamps: Callable[[], np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.offset)

    def by_partition(self) -> "Iterator[tuple[int, RawBatch]]":
        """Each partition's records, in their order; the batch itself where all are of one.

        Only sources whose payload is a list, an item a record, have several partitions.
        """
        first = int(self.partition[0])
        if (self.partition == first).all():
            yield first, self
            return
        whole = replace(
            self,
            keys=functools.cache(self.keys) if self.keys is not None else None,
            timestamps=functools.cache(self.timestamps) if self.timestamps is not None else None,
        )
        for number in np.unique(self.partition).tolist():
            yield number, whole.of(number)

    def of(self, number: int) -> "RawBatch":
        """The records of one partition, by its number."""
        keys, timestamps = self.keys, self.timestamps
        mine = self.partition == number
        chosen = mine.tolist()
        return RawBatch(
            payload=list(compress(self.payload, chosen)),
            partition=self.partition[mine],
            offset=self.offset[mine],
            timestamp=self.timestamp,
            keys=None if keys is None else lambda: list(compress(keys(), chosen)),
            positions={number: self.positions[number]},
            topics=self.topics,
            timestamps=None if timestamps is None else lambda: timestamps()[mine],
        )


@dataclass(frozen=True, slots=True)
class CsvRecords:
    """What the CSV decoder takes: records cut apart, not yet cells.

    Attributes
    ----------
    columns
        Names from the header.
    separator
        One byte.
    records
        As they stand in the file, their line ends included.
    """

    columns: tuple[str, ...]
    separator: bytes
    records: list[bytes]


class Tokenising(NamedTuple):
    """What becomes of a text: :mod:`streamlr.tokens` says what each means.

    Attributes
    ----------
    words
        1: words; 2: pairs of neighbours too.
    characters
        Least and most characters of pieces of words; (0, 0): there are none.
    most
        Different tokens that are read of a text; the text behind them is not.
    """

    words: int = 1
    characters: tuple[int, int] = (0, 0)
    most: int = 256


_WORDS = Tokenising()


class Tokens(NamedTuple):
    """The tokens of records' texts, one text after the other.

    Attributes
    ----------
    span : int64 [records, texts + 1]
        Where each text's tokens begin, and behind the last text where they end.
    code : float64 [tokens]
        Different ones within each text (:mod:`streamlr.category_codes`).
    """

    span: np.ndarray
    code: np.ndarray

    def of(self, records: np.ndarray) -> "Tokens":
        """Those of some of the records (by place, or bool)."""
        return Tokens(np.ascontiguousarray(self.span[records]), self.code)


def no_tokens(records: int) -> Tokens:
    """Where there are no texts."""
    return Tokens(np.zeros((records, 1), np.int64), np.empty(0))


@dataclass(frozen=True, slots=True)
class Schema:
    """What is read from a record: fixed before the first one is learned, and kept in checkpoints.

    Attributes
    ----------
    features
        Names of the numeric fields, in the order of the model's weights.
    label
        Name of the label's field; empty where there is none.
    categories
        Names of the categorical fields.
    key
        Name of the field that joins a record to another; empty where none is read.
    times
        Names of the fields that are read as times.
    in_text
        Those of the features whose numbers may come as texts, ``"3.14"``.
    texts
        Names of the fields of which words are read.
    tokenising
        How.
    """

    features: tuple[str, ...]
    label: str
    categories: tuple[str, ...] = ()
    key: str = ""
    times: tuple[str, ...] = ()
    in_text: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    tokenising: Tokenising = _WORDS

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field read: features, categories, the label, then the key, times and texts.

        Where there is no label, its place is kept by an empty name: see ``named``.
        """
        key = (self.key,) if self.key else ()
        return (*self.features, *self.categories, self.label, *key, *self.times, *self.texts)

    @property
    def named(self) -> tuple[str, ...]:
        """Every field read that a record may have."""
        label = len(self.features) + len(self.categories)
        fields = self.fields
        return fields if self.label else fields[:label] + fields[label + 1 :]


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be used.

    Attributes
    ----------
    row
        Its place in the raw batch.
    reason
        A short word from a bounded set: a metric's label.
    detail
        What exactly was wrong, for a person.
    """

    row: int
    reason: str
    detail: str

    @property
    def brief(self) -> str:
        """The detail, at most 1,000 characters: it may quote what a record holds."""
        return self.detail[:_LONGEST_DETAIL]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Columns of the records that could be read.

    Attributes
    ----------
    rows : int64 [kept]
        Places in the raw batch, ascending.
    values : float64 [kept, features + categories]
        Numbers, then codes of categories (:mod:`streamlr.category_codes`); NaN where missing.
    labels
        Raw labels, None where there is none.
    rejects
        The others.
    keys : uint64 [kept, 2]
        Of the schema's key (:mod:`streamlr.record_keys`); None where it names none.
    times
        Name of each of the schema's times → float64 [kept] (:mod:`streamlr.event_times`), NaN where
        missing.
    tokens
        Of the schema's texts; None where it has none.
    """

    rows: np.ndarray
    values: np.ndarray
    labels: list[Any]
    rejects: list[Reject]
    keys: np.ndarray | None = None
    times: dict[str, np.ndarray] = field(default_factory=dict)
    tokens: Tokens | None = None

    def without(self, rejects: list[Reject], kept: np.ndarray) -> "Decoded":
        """The records that are kept (bool [kept]), and more rejects."""
        return Decoded(
            rows=self.rows[kept],
            values=np.ascontiguousarray(self.values[kept]),
            labels=list(compress(self.labels, kept.tolist())),
            rejects=sorted(self.rejects + rejects, key=lambda reject: reject.row),
            keys=None if self.keys is None else self.keys[kept],
            times={name: times[kept] for name, times in self.times.items()},
            tokens=None if self.tokens is None else self.tokens.of(kept),
        )


@dataclass(frozen=True, slots=True)
class Journal:
    """One thing worth telling: a drift alarm, a change of the learning rate, or a shift.

    Attributes
    ----------
    sample
        Index of the learned sample.
    event
        ``drift``, ``warning`` or ``rate``; without labels ``shift``, then ``labels back``.
    reason
        Why the rate changed, or which signals shifted; empty for an alarm of the detector.
    old, new
        Learning rates before and after.
    evidence
        Signed rise of what is watched (alarms), or what the schedule says of its reason, or the
        Hellinger distance of the signal that shifted furthest.
    """

    sample: int
    event: str
    reason: str
    old: float
    new: float
    evidence: float


@dataclass(frozen=True, slots=True)
class Predictions:
    """What was said of each record of a batch, before its label was used.

    Attributes
    ----------
    raw
        The batch they answer.
    rows : int64 [predictions]
        Places in the raw batch.
    label
        Predicted labels, as they stand in the stream; None before any label was seen.
    probability
        Of the class predicted; None of a number.
    truth
        Labels that came with the records, None where there was none.
    rank, cluster
        Without labels: how unusual each was, and the cluster it is of; else None.
    """

    raw: RawBatch
    rows: np.ndarray
    label: list[Any]
    probability: list[float | None]
    truth: list[Any]
    rank: list[float] | None = None
    cluster: list[int | None] | None = None
