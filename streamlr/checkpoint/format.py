"""The checkpoint's format: safetensors, with a header in JSON. Decoding one runs no code.

Arrays are the state tree's leaves under their dotted names, and, under ``python.``, what components
keep outside the kernel; there a River object is a pickle, as bytes, which nobody reads but where
``[checkpoint] allow_pickle`` is set. The header (metadata key ``streamlr``) holds what is not an
array, and a checksum over everything. The same state at the same offsets is the same bytes: no
clock, no host name, no path is in it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from streamlr.checkpoint.decisions import Decision
from streamlr.records import Schema

VERSION = 3
_KEY = "streamlr"


class UnreadableError(Exception):
    """The bytes are not a checkpoint that this version reads; the message says why."""


class WarmStart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the history of ``[warm_start]`` stands.

    Attributes
    ----------
    history
        The file, as the configuration calls it.
    position
        Number of the next record to learn.
    ended
        Whether it was left behind for the stream.
    """

    history: str
    position: int
    ended: bool


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is not an array.

    Attributes
    ----------
    pipeline
        The configuration's ``name``.
    components
        Table of the configuration → its settings: a state fits those it was made with only.
    features, categories, label, in_text, texts
        The schema.
    classes
        Labels in the order of their class indices.
    positions
        Partition → offset of the next record to read.
    marks
        Sink's table → where its output stood.
    topics
        Names of the topics whose partitions the positions number, where there are several.
    warm_start
        None where the pipeline began without one.
    skipped
        Records that were left out to catch up, by offsets.
    withheld
        Predictions that were made and not emitted, to catch up.
    decisions
        The latest drift alarms and changes of the learning rate.
    """

    pipeline: str
    components: dict[str, dict[str, Any]]
    features: tuple[str, ...]
    categories: tuple[str, ...]
    label: str
    classes: tuple[Any, ...]
    positions: dict[int, int]
    marks: dict[str, dict[str, int]]
    in_text: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    warm_start: WarmStart | None = None
    skipped: int = 0
    withheld: int = 0
    decisions: tuple[Decision, ...] = ()


def schema_of(header: Header) -> Schema:
    """The stream's own fields."""
    return Schema(
        header.features,
        header.label,
        header.categories,
        in_text=header.in_text,
        texts=header.texts,
    )


class _Envelope(msgspec.Struct, frozen=True):
    version: int
    checksum: str
    header: msgspec.Raw


def encode(header: Header, arrays: Mapping[str, np.ndarray]) -> bytes:
    """One file's bytes."""
    body = msgspec.json.encode(header)
    envelope = _Envelope(VERSION, _checksum(body, arrays), msgspec.Raw(body))
    metadata = {_KEY: msgspec.json.encode(envelope).decode()}
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}  # views are not
    return safetensors.numpy.save(whole, metadata)


def decode(data: bytes) -> tuple[Header, dict[str, np.ndarray]]:
    """Header and arrays of a file.

    Raises
    ------
    UnreadableError
        It is cut short or altered, or of another version.
    """
    try:
        arrays = safetensors.numpy.load(data)
        length = int.from_bytes(data[:8], "little")
        metadata = msgspec.json.decode(data[8 : 8 + length])["__metadata__"]
        envelope = msgspec.json.decode(metadata[_KEY], type=_Envelope)
    except (SafetensorError, msgspec.MsgspecError, KeyError) as error:
        message = f"it is damaged ({error})"
        raise UnreadableError(message) from error
    if envelope.version != VERSION:
        message = f"it is of format {envelope.version}, this streamlr reads format {VERSION}"
        raise UnreadableError(message)
    if envelope.checksum != _checksum(bytes(envelope.header), arrays):
        message = "its checksum does not match: it was altered or damaged"
        raise UnreadableError(message)
    try:
        return msgspec.json.decode(envelope.header, type=Header), arrays
    except msgspec.MsgspecError as error:
        message = f"its header is not of this version ({error})"
        raise UnreadableError(message) from error


def _checksum(body: bytes, arrays: Mapping[str, np.ndarray]) -> str:
    hasher = hashlib.blake2b(body, digest_size=16)
    for name in sorted(arrays):
        array = arrays[name]
        hasher.update(f"\n{name} {array.dtype} {array.shape}\n".encode())
        hasher.update(np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()
