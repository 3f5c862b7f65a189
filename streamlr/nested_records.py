"""Nested JSON → flat records of msgspec, read in one go where the fields stand as they mostly do.

A path's objects are Structs within Structs, so that msgspec looks for what is wanted alone. A
record that does not fit them, or that has a path for a field's own name, is read as a whole and
looked through: ten times slower, and what counts.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from streamlr import paths

_ANY = msgspec.json.Decoder(dict[str, Any])
_ABSENT = msgspec.Raw | msgspec.UnsetType

Read = Callable[[bytes], msgspec.Struct]


class _Object(NamedTuple):
    """An object that fields are in.

    Attributes
    ----------
    struct
        What msgspec makes of it.
    leaves
        Places of its own fields among those of the record.
    objects
        Those within it, each with the name of its attribute.
    """

    struct: type[msgspec.Struct]
    leaves: list[int]
    objects: "list[tuple[str, _Object]]"


def reader(record: type[msgspec.Struct]) -> Read:
    """What reads a record whose fields' names may be paths.

    Parameters
    ----------
    record
        Of flat fields, each with a default.
    """
    fields = msgspec.structs.fields(record)
    nested = [field.encode_name for field in fields if paths.is_path(field.encode_name)]

    def look_through(value: bytes, why: msgspec.ValidationError | None = None) -> msgspec.Struct:
        try:
            whole = _ANY.decode(value)
        except msgspec.ValidationError as error:
            raise why or error from None  # the former names the field
        return converted(whole, record, nested)

    tree: dict[str, Any] = {}
    for place, field in enumerate(fields):
        if not _put(tree, field.encode_name.split("."), place):
            return look_through
    own = [(f"own{at}", _ABSENT, _named(name, msgspec.UNSET)) for at, name in enumerate(nested)]
    whole = _object(tree, fields, own)
    decode = msgspec.json.Decoder(whole.struct).decode
    named_so = attrgetter(*(name for name, *_ in own), "__class__")
    ordinary = (*[msgspec.UNSET] * len(own), whole.struct)
    order: list[int] = []
    gather = _gatherer(whole, order)
    places = [order.index(place) for place in range(len(fields))]

    def read(value: bytes) -> msgspec.Struct:
        try:
            found = decode(value)
        except msgspec.ValidationError as error:
            return look_through(value, error)
        if named_so(found) != ordinary:
            return look_through(value)
        values: list[Any] = []
        gather(found, values)
        return record(*[values[place] for place in places])

    return read


def converted(
    fields: dict[str, Any], record: type[msgspec.Struct], nested: list[str]
) -> msgspec.Struct:
    """A record of what was read of it already, whatever that is.

    Parameters
    ----------
    fields
        Name → value; those found by path are added.
    record
        Of flat fields.
    nested
        Names that may be paths.

    Raises
    ------
    msgspec.ValidationError
        A field holds what it may not.
    """
    try:
        fields |= {path: paths.find(fields, path) for path in nested}
        return msgspec.convert(fields, record)
    except msgspec.ValidationError:
        raise
    except (ValueError, OverflowError) as error:  # an integer beyond all floats is the latter
        raise msgspec.ValidationError(str(error)) from error


def _put(tree: dict[str, Any], parts: list[str], place: int) -> bool:
    """Put a field where it is; False where the path is a list's, or ends where another goes on."""
    *objects, last = parts
    for part in objects:
        within: Any = tree.setdefault(part, {})
        if not isinstance(within, dict):
            return False
        tree = within
    if last in tree or any(map(str.isdecimal, parts[1:])):
        return False
    tree[last] = place
    return True


def _named(name: str, default: Any) -> Any:  # noqa: ANN401 - msgspec's
    return msgspec.field(default=default, name=name)


def _object(tree: dict[str, Any], fields: Any, more: list[Any]) -> _Object:  # noqa: ANN401 - msgspec's
    leaves, objects, attributes = [], [], list(more)
    for number, (name, within) in enumerate(tree.items()):
        attribute = f"f{number}"
        if isinstance(within, dict):
            objects.append((attribute, _object(within, fields, [])))
            kind = objects[-1][1].struct | None
        else:
            leaves.append(within)
            kind = fields[within].type
        attributes.append((attribute, kind, _named(name, None)))
    struct = msgspec.defstruct("Object", attributes, gc=False)
    return _Object(struct, leaves, objects)


def _gatherer(of: _Object, order: list[int]) -> Callable[[Any, list[Any]], None]:
    """What adds an object's leaves to a list, in the order that is told."""
    order += of.leaves
    within = {name for name, _ in of.objects}
    leaves = [
        field.name
        for field in msgspec.structs.fields(of.struct)
        if field.name not in within and not field.name.startswith("own")
    ]
    own = attrgetter(*leaves, "__class__") if leaves else None
    parts = [(attrgetter(name), one.struct(), _gatherer(one, order)) for name, one in of.objects]

    def gather(found: Any, values: list[Any]) -> None:  # noqa: ANN401 - a Struct
        if own is not None:
            values += own(found)[:-1]
        for get, empty, add in parts:
            add(get(found) or empty, values)

    return gather
