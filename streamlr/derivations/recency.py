"""How often a key came before, and how long ago it came last.

Of each record two numbers: ``KEY.count``, how many records of its key came before it; and
``KEY.since``, how long ago the last of them came, in seconds of event time or in records of the
stream; missing where there is none. Both as the natural logarithm of one more, so that the first
few count for much and the thousandth for little. A record without the key has neither.

Time never runs backwards: of a record that is older than the last of its key, ``since`` is 0. One
without a time takes the time of the record before it.

Notes
-----
About 90 bytes a key. Where the ``keys`` are all held, the one that was not seen for the longest is
forgotten, and counts as new when it comes again.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field as Key

from streamlr import arithmetic, compiling, key_table, state_tree
from streamlr.compiling import cold
from streamlr.components import ComponentConfig
from streamlr.derivations import NO_KEY, Derivation, Field, Rows, as_keys
from streamlr.in_order import NONE, OLDEST, lacks_room, wants_room

STAMP = "@timestamp"
"""Instead of a field: the timestamp that the broker has of a record."""


class Config(ComponentConfig):
    """How often a key came before, and how long ago it came last."""

    type: Literal["recency"] = "recency"
    key: Annotated[str, Key(min_length=1)] = Key(
        description="field whose values are told apart", examples=["card"]
    )
    time: Annotated[str, Key(min_length=1)] | None = Key(
        None,
        description="field with the event time, '@timestamp' for the broker's; none: how long ago "
        "is counted in records",
        examples=["created_at"],
    )
    keys: Annotated[int, Key(ge=1, le=1_000_000_000)] = Key(
        100_000, description="most keys held; then the one not seen for the longest is forgotten"
    )
    name: str = Key("", description="what the columns' names begin with; empty: the key's")


class State(NamedTuple):
    """What is remembered of the stream.

    Attributes
    ----------
    table : key_table.Table
        Keys; ``value`` is how many records of it came, ``time`` when the last one did, ``state``
        its number in the stream.
    records : int64 [1]
        Records of the stream.
    clock : float64 [1]
        Event time of the latest record that had one; NaN before it.
    """

    table: key_table.Table
    records: np.ndarray
    clock: np.ndarray


def misfit(config: Config, task: str, labels: str, *, stamped: bool) -> str:  # noqa: ARG001 - one signature for all
    """Why the rest of the configuration does not go with it; empty where it does."""
    if config.time == STAMP and not stamped:
        return (
            f"time = {STAMP!r}: the records of this source have no timestamp; name the field with "
            "the event time, or leave the key out to count in records"
        )
    return ""


def build(config: Config, task: str) -> Derivation:  # noqa: ARG001 - one signature for all
    """With no key held."""
    return Recency(config)


class Recency:
    """See :class:`streamlr.derivations.Derivation`."""

    categories = ()

    def __init__(self, config: Config) -> None:
        self._stamped = config.time == STAMP
        self._timed = config.time is not None
        self._limit = config.keys
        key = Field("key", config.key, "category")
        named = config.time is not None and not self._stamped
        self.fields = (key, Field("time", str(config.time), "time")) if named else (key,)
        name = config.name or config.key
        self.numbers = (f"{name}.count", f"{name}.since")
        self.state = State(
            table=key_table.begin(config.keys),
            records=np.zeros(1, np.int64),
            clock=np.full(1, np.nan),
        )

    def derive(self, rows: Rows, *, remember: bool) -> np.ndarray:
        """Look each record's key up, and note that it came."""
        keys = as_keys(rows.columns[:, 0])
        times = rows.stamps() if self._stamped else rows.columns[:, -1]
        times = np.ascontiguousarray(times) if self._timed else np.full(len(rows), np.nan)
        found, done = np.empty((len(rows), 2)), 0
        while True:
            rules = self._limit, self._timed, remember
            done = _fused()(self.state, keys, times, *rules, done, found)
            if done == len(rows):
                return found
            larger = key_table.enlarged(self.state.table, self._limit)
            self.state = self.state._replace(table=larger)

    def arrays(self) -> dict[str, np.ndarray]:
        """The state's own arrays."""
        return state_tree.flatten(self.state)

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave, with a table as large as that one."""
        rows = len(arrays.get("table.time", ()))
        self.state = self.state._replace(table=key_table.empty(rows))
        state_tree.fill(self.state, arrays)


@functools.cache
def _fused() -> Callable[..., Any]:
    return compiling.fuse(look, {"key_table": key_table}, allocates=False)


@cold
def since(state: State, row: int, now: float, timed: bool) -> float:  # noqa: FBT001
    """How long ago the last record of a key came that is held, as it is told."""
    passed = float(state.records[0] - state.table.state[row])
    if timed:
        passed = now - state.table.time[row]
    if passed != passed:  # noqa: PLR0124 - NaN: there was no time yet
        return np.nan
    return arithmetic.log(1.0 + max(passed, 0.0))


@cold
def note(state: State, key: int, row: int, now: float) -> None:
    """A record of a key came: note it."""
    table = state.table
    if row == NONE:
        if lacks_room(table):
            key_table.drop(table, table.marks[OLDEST])
        row = key_table.take(table, key, key, now)
        table.value[row] = 0.0
    elif table.time[row] > now:
        key_table.touch(table, row, table.time[row])
    else:
        key_table.touch(table, row, now)
    table.value[row] += 1.0
    table.state[row] = state.records[0]


def look(  # noqa: PLR0913, PLR0917 - a template
    state: State,
    keys: np.ndarray,
    times: np.ndarray,
    limit: int,
    timed: bool,  # noqa: FBT001
    remember: bool,  # noqa: FBT001
    first: int,
    found: np.ndarray,
) -> int:
    """Take records ``first`` …; the index of the first one not taken is returned; a template.

    All are taken unless the table must be enlarged first: then do so, and call again.
    """
    for index in range(first, keys.shape[0]):
        key, now = keys[index], times[index]
        if now != now:  # noqa: PLR0124 - NaN is missing
            now = state.clock[0]
        found[index, 0], found[index, 1] = np.nan, np.nan
        row = NONE
        if key != NO_KEY:
            row = key_table.find(state.table, key, key)
            if row != NONE:
                found[index, 0] = arithmetic.log(1.0 + state.table.value[row])
                found[index, 1] = since(state, row, now, timed)
            elif remember and wants_room(state.table, limit):
                return index
            else:
                found[index, 0] = 0.0
        if remember:
            if key != NO_KEY:
                note(state, key, row, now)
            state.records[0] += 1
            state.clock[0] = now
    return len(keys)
