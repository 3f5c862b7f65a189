"""Derived columns: which fields they need read, and where they go.

A stream's own fields are its schema. Beside them the decoder reads what is only derived from;
what the model sees are the own fields, and behind them the derived columns: numbers after the
features, categories after the categories.
"""

import functools
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from streamlr import category_codes, event_times, registry, state_tree
from streamlr.decoders.json import IN_TEXT
from streamlr.derivations import Derivation, Field, Role, Rows
from streamlr.errors import DataError, did_you_mean, listed
from streamlr.kernel import LEARN
from streamlr.labels import Events, aside
from streamlr.records import Decoded, RawBatch, Schema

Stamps = Callable[[], np.ndarray]
_Source = Callable[[Decoded, Mapping[str, np.ndarray]], np.ndarray]
"""Finds a column among records' fields and the columns derived so far."""

_A: dict[Role, str] = {"number": "a number", "category": "a category", "time": "a time"}


class Named(NamedTuple):
    """One ``[[derive]]`` table's derivation, with what messages call it."""

    title: str
    derivation: Derivation


def build(tables: Sequence[Any], task: str) -> list[Named]:
    """The derivations of a configuration, in its order."""
    return [
        Named(
            f"[[derive]] number {place} ({table.type})",
            registry.load("derivations", table.type).build(table, task),
        )
        for place, table in enumerate(tables, 1)
    ]


def fields(tables: Sequence[Any], task: str) -> tuple[str, ...]:
    """Names of all fields that are derived from."""
    return tuple(field.name for _, one in build(tables, task) for field in one.fields)


def require(
    tables: Sequence[Any], task: str, seen: Mapping[str, Sequence[Any]], count: int
) -> None:
    """Refuse to derive from fields that the first records do not have, or have otherwise.

    Parameters
    ----------
    tables, task
        As of :class:`Deriver`.
    seen
        Field → its values in the first records.
    count
        How many records those were.

    Raises
    ------
    DataError
        Naming table, key and field.
    """
    made: set[str] = set()
    for title, derivation in build(tables, task):
        for key, name, role in derivation.fields:
            if name in made:
                continue
            said = f"{title} {key} = {name!r}"
            if name not in seen:
                message = (
                    f"{said}: there is no such field{did_you_mean(name, {*seen, *made})} in the "
                    f"first {count} records; fields there: {listed(seen, name)}"
                )
                raise DataError(message)
            for value in seen[name]:
                if not _fits(value, role):
                    message = (
                        f"{said}: in the first {count} records it holds {value!r}, which is not "
                        f"{_A[role]}; name another field"
                    )
                    raise DataError(message)
        made |= {*derivation.numbers, *derivation.categories}


def _fits(value: Any, role: Role) -> bool:  # noqa: ANN401 - whatever a record holds
    if role == "number":
        in_text = isinstance(value, str) and re.search(IN_TEXT, value) is not None
        return in_text or isinstance(value, bool | int | float)
    if role == "category":
        return isinstance(value, bool | int | float | str)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        event_times.seconds(value)
    except (ValueError, OverflowError):
        return False
    return True


class Deriver:
    """The derivations of one unit of state, on the fields of one schema.

    Parameters
    ----------
    tables
        ``[[derive]]``.
    task
        By its name.
    schema
        The stream's own fields.
    joined
        The same with what the join of labels puts to them.

    Attributes
    ----------
    reads
        The fields to decode: the own ones, and those that are only derived from.
    shows
        What the model sees.
    numbers, categories
        Names of the derived columns.

    Raises
    ------
    DataError
        A field is read as what it cannot be derived from, or a column has the name of a field.
    """

    def __init__(
        self, tables: Sequence[Any], task: str, schema: Schema, joined: Schema | None = None
    ) -> None:
        joined = joined or schema
        self._derivations = build(tables, task)
        self.reads = _reading(self._derivations, schema)
        reads = self.reads
        kinds = _roles(reads.features, reads.categories, reads.times)
        self._sources: list[list[_Source]] = []
        self.numbers: tuple[str, ...] = ()
        self.categories: tuple[str, ...] = ()
        for title, derivation in self._derivations:
            sources = [_source(title, field, self.reads, kinds) for field in derivation.fields]
            self._sources.append(sources)
            made = _roles(derivation.numbers, derivation.categories)
            _require_new(title, made, {*kinds, *schema.texts, schema.label})
            kinds |= made
            self.numbers += derivation.numbers
            self.categories += derivation.categories
        numbers, categories = len(schema.features), len(schema.categories)
        first = len(self.reads.features)
        self._own = numbers + categories
        self._own_numbers = slice(0, numbers)
        self._own_categories = slice(first, first + categories)
        self._joined_numbers = len(joined.features)
        self.shows = replace(
            joined,
            features=joined.features + self.numbers,
            categories=joined.categories + self.categories,
        )
        self._warm_up()

    def _warm_up(self) -> None:
        """Compile what is compiled, or load it from the cache: the first record shall not wait."""
        nothing = np.empty((0, len(self.reads.features) + len(self.reads.categories)))
        times = {name: np.empty(0) for name in self.reads.times}
        records = Decoded(np.empty(0, np.int64), nothing, [], [], None, times)
        self.values(records, np.empty(0), remember=True)

    def own(self, decoded: Decoded) -> Decoded:
        """Records without what is only derived from."""
        if decoded.values.shape[1] == self._own:
            return decoded
        return replace(decoded, values=np.hstack(self._split(decoded)))

    def _split(self, decoded: Decoded) -> tuple[np.ndarray, np.ndarray]:
        values = decoded.values
        return values[:, self._own_numbers], values[:, self._own_categories]

    def complete(self, events: Events, decoded: Decoded, raw: RawBatch) -> Events:
        """Put the derived columns to the records that are predicted.

        Parameters
        ----------
        events
            Made of the own fields of those records that can be used.
        decoded
            The records, with all fields read.
        raw
            As they came, for the broker's timestamps.
        """
        if not self._derivations:
            return events
        kept, told = events.decoded.rows, events.event != LEARN
        place = np.arange(len(kept)) if events.place is None else events.place
        asked = decoded.without([], np.isin(decoded.rows, kept[place[told]]))
        stamps = functools.partial(aside.times, asked, raw, None)  # the broker's
        made = self._derived(asked, events.truth[told], stamps, remember=True)
        own, numbers = events.decoded.values[place[told]], self._joined_numbers
        values = self._beside(own[:, :numbers], own[:, numbers:], made)
        whole = np.full((len(kept), values.shape[1]), np.nan)
        whole[place[told]] = values
        return replace(events, decoded=replace(events.decoded, values=whole))

    def values(
        self,
        decoded: Decoded,
        truth: np.ndarray,
        stamps: Stamps | None = None,
        *,
        remember: bool,
    ) -> np.ndarray:
        """What the model sees of records.

        Parameters
        ----------
        decoded
            With all fields read.
        truth, stamps, remember
            As of :class:`streamlr.derivations.Rows`; without stamps, no record has any.
        """
        made = self._derived(decoded, truth, stamps, remember=remember)
        return self._beside(*self._split(decoded), made)

    def _derived(
        self, decoded: Decoded, truth: np.ndarray, stamps: Stamps | None, *, remember: bool
    ) -> Mapping[str, np.ndarray]:
        """The derived columns, by their names."""
        made: dict[str, np.ndarray] = {}
        count = len(decoded.rows)
        for (_, derivation), sources in zip(self._derivations, self._sources, strict=True):
            columns = np.empty((count, len(sources)))
            for place, source in enumerate(sources):
                columns[:, place] = source(decoded, made)
            rows = Rows(columns, truth, stamps or (lambda: np.full(count, np.nan)))
            names = derivation.numbers + derivation.categories
            made |= zip(names, derivation.derive(rows, remember=remember).T, strict=True)
        return made

    def _beside(
        self, numbers: np.ndarray, categories: np.ndarray, made: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Derived columns behind those of their kind."""
        derived = [[made[name] for name in names] for names in (self.numbers, self.categories)]
        return np.column_stack([numbers, *derived[0], categories, *derived[1]])

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that the derivations remember, not copied."""
        return {
            f"{place}.{name}": array
            for place, (_, derivation) in enumerate(self._derivations)
            for name, array in derivation.arrays().items()
        }

    def fill(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Be what ``arrays`` gave.

        Raises
        ------
        ValueError
            An array is missing, left over, or of another type.
        """
        for place, (_, derivation) in enumerate(self._derivations):
            derivation.fill(state_tree.below(arrays, f"{place}."))


def _reading(derivations: Sequence[Named], own: Schema) -> Schema:
    """The own fields, and each other one in the role by which all can be had that is wanted.

    A number that is only derived from may come as a text.
    """
    known = {*own.features, *own.categories}
    roles: dict[str, list[Role]] = {}
    for _, derivation in derivations:
        for field in derivation.fields:
            if field.name not in known:
                roles.setdefault(field.name, []).append(field.role)
        known |= {*derivation.numbers, *derivation.categories}
    chosen = {name: "number" if "number" in wanted else wanted[0] for name, wanted in roles.items()}
    numbers, categories, times = (
        tuple(name for name, role in chosen.items() if role == wanted) for wanted in _A
    )
    return replace(
        own,
        features=own.features + numbers,
        categories=own.categories + categories,
        times=own.times + times,
        in_text=own.in_text + numbers,
    )


def _roles(*fields: tuple[str, ...]) -> dict[str, Role]:
    """Field → its role, of numbers, categories and times."""
    return {name: role for role, names in zip(_A, fields, strict=False) for name in names}


def _source(title: str, field: Field, reads: Schema, kinds: Mapping[str, Role]) -> _Source:
    """What finds a field's column, in the role that is wanted."""
    name, held = field.name, kinds[field.name]
    convert = _converter(title, field, held)
    fields = (*reads.features, *reads.categories)
    place = fields.index(name) if name in fields else -1

    def find(decoded: Decoded, made: Mapping[str, np.ndarray]) -> np.ndarray:
        if place >= 0:
            return convert(decoded.values[:, place])
        return convert(made[name] if name in made else decoded.times[name])

    return find


def _converter(title: str, field: Field, held: Role) -> Callable[[np.ndarray], np.ndarray]:
    """What makes one role of another.

    Raises
    ------
    DataError
        There is no way.
    """
    if held == field.role:
        return np.asarray
    if held == "number":
        if field.role == "time":
            return event_times.of_numbers
        seed = category_codes.seed(field.name)
        return lambda numbers: category_codes.of_column(numbers, seed)
    message = (
        f"{title} {field.key} = {field.name!r}: that is read as {_A[held]}, and here "
        f"{_A[field.role]} is wanted; name another field, or name it in [stream] ignore, so that "
        "it is read for this alone"
    )
    raise DataError(message)


def _require_new(title: str, names: Iterable[str], taken: Container[str]) -> None:
    for name in names:
        if name in taken:
            message = (
                f"{title} makes a column {name!r}, and there is one of that name; set its name"
            )
            raise DataError(message)
