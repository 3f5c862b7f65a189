"""Decide once which fields are features, from the first records alone, and say what was decided.

Nothing that comes later changes it: a schema that followed the stream would look ahead, and
would move the model's weights about. A field that appears later is not read, one that vanishes is
missing.

Numbers are features as they are, also where all come as texts (``"3.14"``); objects are opened, and
their fields called ``user.age``. Other short texts are categories, and so are whole numbers whose
name says that they stand for something (``store_id``, ``weekday``); of long ones the words are
read. What could only mislead is left out: identifiers, timestamps, long texts without words, lists;
and categories and texts where numbers are compared, of an unsupervised stream.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from streamlr import deriving, paths
from streamlr.config import StreamConfig
from streamlr.errors import DataError, did_you_mean, listed
from streamlr.records import Schema

_STANDS_FOR = re.compile(
    r"airline|airport|brand|carrier|category|channel|city|class|cluster|code|country|currency|"
    r"customer|day|device|district|dow|flag|flight|gender|group|host|hour|hr|id|kind|language|line|"
    r"machine|merchant|mnth|model|month|operator|plan|plant|platform|postcode|product|region|room|"
    r"route|season|section|segment|sensor|shop|site|sku|sort|source|state|station|status|store|"
    r"street|tag|team|terminal|tier|trip|type|unit|user|vehicle|vendor|weekday|zip|zipcode|zone"
)
"""A word in the name of a whole number that makes it a category."""

_IDENTIFIES = re.compile(r"id|uuid|guid|key|index|rowid|offset|seq|sequence|serial|nr")
_TELLS_TIME = re.compile(r"time|timestamp|ts|date|datetime|epoch|created|updated|at")
_TIMESTAMP = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{2}.*)?\Z|\d{1,2}:\d{2}(:\d{2})?\Z"
)
_IN_TEXT = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?([eE][+-]?\d{1,2})?", re.ASCII)
"""A number in a text: without leading zeros, and of no more digits than a number has."""

_EPOCH_SECONDS = (3e8, 1e10)  # 1979 to 2286, and the same in milli-, micro- and nanoseconds
_LONG_TEXT = 40  # characters on average: nobody writes a category so
_SEVERAL = 3  # words: a first and a last name are not a text
_ENOUGH = 20  # values, all different, to call them identifiers


def infer(  # noqa: PLR0913 - each a table of the configuration, or what one means
    records: Sequence[Mapping[str, Any]],
    stream: StreamConfig,
    labels: Any = None,  # noqa: ANN401 - a Config
    *,
    of_history: bool = False,
    derive: Sequence[Any] = (),
    texts: bool = True,
) -> tuple[Schema, dict[str, str]]:
    """Find numeric and categorical fields.

    Parameters
    ----------
    records
        The first records of the stream.
    stream
        Names the label, fields to leave out, or all the features.
    labels
        Table of the configuration; where they come apart, records of features hold no label, but
        what joins them to it.
    of_history
        Whether each record brings its own label even then.
    derive
        Tables of the configuration; what they derive from must be there.
    texts
        Whether the model takes texts.

    Returns
    -------
    Schema
        Features and categories in the order of their first appearance.
    dict
        Field left out → why.

    Raises
    ------
    DataError
        The label, a declared feature or what a column is derived from is in none of the records, or
        no field is left.
    """
    if not records:
        message = "the stream ended before its first record: there is nothing to learn from"
        if is_apart(labels) and not of_history:
            message = (
                "the stream ended before its first record of features: with [labels] type = "
                f"'delayed' that is one that can be read and does not hold {stream.label!r}; set "
                "[stream] features if there is none"
            )
        raise DataError(message)
    seen = _values(records)
    joined_by: dict[str, str] = getattr(labels, "fields", {})
    derived_from = deriving.fields(derive, stream.task)
    named = {stream.label, *stream.categories, *stream.texts, *joined_by.values()}
    by_path = _values_by_path(records, sorted({*named, *stream.features, *derived_from} - {*seen}))
    seen |= by_path
    apart = (is_apart(labels) and not of_history) or not stream.label
    _require(stream, seen, len(records), {} if of_history else joined_by, apart=apart)
    deriving.require(derive, stream.task, seen, len(records))
    met = seen.get(stream.label, ()) if stream.label else ()
    if met and all(isinstance(label, dict | list) for label in met):
        message = (
            f"[stream] label: {stream.label!r} holds lists or objects in the first {len(records)} "
            "records; a label is a number, a text or a truth value"
        )
        raise DataError(message)
    if stream.features:
        return declared(stream), {}
    kinds = {
        name: _IGNORED if _within(name, stream.ignore) else _kind(name, values)
        for name, values in seen.items()
        if name not in named and name not in by_path
    }
    kinds |= {name: _DERIVED for name in derived_from if kinds.get(name) is _TEXT}
    instead = _NUMBERS_ONLY if stream.task == "unsupervised" else {} if texts else _NO_TEXTS
    kinds = {name: instead.get(kind, kind) for name, kind in kinds.items()}
    in_text = tuple(name for name, kind in kinds.items() if kind is _NUMBER_IN_TEXT)
    features = [name for name, kind in kinds.items() if kind in {_NUMBER, _NUMBER_IN_TEXT}]
    categories = [name for name, kind in kinds.items() if kind is _CATEGORY]
    left_out = {name: kind.why_not for name, kind in kinds.items() if kind.why_not}
    categories = [*stream.categories, *categories]
    of_itself = getattr(labels, "own_value", False)
    words = [*stream.texts, *(name for name, kind in kinds.items() if kind is _TEXT)]
    if not features and not categories and not words and not of_itself:
        more = "" if stream.task == "unsupervised" else " or categories"
        reasons = "; ".join(f"{name}: {why}" for name, why in left_out.items()) or "none at all"
        message = (
            f"no field to learn from in the first {len(records)} records (fields left out: "
            f"{reasons}); set [stream] features{more}"
        )
        raise DataError(message)
    found = Schema(
        tuple(features), stream.label, tuple(categories), in_text=in_text, texts=tuple(words)
    )
    return found, left_out


def declared(stream: StreamConfig) -> Schema:
    """The fields as they are named, where all features are."""
    return Schema(stream.features, stream.label, stream.categories, texts=stream.texts)


def _values(records: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Field → what it holds, in the order of their first appearance."""
    seen: dict[str, list[Any]] = {}
    for record in records:
        for name, value in record.items():
            values = seen.setdefault(name, [])
            if value is not None:
                values.append(value)
    return seen


def _values_by_path(
    records: Sequence[Mapping[str, Any]], wanted: Iterable[str]
) -> dict[str, list[Any]]:
    """The same of fields that are named by a path which looking for fields does not go."""
    found = {path: [paths.glimpse(record, path) for record in records] for path in wanted}
    there = {path: [one for one in values if one is not None] for path, values in found.items()}
    return {path: values for path, values in there.items() if values}


def is_apart(labels: Any) -> bool:  # noqa: ANN401 - a Config, or None
    """Whether labels come in other records than their features."""
    return getattr(labels, "type", "inline") == "delayed"


def of_features(
    records: Sequence[Mapping[str, Any]],
    label: str,
    labels: Any,  # noqa: ANN401 - as above
) -> list[Mapping[str, Any]]:
    """The records to infer from: where labels come apart, those that bring none."""
    apart = is_apart(labels)
    return [record for record in records if not apart or paths.glimpse(record, label) is None]


class _Kind(NamedTuple):
    """What a field is, and why it is left out if it is."""

    name: str
    why_not: str = ""


_NUMBER, _CATEGORY, _TEXT = _Kind("number"), _Kind("category"), _Kind("text")
_NUMBER_IN_TEXT = _Kind("number in text")
_IGNORED = _Kind("ignored", "ignored by the configuration")
_EMPTY = _Kind("empty", "empty")
_NESTED = _Kind("nested", "nested, not numbers")
_MIXED = _Kind("mixed", "mixed, not numbers; to use it, name it in [stream] categories")
_NUMBERS_ONLY = {
    _CATEGORY: _Kind("uncompared", "categories: without labels only numbers are compared"),
    _MIXED: _Kind("mixed", "mixed, not numbers"),
    _TEXT: _Kind("unread", "texts: without labels only numbers are compared"),
}
_TIMES = _Kind("times", "timestamps")
_DERIVED = _Kind("derived", "texts: derived from, and so not read as words")
_NO_TEXTS = {
    _TEXT: _Kind("unread", "texts: this model or schedule, or [labels] unlabelled, takes none")
}
_LONG = _Kind("long", "long texts without words; to read them, name it in [stream] texts")
_IDENTIFIERS = _Kind("identifiers", "identifiers: another one in each record")


def _kind(name: str, values: Sequence[Any]) -> _Kind:
    if not values:
        return _EMPTY
    unique = len({*map(str, values)}) == len(values) >= _ENOUGH
    if all(isinstance(value, bool | int | float) for value in values):
        return _kind_of_numbers(_words(name), values, unique=unique)
    if all(isinstance(value, str) for value in values):
        if all(map(_IN_TEXT.fullmatch, values)):
            return _kind_of_numbers_in_text(name, values, unique=unique)
        return _kind_of_texts(values, unique=unique)
    return _NESTED if any(isinstance(value, dict | list) for value in values) else _MIXED


def _words(name: str) -> list[str]:
    """Lower-case words of a name: ``storeId`` is of two, as is ``store_id``; of a path, its end."""
    name = name.rpartition(".")[2]
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def _kind_of_texts(values: Sequence[str], *, unique: bool) -> _Kind:
    if all(_TIMESTAMP.fullmatch(value) for value in values):
        return _TIMES
    if sum(map(len, values)) > _LONG_TEXT * len(values):
        return _TEXT if _has_words(values) else _LONG
    return (_TEXT if _has_words(values) else _IDENTIFIERS) if unique else _CATEGORY


def _has_words(values: Sequence[str]) -> bool:
    """Whether most are of several words: of ASCII by its spaces, other scripts may have none."""
    several = sum(len(text.split()) >= _SEVERAL or not text.isascii() for text in values)
    return 2 * several > len(values)


def _kind_of_numbers_in_text(name: str, values: Sequence[str], *, unique: bool) -> _Kind:
    """What they would be as numbers; but what stands for something is a text as any other."""
    kind = _kind_of_numbers(_words(name), [float(value) for value in values], unique=unique)
    if kind is _CATEGORY:
        return _kind_of_texts(values, unique=unique)
    return _NUMBER_IN_TEXT if kind is _NUMBER else kind


def _kind_of_numbers(words: list[str], values: Sequence[float], *, unique: bool) -> _Kind:
    whole = all(float(value).is_integer() for value in values)
    if any(map(_TELLS_TIME.fullmatch, words)) and _is_epoch(values):
        return _TIMES
    if whole and unique and any(map(_IDENTIFIES.fullmatch, words)):
        return _IDENTIFIERS
    switch = all(value in (0, 1) for value in values)
    if whole and not switch and any(map(_STANDS_FOR.fullmatch, words)):
        return _CATEGORY
    return _NUMBER


def _is_epoch(values: Sequence[float]) -> bool:
    low, high = _EPOCH_SECONDS
    return any(all(low <= value / unit <= high for value in values) for unit in (1, 1e3, 1e6, 1e9))


def _within(name: str, fields: Sequence[str]) -> bool:
    """Whether a field is one of these, or nested in one."""
    return any(name == field or name.startswith(f"{field}.") for field in fields)


def _opened(name: str, seen: Iterable[str]) -> bool:
    """Whether fields were found in an object of that name."""
    return any(field.startswith(f"{name}.") for field in seen)


def _require(
    stream: StreamConfig,
    seen: Mapping[str, Any],
    count: int,
    joined_by: Mapping[str, str],
    *,
    apart: bool,
) -> None:
    for key, names in (
        ("[stream] label", () if apart else (stream.label,)),
        ("[stream] features", stream.features),
        ("[stream] categories", stream.categories),
        ("[stream] texts", stream.texts),
        ("[stream] ignore", stream.ignore),
        *((f"[labels] {key}", (name,)) for key, name in joined_by.items()),
    ):
        for name in names:
            if name not in seen and not (key.endswith("ignore") and _opened(name, seen)):
                message = (
                    f"{key}: there is no field {name!r}{did_you_mean(name, seen)} in the "
                    f"first {count} records; fields there: {listed(seen, name)}"
                )
                raise DataError(message)
