"""One record: a flat object, its features, its label, its key and its times."""

import numpy as np

from streamlr import category_codes, event_times, record_keys
from streamlr.compiling import compiled, inlined
from streamlr.json_scanner import gaps, marks, names, nested, numerals, strings, strings_met
from streamlr.json_scanner.columns import BOOLEAN, INTEGER, NONE, REAL, STRING, Columns
from streamlr.json_scanner.gaps import Expected
from streamlr.json_scanner.instructions import Pointer
from streamlr.json_scanner.marks import CLOSE_OBJECT, QUOTE, skip_space
from streamlr.json_scanner.names import Names
from streamlr.json_scanner.words import ZERO
from streamlr.record_keys import HALVES

_LARGEST_INTEGER = np.uint64(2**63 - 1)


@inlined
def read(
    text: Pointer,
    start: int,
    end: int,
    known: Names,
    expected: Expected,
    met: Pointer,
    out: Columns,
    row: int,
) -> None:
    """Read one record into its row, if it is understood.

    Notes
    -----
    A field that comes twice counts as it came last, and must be of a fitting type each time.
    """
    label = known.label
    opening = gaps.opening(known)
    values = row * label  # where the row's features begin
    out.understood[row] = 0
    out.kind[row] = NONE
    for place in range(values, values + label):
        out.values[place] = np.nan
    if known.key != names.NONE:
        out.key[HALVES * row] = out.key[HALVES * row + 1] = record_keys.NOTHING
    # where its times and texts begin, less the first field that is one
    times = row * (known.texts - known.time) - known.time
    texts = row * (known.fields - known.texts) - known.texts
    for place in range(times + known.time, times + known.texts):
        out.time[place] = np.nan
    kind = NONE
    integer, real = ZERO, 0.0
    string_start, string_end = ZERO, ZERO

    previous = opening
    closed = False
    at = start
    while not closed:
        # whose value comes next
        if gaps.is_expected(text, at, expected, previous):
            field = expected.field[previous]
            at += expected.length[previous]
        else:
            gap = at
            at, field = gaps.read(text, gap, previous == opening, known)
            if field == gaps.INVALID:
                return
            if field == gaps.CLOSED:
                break
            gaps.expect(text, gap, at, field, expected, previous)
        previous = field

        # the value
        mark = text[at]
        if field > label:
            if field == known.key:
                at = _key(text, at, out, row)
            elif field < known.texts:
                at = _time(text, at, out, times + field)
            elif field < known.fields:
                at = _text(text, at, out, texts + field)
            else:  # nobody's
                at = nested.skip(text, at)
            if at == nested.INVALID:
                return
        elif mark == QUOTE:
            first = at + 1
            at = strings.skip(text, first)
            if at == strings.INVALID:
                return
            if field < known.numbers:
                if known.in_text[field] == 0:
                    return
                after, out.values[values + field] = _number(text, first)
                if after != at - 1:
                    return
            elif field == label:
                string_start, string_end = first - 1, at
                kind = STRING
            else:
                if strings.has_escape(text, first, at - 1):
                    return
                code = category_codes.of_text(text, first, at - 1 - first, known.seeds[field])
                out.values[values + field] = code
        elif mark > numerals.NINE:
            at, word = marks.word(text, at)
            if word == marks.NO_WORD:
                return
            if field != label:
                number = np.nan if word == marks.NULL else float(word)
                if field >= known.numbers and word != marks.NULL:
                    number = category_codes.of_number(number, known.seeds[field])
                out.values[values + field] = number
            else:
                kind = NONE if word == marks.NULL else BOOLEAN
                integer = word
        else:
            at, sort, negative, digits, exponent = numerals.parse(text, at)
            if sort == numerals.NO_NUMBER:
                return
            if sort == numerals.INTEGER:
                number, exact = numerals.whole(negative, digits), True
            elif sort == numerals.REAL:
                number, exact = numerals.real(negative, digits, exponent)
            else:
                number, exact = numerals.long(negative, digits, exponent)
            if field != label:
                if not exact:
                    return
                if field >= known.numbers:
                    number = category_codes.of_number(number, known.seeds[field])
                out.values[values + field] = number
            elif sort == numerals.INTEGER:
                if digits > _LARGEST_INTEGER:
                    return
                integer = int(np.int64(digits))
                integer = -integer if negative else integer
                kind = INTEGER
            else:
                if not exact or sort == numerals.LONG_INTEGER:
                    return
                real, kind = number, REAL

        # the common end; others are found as gaps
        if text[at] == CLOSE_OBJECT:
            at += 1
            closed = True

    # nothing but space until the record's end
    if skip_space(text, at) != end:
        return
    if kind == STRING:
        integer = strings_met.place(text, string_start, string_end, out, met)
    out.kind[row] = kind
    out.integer[row] = integer
    out.real[row] = real
    out.counts[kind] += 1
    out.understood[row] = 1


@compiled
def _number(text: Pointer, at: int) -> tuple[int, float]:
    """Return where a number ends, and what it is; INVALID where there is none that is exact."""
    at, sort, negative, digits, exponent = numerals.parse(text, at)
    number, exact = 0.0, False
    if sort == numerals.INTEGER:
        number, exact = numerals.whole(negative, digits), True
    elif sort == numerals.REAL:
        number, exact = numerals.real(negative, digits, exponent)
    return (at if exact else nested.INVALID), number


@compiled
def _key(text: Pointer, at: int, out: Columns, row: int) -> int:
    """Read a key, a plain text or an integer; return where it ends, or INVALID."""
    first = at
    if text[at] == QUOTE:
        at = strings.skip(text, at + 1)
        if at == strings.INVALID or strings.has_escape(text, first, at):
            return nested.INVALID
        record_keys.of_text(text, first + 1, at - first - 2, out.key, HALVES * row)
        return at
    if text[at] > numerals.NINE:
        at, word = marks.word(text, at)
        out.key[HALVES * row] = out.key[HALVES * row + 1] = record_keys.NOTHING
        return at if word == marks.NULL else nested.INVALID
    at, sort, _, _, _ = numerals.parse(text, at)
    if sort not in (numerals.INTEGER, numerals.LONG_INTEGER):
        return nested.INVALID
    record_keys.of_text(text, first, at - first, out.key, HALVES * row)
    return at


@compiled
def _text(text: Pointer, at: int, out: Columns, place: int) -> int:
    """Note where a text stands; return where its value ends, or INVALID."""
    first = at + 1
    if text[at] == QUOTE:
        at = strings.skip(text, first)
        if at == strings.INVALID:
            return nested.INVALID
        out.text_start[place], out.text_length[place] = first, at - 1 - first
        return at
    at, word = marks.word(text, at)
    out.text_length[place] = 0
    return at if word == marks.NULL else nested.INVALID


@compiled
def _time(text: Pointer, at: int, out: Columns, place: int) -> int:
    """Read a time, a number or a text; return where it ends, or INVALID."""
    first = at
    if text[at] == QUOTE:
        at = strings.skip(text, at + 1)
        if at == strings.INVALID:
            return nested.INVALID
        out.time[place] = event_times.of_text(text, first + 1, at - 1)
        return at if out.time[place] == out.time[place] else nested.INVALID
    if text[at] > numerals.NINE:
        at, word = marks.word(text, at)
        out.time[place] = np.nan
        return at if word == marks.NULL else nested.INVALID
    at, number = _number(text, at)
    out.time[place] = event_times.of_number(number)
    return at
