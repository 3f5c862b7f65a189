"""Forecasts: the label of a record is what its field says ``steps`` records later, or some seconds.

So each record is two things. It brings the label of the one that stands ``steps`` before it in its
series, or ``seconds`` of event time: that is learned first, for by now it is known. Then it is
predicted itself, from a model that knows it, and the prediction waits. Neither looks ahead. What is
scored is the prediction as it was said, with the lanes' own predictions and inputs kept since.

What the field says now is part of what a record is known by (``own_value``): a number where numbers
are predicted, a category where classes are. The no-change opponent repeats just that.

What a key and a time are stands in :mod:`streamlr.record_keys` and :mod:`streamlr.event_times`.

Rules, in the order of the records; each case is counted:

expired
    With ``seconds``: the first record at or after the time aimed at is more than
    ``tolerance_seconds`` behind it, so that it answers another question.
missing
    The record that should bring the label has none in its field. With ``seconds`` a later one may,
    within the tolerance.
evicted
    The oldest prediction goes where ``pending`` wait and another comes.
out_of_order
    With ``seconds``: a record before the latest of its series, or without a time, is predicted and
    never learned, and brings no label. With ``steps`` the order of the records is their order.
keyless
    A record without a key is predicted, never learned, and brings no label.

A record that cannot be read goes to the dead letters, and is no step. A series is forgotten with
its last prediction that waits; when it comes again it begins anew.

Notes
-----
A prediction that waits takes 8 bytes for each input, each lane and each output, and 110 beside it;
a series 90. Room is made as it is needed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from streamlr import category_codes, compiling, in_order, key_table, state_tree
from streamlr.components import ComponentConfig
from streamlr.labels import Events, Figures, aside, hindsight, series
from streamlr.records import Decoded, RawBatch, Schema

_STAGES = {"key_table": key_table}
_THE_ONE = np.array([1, 1])
"""Key of the series where no key is named."""

_Name = Annotated[str, Field(min_length=1)] | None


class Config(ComponentConfig):
    """Forecasts: the label is the same field some records, or some time, later."""

    type: Literal["ahead"] = "ahead"
    steps: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="how many records of the series later; or else seconds", examples=[24]
    )
    seconds: Annotated[float, Field(gt=0)] | None = Field(
        None,
        validate_default=True,
        description="how much event time later: the first record then or after; or else steps",
        examples=[3600.0],
    )
    tolerance_seconds: Annotated[float, Field(ge=0)] | None = Field(
        None,
        description="with seconds: how much later the record may be; none: as much again",
        examples=[600.0],
    )
    key: _Name = Field(
        None,
        description="field that tells series apart; '@key': the Kafka message's own key; none: the "
        "stream is one series",
        examples=["station"],
    )
    time: _Name = Field(
        None,
        description="field with the event time: seconds or milliseconds since 1970, or ISO 8601; "
        "none: the broker's timestamp",
        examples=["ts"],
    )
    own_value: bool = Field(
        default=True, description="whether what the label's field says now is a feature"
    )
    pending: Annotated[int, Field(ge=1, le=1_000_000_000)] = Field(
        100_000, description="most predictions that wait, of all series; then the oldest goes"
    )

    @field_validator("seconds")
    @classmethod
    def _one_of_both(cls, seconds: float | None, others: ValidationInfo) -> float | None:
        if "steps" in others.data and (seconds is None) == (others.data["steps"] is None):
            raise PydanticCustomError(
                "one_of", "set either steps, in records, or seconds, of event time"
            )
        return seconds

    @field_validator("tolerance_seconds")
    @classmethod
    def _of_seconds(cls, tolerance: float | None, others: ValidationInfo) -> float | None:
        if tolerance is not None and others.data.get("steps") is not None:
            raise PydanticCustomError("of_seconds", "steps are exact; remove it, or set seconds")
        return tolerance

    @field_validator("pending")
    @classmethod
    def _as_far_as_that(cls, pending: int, others: ValidationInfo) -> int:
        if pending < (others.data.get("steps") or 1):
            raise PydanticCustomError("too_few", "must be steps or more, for each series")
        return pending

    @property
    def fields(self) -> dict[str, str]:
        """Key here → the field that it names, beside those of the schema."""
        return aside.fields(self.key, self.time)


class State(NamedTuple):
    """Everything it remembers.

    Attributes
    ----------
    pairs : series.State
    at_label_time : hindsight.State
    """

    pairs: series.State
    at_label_time: hindsight.State


def build(config: Config, task: str) -> "Ahead":
    """Compile the join, or load it from the cache."""
    return Ahead(config, task)


class Ahead:
    """Joins records to predictions of before; see :class:`streamlr.labels.Join`."""

    def __init__(self, config: Config, task: str) -> None:
        self._config = config
        self._numbers = task == "regression"
        seconds, tolerance = config.seconds or 0.0, config.tolerance_seconds
        self._rules = series.Rules(
            by_time=config.seconds is not None,
            ahead=float(config.steps or seconds),
            tolerance=seconds if tolerance is None else tolerance,
            rows=config.pending,
        )
        self._codes: dict[Any, float] = {None: np.nan}
        self._numeric, self._seed = 0, np.uint64(0)
        self._follow = compiling.fuse(series.follow, _STAGES, allocates=False)
        self.state = State(series.begin(self._rules), hindsight.begin())
        self._warm_up()

    def _warm_up(self) -> None:
        """Compile everything, or load it from the cache: the first record shall not wait."""
        key_table.enlarged(key_table.empty(1), 1)
        none, no_event = np.empty(0), np.empty(0, np.int64)
        records = series.Records(np.empty((0, 2), np.int64), none, none)
        self._follow(self.state.pairs, self._rules, records, 0, series.room(self.state.pairs, 0))
        hindsight.score(self.state.at_label_time, no_event, none, none, numbers=self._numbers)
        aside.warm_up(self._config.key)

    def columns(self, schema: Schema) -> Schema:
        """The schema's, and the label's own value."""
        if not self._config.own_value:
            return schema
        self._numeric = len(schema.features)
        if self._numbers:
            return replace(schema, features=(*schema.features, schema.label))
        self._seed = category_codes.seed(schema.label)
        return replace(schema, categories=(*schema.categories, schema.label))

    def events(self, decoded: Decoded, truth: np.ndarray, raw: RawBatch) -> Events:
        """Have each record bring a label, and be predicted."""
        count = len(truth)
        key = aside.keys(decoded, raw) if self._config.key else np.tile(_THE_ONE, (count, 1))
        records = series.Records(key, aside.times(decoded, raw, self._config.time), truth)
        made = series.room(self.state.pairs, count)
        done = self._follow(self.state.pairs, self._rules, records, 0, made)
        while done < count:
            self.state = self.state._replace(pairs=series.enlarged(self.state.pairs, self._rules))
            done = self._follow(self.state.pairs, self._rules, records, done, made)
        used = slice(int(made.told[0]))
        return Events(
            # what the field says now is not the label of what is predicted now
            decoded=replace(decoded, values=self._values(decoded, truth), labels=[None] * count),
            event=made.event[used],
            truth=made.truth[used],
            slot=made.slot[used],
            place=made.place[used],
            slots=len(self.state.pairs.waiting.due),
            before=made.before[used],
        )

    def _values(self, decoded: Decoded, truth: np.ndarray) -> np.ndarray:
        if not self._config.own_value:
            return decoded.values
        if self._numbers:
            return np.insert(decoded.values, self._numeric, truth, axis=1)
        codes = self._codes
        for label in {*decoded.labels} - {*codes}:
            codes[label] = category_codes.code(label, self._seed)
        return np.column_stack([decoded.values, [codes[label] for label in decoded.labels]])

    def score(self, events: Events, said: np.ndarray) -> None:
        """Take in what the kernel would say at label time."""
        state = self.state.at_label_time
        hindsight.score(state, events.event, events.truth, said, numbers=self._numbers)

    def arrays(self) -> dict[str, np.ndarray]:
        """The state's own arrays, not copied."""
        return state_tree.flatten(self.state)

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave, with as much room as those."""
        waiting, known = (
            len(arrays.get(f"pairs.{name}", ())) for name in ("waiting.due", "series.time")
        )
        pairs = self.state.pairs._replace(
            waiting=series.no_rows(waiting), series=key_table.empty(known)
        )
        self.state = self.state._replace(pairs=pairs)
        state_tree.fill(self.state, arrays)

    @property
    def figures(self) -> Figures:
        """Counters of the state."""
        pairs = self.state.pairs
        return Figures(
            labels=dict(zip(series.LABELS, pairs.labels.tolist(), strict=True)),
            predictions=dict(zip(series.PREDICTIONS, pairs.predictions.tolist(), strict=True)),
            delays=tuple(pairs.delays.tolist()),
            delay_seconds=float(pairs.delay[0]),
            waiting=int(pairs.waiting.marks[in_order.HELD]),
            early=0,
            at_label_time=hindsight.metrics(self.state.at_label_time, numbers=self._numbers),
        )
