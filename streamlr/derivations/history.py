"""The labels that came before: the last few of a key, or of the whole stream, and their mean.

A record sees labels of records before it, and never its own. Where the label is a number, the
columns are the last ``targets`` of them and their mean so far. Where it is a class, they are the
last classes, as categories; and of two classes, how often it was the second one that was met.

The mean is of all labels since the key was first held. A record without a label, or without the
key, is told of what came before, and leaves nothing behind.

Notes
-----
About 90 bytes a key, and 8 for each of ``targets``. Where the ``keys`` are all held, the one that
got no label for the longest is forgotten.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field as Key

from streamlr import category_codes, compiling, key_table, state_tree
from streamlr.compiling import cold
from streamlr.components import ComponentConfig
from streamlr.derivations import NO_KEY, Derivation, Field, Rows, as_keys
from streamlr.in_order import NONE, OLDEST, lacks_room, wants_room

_EVERY = 1  # the key of all records, where none is named


class Config(ComponentConfig):
    """The labels that came before: the last few, and their mean."""

    type: Literal["history"] = "history"
    key: str = Key(
        "",
        description="field whose values have a history each; empty: the stream has one",
        examples=["shop"],
    )
    targets: Annotated[int, Key(ge=1, le=1000)] = Key(3, description="last labels that are shown")
    keys: Annotated[int, Key(ge=1, le=1_000_000_000)] = Key(
        100_000, description="most keys held; then the one without a label for longest is forgotten"
    )
    name: str = Key("", description="what the columns' names begin with; empty: the key's, if any")


class State(NamedTuple):
    """What is remembered of the stream.

    Attributes
    ----------
    table : key_table.Table
        Keys; ``value`` is how many labels each had.
    past : float64 [rows, targets]
        Its last labels, the latest first; NaN where there was none.
    mean : float64 [rows]
        Of all of them.
    """

    table: key_table.Table
    past: np.ndarray
    mean: np.ndarray


def misfit(config: Config, task: str, labels: str, *, stamped: bool) -> str:  # noqa: ARG001 - one signature for all
    """Why the rest of the configuration does not go with it; empty where it does."""
    if task == "unsupervised":
        return "with [stream] task = 'unsupervised' there are no labels; remove it"
    if labels != "inline":
        return (
            f"with [labels] type = {labels!r} the last label is not known when the next record is "
            "predicted; remove it, or have the label in the record itself"
        )
    return ""


def build(config: Config, task: str) -> Derivation:
    """With no key held."""
    return History(config, task)


class History:
    """See :class:`streamlr.derivations.Derivation`."""

    def __init__(self, config: Config, task: str) -> None:
        self._limit = config.keys if config.key else 1
        self._targets = config.targets
        self.fields = (Field("key", config.key, "category"),) if config.key else ()
        prefix = f"{config.name or config.key}." if config.name or config.key else ""
        last = tuple(f"{prefix}past.{place}" for place in range(1, config.targets + 1))
        mean = (f"{prefix}past.mean",)
        self.numbers, self.categories = {
            "regression": (last + mean, ()),
            "binary": (mean, last),
        }.get(task, ((), last))
        self._seeds = [category_codes.seed(name) for name in self.categories]
        self.state = self._room(key_table.begin(self._limit))

    def _room(self, table: key_table.Table) -> State:
        rows = len(table.time)
        return State(table, np.full((rows, self._targets), np.nan), np.zeros(rows))

    def derive(self, rows: Rows, *, remember: bool) -> np.ndarray:
        """Look each record's past up, and add its label to it."""
        keys = as_keys(rows.columns[:, 0]) if self.fields else np.full(len(rows), _EVERY)
        past, mean = np.empty((len(rows), self._targets)), np.empty(len(rows))
        truth, done = np.ascontiguousarray(rows.truth), 0
        while True:
            rules = self._limit, remember
            done = _fused()(self.state, keys, truth, *rules, done, past, mean)
            if done == len(rows):
                return self._columns(past, mean)
            self._enlarge()

    def _columns(self, past: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Numbers, then categories."""
        if not self.categories:
            return np.column_stack([past, mean])
        codes = map(category_codes.of_column, past.T, self._seeds)
        return np.column_stack([*([mean] if self.numbers else []), *codes])

    def _enlarge(self) -> None:
        before = self.state
        self.state = self._room(key_table.enlarged(before.table, self._limit))
        self.state.past[: len(before.past)] = before.past
        self.state.mean[: len(before.mean)] = before.mean

    def arrays(self) -> dict[str, np.ndarray]:
        """The state's own arrays."""
        return state_tree.flatten(self.state)

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave, with a table as large as that one."""
        self.state = self._room(key_table.empty(len(arrays.get("table.time", ()))))
        state_tree.fill(self.state, arrays)


@functools.cache
def _fused() -> Callable[..., Any]:
    return compiling.fuse(look, {"key_table": key_table}, allocates=False)


@cold
def note(state: State, key: int, row: int, label: float) -> None:
    """A label of a key came: note it."""
    table, past = state.table, state.past
    if row == NONE:
        if lacks_room(table):
            key_table.drop(table, table.marks[OLDEST])
        row = key_table.take(table, key, key, 0.0)
        table.value[row], state.mean[row] = 0.0, 0.0
        for place in range(past.shape[1]):
            past[row, place] = np.nan
    else:
        key_table.touch(table, row, 0.0)
    table.value[row] += 1.0
    state.mean[row] += (label - state.mean[row]) / table.value[row]
    for place in range(past.shape[1] - 1, 0, -1):
        past[row, place] = past[row, place - 1]
    past[row, 0] = label


def look(  # noqa: PLR0913, PLR0917 - a template
    state: State,
    keys: np.ndarray,
    truth: np.ndarray,
    limit: int,
    remember: bool,  # noqa: FBT001
    first: int,
    past: np.ndarray,
    mean: np.ndarray,
) -> int:
    """Take records ``first`` …; the index of the first one not taken is returned; a template.

    All are taken unless the table must be enlarged first: then do so, and call again.
    """
    for index in range(first, keys.shape[0]):
        key, label = keys[index], truth[index]
        row = NONE if key == NO_KEY else key_table.find(state.table, key, key)
        learns = remember and key != NO_KEY and label == label  # noqa: PLR0124 - NaN is missing
        if learns and row == NONE and wants_room(state.table, limit):
            return index
        mean[index] = np.nan if row == NONE else state.mean[row]
        for place in range(past.shape[1]):
            past[index, place] = np.nan if row == NONE else state.past[row, place]
        if learns:
            note(state, key, row, label)
    return len(keys)
