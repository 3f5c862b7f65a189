"""Nested values by path: ``user.age`` is ``age`` within ``user``, ``items.0.price`` within a list.

A field whose own name is the whole path, or the beginning of it, comes first.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_LEVELS = 2
"""Objects within objects that are opened up, for whoever looks for fields."""


def is_path(name: str) -> bool:
    """Whether a field's name may be a path."""
    return "." in name


def find(record: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - whatever is there
    """The value at a path; None where an object or list on the way lacks it.

    Raises
    ------
    ValueError
        What is on the way is neither.

    Examples
    --------
    >>> record = {"user": {"age": 7}, "items": [{"price": 2.5}], "a.b": {"c": 1}}
    >>> [find(record, path) for path in ("user.age", "items.0.price", "items.1", "a.b.c")]
    [7, 2.5, None, 1]
    """
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        if name in record:
            return _within(record[name], name, parts[count:])
    return None


def _within(value: Any, name: str, parts: list[str]) -> Any:  # noqa: ANN401 - as above
    for part in parts:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list):
            place = int(part) if part.isdecimal() else len(value)
            value = value[place] if place < len(value) else None
        elif value is None:
            return None
        else:
            message = f"{name!r} holds {value!r}, and {part!r} is looked for within it"
            raise ValueError(message)
        name = f"{name}.{part}"
    return value


def glimpse(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - as above
    """The value of a field, by its name or path; None where there is none."""
    if not is_path(name):
        return record.get(name)
    try:
        return find(record, name)
    except ValueError:
        return None


def opened(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record's objects as fields of their own; lists, and what is nested deeper, as they are.

    Examples
    --------
    >>> opened({"user": {"age": 7, "at": {"zip": "x"}}, "user.age": 8, "items": [1]})
    {'user.age': 8, 'user.at.zip': 'x', 'items': [1]}
    """
    return {**dict(_opened(record, "", _LEVELS)), **_flat(record)}


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if not isinstance(value, Mapping)}


def _opened(record: Mapping[str, Any], prefix: str, levels: int) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, Mapping) and levels:
            yield from _opened(value, f"{prefix}{name}.", levels - 1)
        else:
            yield prefix + name, value
