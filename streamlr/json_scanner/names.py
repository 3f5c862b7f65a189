"""Whose values they are: a hash table of the names that are looked for."""

from typing import Any, NamedTuple

import numpy as np

from streamlr import category_codes
from streamlr.compiling import compiled, inlined
from streamlr.json_scanner import strings
from streamlr.json_scanner.instructions import Pointer, pointer
from streamlr.json_scanner.words import PADDING, ZERO, hashed, same
from streamlr.records import Schema

OTHERS = 128
"""How many kinds of other keys are told apart, by their hash: to foresee what follows them."""

_FREE = -1
_NOBODYS = -1
NONE = -1


class Names(NamedTuple):
    """The names of a schema: numbers, then categories, the label, and what else is read.

    Attributes
    ----------
    fields : int
        How many.
    numbers : int
        How many of them are numbers.
    label, key : int
        Which of them; -1 where there is none.
    time, texts : int
        The first that is a time, and the first that is a text: those are the last ones.
    in_text : uint8 [fields]
        Whether a number may come as a text.
    seeds : uint64 [fields]
        What tells the codes of a category from those of others.
    text : uint8
        All names in UTF-8, and padding.
    start, length : int64 [fields]
        Where each is; of no length but -1 where there is no label, which no key then is.
    slots : int64 [a power of two over twice the fields]
        Field at the slot of its hash, or at the next free one.
    last_slot : int
    spelled : uint8 [the longest name and padding]
        Where a key that is written with escapes is spelled out.
    longest : int
    """

    fields: int
    numbers: int
    label: int
    key: int
    time: int
    texts: int
    in_text: Any
    seeds: Any
    text: Any
    start: Any
    length: Any
    slots: Any
    last_slot: int
    spelled: Any
    longest: int


def table(schema: Schema) -> Names:
    """Lay the names out for the kernel, in arrays; the slots are filled there."""
    names = schema.fields
    label = len(schema.features) + len(schema.categories)
    encoded = [name.encode() for name in names]
    length = np.array([len(name) for name in encoded], np.int64)
    slots = np.full(1 << (2 * len(names)).bit_length(), _FREE)
    longest = int(length.max())
    start = np.cumsum(length) - length
    if not schema.label:
        length[label] = _NOBODYS
    return Names(
        fields=len(names),
        numbers=len(schema.features),
        label=label,
        key=label + 1 if schema.key else NONE,
        time=len(names) - len(schema.texts) - len(schema.times),
        texts=len(names) - len(schema.texts),
        in_text=np.array([name in schema.in_text for name in names], np.uint8),
        seeds=np.array([category_codes.seed(name) for name in names], np.uint64),
        text=np.frombuffer(bytearray().join([*encoded, bytes(PADDING)]), np.uint8),
        start=start,
        length=length,
        slots=slots,
        last_slot=len(slots) - 1,
        spelled=np.zeros(longest + PADDING, np.uint8),
        longest=longest,
    )


@inlined
def bare(names: Names) -> Names:
    """Return pointers to the same."""
    return Names(
        names.fields,
        names.numbers,
        names.label,
        names.key,
        names.time,
        names.texts,
        pointer(names.in_text),
        pointer(names.seeds),
        pointer(names.text),
        pointer(names.start),
        pointer(names.length),
        pointer(names.slots),
        names.last_slot,
        pointer(names.spelled),
        names.longest,
    )


@compiled
def fill(names: Names) -> None:
    """Give each name its slot, if that was not done."""
    for slot in range(names.last_slot + 1):
        if names.slots[slot] != _FREE:
            return
    for field in range(names.fields):
        if names.length[field] == _NOBODYS:
            continue
        slot = hashed(names.text, names.start[field], names.length[field]) & names.last_slot
        while names.slots[slot] != _FREE:
            slot = (slot + 1) & names.last_slot
        names.slots[slot] = field


@compiled
def find(text: Pointer, start: int, end: int, names: Names) -> int:
    """Return the field of a key as it stands in the text, without its quotes.

    Other keys are ``fields`` … ``fields + OTHERS - 1``.
    """
    length = end - start
    if strings.has_escape(text, start, end):
        length = strings.unescape(text, start, end, names.spelled, names.longest)
        text, start = names.spelled, ZERO
    code = hashed(text, start, length)
    slot = code & names.last_slot
    while names.slots[slot] != _FREE:
        field = names.slots[slot]
        if names.length[field] == length and same(
            names.text, names.start[field], text, start, length
        ):
            return field  # type: ignore[no-any-return]
        slot = (slot + 1) & names.last_slot
    return names.fields + code % OTHERS
