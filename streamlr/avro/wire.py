"""The wire format of schema registries: a zero byte, the schema's id, the body.

The id is four bytes, the highest first. Confluent's clients write it, and those of the registries
that are compatible with it.
"""

import struct
from collections.abc import Iterable

from streamlr.avro import RefusedError

MAGIC = 0
BODY = 5
"""Where the body begins."""

_HEADER = struct.Struct(">BI")


def schema_id(record: bytes) -> int:
    """The id of the schema that a record was written with.

    Raises
    ------
    RefusedError
        It does not begin as the wire format does.

    Examples
    --------
    >>> schema_id(bytes([0, 0, 0, 1, 44, 2]))
    300
    """
    if len(record) < BODY:
        detail = f"{len(record)} bytes: a zero byte and a schema's id, which come first, are five"
        raise RefusedError("malformed", detail)
    magic, found = _HEADER.unpack_from(record)
    if magic != MAGIC:
        raise RefusedError(
            "malformed",
            f"it begins with the byte 0x{magic:02x}{_looks_like(record)}, not with the zero byte "
            "that comes before a schema's id",
        )
    return int(found)


def is_marked(record: bytes) -> bool:
    """Whether it begins as the wire format does. A bare body may, too."""
    return len(record) >= BODY and record[0] == MAGIC


def ids(records: Iterable[bytes | None]) -> list[int]:
    """The ids of those that have one, each once, in the order they are met."""
    found: dict[int, None] = {}
    for record in records:
        if record is not None and is_marked(record):
            found[_HEADER.unpack_from(record)[1]] = None
    return list(found)


def _looks_like(record: bytes) -> str:
    return " (as JSON does)" if record[:1] in {b"{", b"["} else ""
