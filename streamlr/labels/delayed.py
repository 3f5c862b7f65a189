"""Features and labels arrive apart, in any order, and are joined by a key.

A record that brings no label is features: it is predicted, and the prediction waits. One that
brings the label and none of the features is a label: the prediction that waits for it is scored as
it was said, and learned. One with both is predicted and learned at once. Where the labels have a
topic of their own, the topic says what a record is.

What a key and a time are stands in :mod:`streamlr.record_keys` and :mod:`streamlr.event_times`. A
record without a time takes that of the record before it.

Rules, by event time, in the order of the records; each case is counted:

expired
    A prediction whose label is more than ``ttl_seconds`` younger, or has not come when another
    label is by ``grace_seconds`` more: so far may the times of labels be out of order.
evicted
    The oldest prediction goes where ``pending`` wait and another comes.
replaced
    Features come for a key that waits: the newer prediction counts from then on.
keyless
    Features without a key: predicted, never learned.
late
    A label whose prediction has expired or was evicted. It is not learned.
early
    A label that comes before its features waits for them; ``early`` of them may. When the features
    come they are predicted and learned at once.
orphaned
    An early label that had to go for a later one, or whose features have not come when others are
    more than ``label_wait_seconds`` and the grace younger.
duplicate, conflicting
    Another label for a key that has one: the same again, or another value. The first one stands.

So topics may be read at different speeds: labels alone make no label old, and features no
prediction. A label without a key goes to the dead letters (``no_key``), as does a record of the
labels' topic without a label (``no_label``). A key names one pair at a time: features for one that
is done begin another pair. The last ``remember`` keys that are done are known; a label that repeats
or misses one before those counts as early.

Notes
-----
A prediction that waits takes 8 bytes for each input, each lane and each output, and 130 beside it;
a key that is done 90. Room is made as it is needed.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from streamlr import compiling, in_order, key_table, state_tree
from streamlr.components import ComponentConfig
from streamlr.labels import Events, Figures, aside, hindsight, joining
from streamlr.labels.aside import MESSAGE_KEY
from streamlr.labels.joining import BOTH, FEATURES, LABEL, NO_EVENT
from streamlr.records import PARTITIONS, Decoded, RawBatch, Reject, Schema

_Seconds = Annotated[float, Field(gt=0)] | None
_Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
_TABLES = ("waiting", "early", "past")
_STAGES = {"key_table": key_table}


class Config(ComponentConfig):
    """Labels come later, joined to their features by a key."""

    type: Literal["delayed"] = "delayed"
    key: Annotated[str, Field(min_length=1)] = Field(
        description="field that features and label share; '@key': the Kafka message's own key",
        examples=["order_id"],
    )
    topic: str = Field(
        "", description="Kafka topic of the labels; empty: they are among [source]'s records"
    )
    time: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="field with the event time: seconds or milliseconds since 1970, or ISO 8601; "
        "none: the broker's timestamp",
        examples=["ts"],
    )
    ttl_seconds: _Seconds = Field(
        None,
        description="most event time from features to label; none: until pushed out",
        examples=[86400.0],
    )
    pending: Annotated[int, Field(ge=1, le=1_000_000_000)] = Field(
        100_000, description="most predictions that wait; then the oldest goes"
    )
    early: _Count = Field(
        10_000, description="most labels that wait for their features; 0: none does"
    )
    label_wait_seconds: _Seconds = Field(
        None,
        description="how much younger features may be than a label that waits; none: ttl_seconds",
        examples=[600.0],
    )
    grace_seconds: Annotated[float, Field(ge=0)] | None = Field(
        None,
        description="how far times may be out of order among labels, and among features, before "
        "those that wait are let go; none: ttl_seconds",
        examples=[600.0],
    )
    remember: _Count = Field(
        100_000, description="keys that are done and still known: to tell repeated and late labels"
    )

    @property
    def fields(self) -> dict[str, str]:
        """Key here → the field that it names, beside those of the schema."""
        return aside.fields(self.key, self.time)


class State(NamedTuple):
    """Everything it remembers.

    Attributes
    ----------
    pairs : joining.State
    at_label_time : hindsight.State
    """

    pairs: joining.State
    at_label_time: hindsight.State


def build(config: Config, task: str) -> "Delayed":
    """Compile the join, or load it from the cache."""
    return Delayed(config, task)


class Delayed:
    """Joins labels to predictions that wait; see :class:`streamlr.labels.Join`."""

    def __init__(self, config: Config, task: str) -> None:
        self._config = config
        self._numbers = task == "regression"
        time_to_live = config.ttl_seconds or math.inf
        grace = config.ttl_seconds or 0.0 if config.grace_seconds is None else config.grace_seconds
        self._rules = joining.Rules(
            time_to_live=time_to_live,
            let_go=time_to_live + grace,
            label_wait=(config.label_wait_seconds or time_to_live) + grace,
            waiting=config.pending,
            early=config.early,
            past=config.remember,
        )
        self._join = compiling.fuse(joining.join, _STAGES, allocates=False)
        self.state = State(joining.begin(self._rules), hindsight.begin())
        self._warm_up()

    def _warm_up(self) -> None:
        """Compile everything, or load it from the cache: the first record shall not wait."""
        key_table.enlarged(key_table.empty(1), 1)
        none, no_event = np.empty(0), np.empty(0, np.int64)
        records = joining.Records(no_event, np.empty((0, 2), np.int64), none, none)
        self._join(
            self.state.pairs, self._rules, records, 0, joining.Made(no_event, no_event, none)
        )
        hindsight.score(self.state.at_label_time, no_event, none, none, numbers=self._numbers)
        aside.warm_up(self._config.key)

    def columns(self, schema: Schema) -> Schema:
        """The schema's own."""
        return schema

    def events(self, decoded: Decoded, truth: np.ndarray, raw: RawBatch) -> Events:
        """Join a poll's records; labels that cannot be are rejected."""
        kind, key = self._kinds(decoded, truth, raw), aside.keys(decoded, raw)
        rejects, kept = self._refused(decoded, kind, key, truth)
        if rejects:
            decoded = decoded.without(rejects, kept)
            kind, key, truth = kind[kept], np.ascontiguousarray(key[kept]), truth[kept]
        records = joining.Records(kind, key, aside.times(decoded, raw, self._config.time), truth)
        count = len(truth)
        made = joining.Made(np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count))
        done = self._join(self.state.pairs, self._rules, records, 0, made)
        while done < count:
            self._make_room()
            done = self._join(self.state.pairs, self._rules, records, done, made)
        place = np.flatnonzero(made.event != NO_EVENT)
        rows = len(self.state.pairs.waiting.time)
        if len(place) == count:
            return Events(decoded, made.event, made.truth, made.slot, slots=rows)
        chosen = made.event[place], made.truth[place], made.slot[place]
        return Events(decoded, *chosen, place, rows)

    def _kinds(self, decoded: Decoded, truth: np.ndarray, raw: RawBatch) -> np.ndarray:
        labelled = ~np.isnan(truth)
        if self._config.topic:
            number = raw.topics.index(self._config.topic)
            of_labels = raw.partition[decoded.rows] // PARTITIONS == number
            return np.where(of_labels, LABEL, np.where(labelled, BOTH, FEATURES))
        kind = np.where(labelled, BOTH, FEATURES)
        bare = np.isnan(decoded.values[labelled]).all(axis=1)
        if decoded.tokens is not None:
            span = decoded.tokens.span[labelled]
            bare &= span[:, 0] == span[:, -1]
        kind[labelled] = np.where(bare, LABEL, BOTH)
        return kind

    def _refused(
        self, decoded: Decoded, kind: np.ndarray, key: np.ndarray, truth: np.ndarray
    ) -> tuple[list[Reject], np.ndarray]:
        labels = kind == LABEL
        without_key, without_label = labels & (key == 0).all(axis=1), labels & np.isnan(truth)
        by_message = self._config.key == MESSAGE_KEY
        name = "message key" if by_message else f"field {self._config.key!r}"
        rejects = [
            Reject(int(row), "no_key", f"it brings a label, but no {name} to join it by")
            for row in decoded.rows[without_key]
        ]
        rejects += [
            Reject(int(row), "no_label", f"a record of topic {self._config.topic!r} without label")
            for row in decoded.rows[without_label & ~without_key]
        ]
        return rejects, ~(without_key | without_label)

    def _make_room(self) -> None:
        """Enlarge what is full and may grow."""
        larger: dict[str, Any] = {
            name: key_table.enlarged(table, limit)
            for name in _TABLES
            if in_order.wants_room(
                table := getattr(self.state.pairs, name), limit := getattr(self._rules, name)
            )
        }
        self.state = self.state._replace(pairs=self.state.pairs._replace(**larger))

    def score(self, events: Events, said: np.ndarray) -> None:
        """Take in what the kernel would say at label time."""
        state = self.state.at_label_time
        hindsight.score(state, events.event, events.truth, said, numbers=self._numbers)

    def arrays(self) -> dict[str, np.ndarray]:
        """The state's own arrays, not copied."""
        return state_tree.flatten(self.state)

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave, with tables as large as those."""
        rows = {name: arrays.get(f"pairs.{name}.time", np.empty(0)) for name in _TABLES}
        tables: dict[str, Any] = {name: key_table.empty(len(time)) for name, time in rows.items()}
        self.state = self.state._replace(pairs=self.state.pairs._replace(**tables))
        state_tree.fill(self.state, arrays)

    @property
    def figures(self) -> Figures:
        """Counters of the state."""
        pairs = self.state.pairs
        return Figures(
            labels=dict(zip(joining.LABELS, pairs.labels.tolist(), strict=True)),
            predictions=dict(zip(joining.PREDICTIONS, pairs.predictions.tolist(), strict=True)),
            delays=tuple(pairs.delays.tolist()),
            delay_seconds=float(pairs.delay[0]),
            waiting=int(pairs.waiting.marks[in_order.HELD]),
            early=int(pairs.early.marks[in_order.HELD]),
            at_label_time=hindsight.metrics(self.state.at_label_time, numbers=self._numbers),
        )
