"""A compiled scanner for records of CSV: one pass over the bytes, straight into columns.

It reads what is plain: no quotes, as many cells as the header names, numbers as JSON writes them,
texts in ASCII. All else is left unread, for a slower reader to read or to reject; the two agree on
what this one reads.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from streamlr import category_codes, compiling, event_times, record_keys
from streamlr.compiling import compiled, inlined
from streamlr.json_scanner import columns, instructions, numerals, strings_met
from streamlr.json_scanner.columns import NONE, STRING, STRINGS, Columns
from streamlr.json_scanner.instructions import Pointer, Word
from streamlr.json_scanner.scanner import Scanned, joined
from streamlr.json_scanner.words import ZERO
from streamlr.record_keys import HALVES
from streamlr.records import Schema
from streamlr.tokens import Tokeniser

_SPACE, _QUOTE, _NEWLINE, _RETURN, _LETTERS, _ASCII = 32, 34, 10, 13, 65, 128
_IGNORED = -1
INVALID = -1
_NOT_FINITE = tuple(b"iInN")  # what infinity and NaN begin with
_STAGES = {
    "category_codes": category_codes,
    "columns": columns,
    "instructions": instructions,
    "strings_met": strings_met,
}


class Plan(NamedTuple):
    """What to make of the columns.

    Attributes
    ----------
    field : int64 [columns]
        Field that a column is: numbers, categories, the label, the key, times, texts; -1 for none.
    seeds : uint64 [fields]
        What tells the codes of a category from those of others.
    numbers : int
        How many fields are numbers.
    label, key : int
        Which fields they are; -1 for none.
    time, times : int
        The first field that is a time, and how many are.
    texts : int
        The first field that is a text: the last ones are.
    separator : int
        Code of the byte between two cells.
    """

    field: np.ndarray
    seeds: np.ndarray
    numbers: int
    label: int
    key: int
    time: int
    times: int
    texts: int
    separator: int


class CsvScanner:
    """Reads the fields of one schema; one thread at a time.

    Parameters
    ----------
    schema
        Which columns are wanted.
    header
        The columns there are.
    separator
        One byte.
    """

    def __init__(self, schema: Schema, header: Sequence[str], separator: bytes) -> None:
        wanted = schema.fields
        self._schema = schema
        places = {name: place for place, name in enumerate(wanted)}
        if not schema.label:  # nor is a column without a name one
            places = {name: place for name, place in places.items() if name in schema.named}
        self._plan = Plan(
            field=np.array([places.get(name, _IGNORED) for name in header], np.int64),
            seeds=np.array([category_codes.seed(name) for name in wanted], np.uint64),
            numbers=len(schema.features),
            label=len(schema.features) + len(schema.categories),
            key=places[schema.key] if schema.key else _IGNORED,
            time=len(wanted) - len(schema.texts) - len(schema.times),
            times=len(schema.times),
            texts=len(wanted) - len(schema.texts),
            separator=separator[0],
        )
        self._tokeniser = Tokeniser(schema) if schema.texts else None
        self._room = strings_met.room()
        self._scan = compiling.fuse(scan, _STAGES)
        if not instructions.COMPILED:  # words wrap around, of which NumPy would warn
            self._scan = np.errstate(over="ignore")(self._scan)
        self.scan([b"\n"])

    def scan(self, records: Sequence[bytes]) -> Scanned:
        """Read all records that are plain; labels are text."""
        text, lengths = joined(records)
        out = columns.room(len(lengths), self._schema)
        letters = np.frombuffer(text, np.uint8)
        self._scan(letters, lengths, self._plan, self._room, out)
        met = out.counts[STRINGS]
        ends = zip(out.string_start[:met].tolist(), out.string_end[:met].tolist(), strict=True)
        names = np.array([text[start:end].decode() for start, end in ends] + [None], object)
        labels = names[np.where(out.kind == STRING, out.integer, met)]
        keys = out.key if self._schema.key else None
        times = dict(zip(self._schema.times, out.time.T, strict=True))
        unread = np.flatnonzero(out.understood == 0)
        tokens = None
        if self._tokeniser is not None:
            where = out.text_start, out.text_length
            tokens = self._tokeniser.of_bytes(letters, *where, escaped=False)
        return Scanned(out.values, labels.tolist(), unread, keys, times, tokens)


def scan(
    text: np.ndarray, lengths: np.ndarray, plan: Plan, room_for_strings: np.ndarray, out: Columns
) -> None:
    """Read the records; a template.

    Parameters
    ----------
    text : uint8
        The records one after the other, a zero byte after each, and padding.
    lengths : int64 [records]
        Bytes of each.
    plan
        What to make of the columns.
    room_for_strings
        To work in.
    out
        To be filled.
    """
    letters = instructions.pointer(text)
    met = instructions.pointer(room_for_strings)
    filled = columns.bare(out)
    strings_met.forget(met)
    start = ZERO
    for row in range(len(lengths)):
        first, last = read(letters, start, start + lengths[row], plan, filled, row)
        filled.kind[row] = NONE
        filled.understood[row] = 0 if first == INVALID else 1
        if last > first:
            filled.integer[row] = strings_met.place(letters, first, last, filled, met)
            filled.kind[row] = STRING
            filled.counts[STRING] += 1
        start += lengths[row] + 1


@inlined
def _cell_end(text: Pointer, at: int, end: int, separator: int) -> int:
    """Return where a cell of plain text ends, or that it is not plain."""
    while at < end and text[at] != separator:
        if text[at] == _QUOTE or text[at] >= _ASCII or text[at] == _NEWLINE:
            return INVALID
        at += 1
    return at


@inlined
def _number(text: Pointer, at: int) -> tuple[int, float]:
    """Return where a number ends and what it is; INVALID where there is none that is plain."""
    at, sort, negative, digits, exponent = numerals.parse(text, at)
    if sort == numerals.INTEGER:
        return at, numerals.whole(negative, digits)
    if sort == numerals.REAL:
        number, exact = numerals.real(negative, digits, exponent)
    elif sort == numerals.NO_NUMBER:
        return INVALID, 0.0
    else:
        number, exact = numerals.long(negative, digits, exponent)
    return (at if exact else INVALID), number


@inlined
def _cell(text: Pointer, at: int, stop: int, seed: Word) -> tuple[int, float]:
    """Return where a categorical cell's number or text ends, and its code."""
    if stop == at:
        return stop, np.nan
    if text[at] >= _LETTERS and text[at] not in _NOT_FINITE:
        return stop, category_codes.of_text(text, at, stop - at, seed)
    after, number = _number(text, at)
    return after, category_codes.of_number(number, seed)


@compiled
def _seconds(text: Pointer, at: int, stop: int) -> float:
    """Return the time that a cell holds; NaN where it holds none that is plain."""
    if stop == at:
        return np.nan
    after, number = _number(text, at)
    return event_times.of_number(number) if after == stop else event_times.of_text(text, at, stop)


@inlined
def _past_spaces(text: Pointer, at: int, end: int, separator: int) -> int:
    while at < end and text[at] == _SPACE and separator != _SPACE:
        at += 1
    return at


@inlined
def _numeric(text: Pointer, at: int, end: int, separator: int) -> tuple[int, float]:
    """Return where a numeric cell ends, and what it is: NaN where it is empty."""
    at = _past_spaces(text, at, end, separator)
    if at >= end or text[at] == separator:
        return at, np.nan
    at, number = _number(text, at)
    if at != INVALID:
        at = _past_spaces(text, at, end, separator)
        if at < end and text[at] != separator:
            at = INVALID
    return at, number


@compiled
def read(  # noqa: C901, PLR0913, PLR0917 - a tuple of them would be made for each record
    text: Pointer, start: int, end: int, plan: Plan, out: Columns, row: int
) -> tuple[int, int]:
    """Read a record from ``start`` to ``end``; return where its label stands, or INVALID twice."""
    label = plan.label
    while end > start and (text[end - 1] == _NEWLINE or text[end - 1] == _RETURN):
        end -= 1
    at, label_start, label_end = start - 1, start, start
    for column in range(plan.field.shape[0]):
        field = plan.field[column]
        if at >= end:
            return INVALID, INVALID
        at += 1  # past the separator
        if _IGNORED < field < plan.numbers:
            at, out.values[row * label + field] = _numeric(text, at, end, plan.separator)
        else:
            first, at = at, _cell_end(text, at, end, plan.separator)
            if at != INVALID and field == label:
                label_start, label_end = first, at
            elif at != INVALID and field == plan.key != _IGNORED:
                record_keys.of_text(text, first, at - first, out.key, HALVES * row)
            elif at != INVALID and field >= plan.texts:
                place = row * (plan.seeds.shape[0] - plan.texts) + field - plan.texts
                out.text_start[place], out.text_length[place] = first, at - first
            elif at != INVALID and field >= plan.time:
                time = _seconds(text, first, at)
                out.time[row * plan.times + field - plan.time] = time
                if at > first and np.isnan(time):
                    at = INVALID
            elif at != INVALID and field != _IGNORED:
                stop, out.values[row * label + field] = _cell(text, first, at, plan.seeds[field])
                at = at if stop == at else INVALID
        if at == INVALID:
            return INVALID, INVALID
    return (label_start, label_end) if at == end > start else (INVALID, INVALID)
