"""One record: a flat object, its features and its label."""

import numpy as np

from streamlr.compiling import inlined
from streamlr.json_scanner import gaps, marks, nested, numbers, strings, strings_met
from streamlr.json_scanner.columns import BOOLEAN, INTEGER, NONE, REAL, STRING, Columns
from streamlr.json_scanner.gaps import Expected
from streamlr.json_scanner.instructions import Pointer
from streamlr.json_scanner.marks import CLOSE_OBJECT, QUOTE, skip_space
from streamlr.json_scanner.names import Names

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
) -> bool:
    """Read one record into its row, and return whether it was understood.

    Notes
    -----
    A field that comes twice counts as it came last, and must be of a fitting type each time.
    """
    label = known.count - 1
    opening = gaps.opening(known)
    values = row * label  # where the row's features begin
    for place in range(values, values + label):
        out.values[place] = np.nan
    kind = NONE
    integer, real = np.int64(0), 0.0
    string_start, string_end = np.int64(0), np.int64(0)

    previous = opening
    closed = False
    at = start
    while not closed:
        # whose value comes next
        if at >= end:
            return False
        if gaps.is_expected(text, at, expected, previous):
            field = expected.field[previous]
            at += expected.length[previous]
        else:
            gap = at
            at, field = gaps.read(text, gap, previous == opening, known)
            if field == gaps.INVALID:
                return False
            if field == gaps.CLOSED:
                break
            gaps.expect(text, gap, at, field, expected, previous)
        previous = field

        # the value
        mark = text[at]
        if field > label:  # nobody's
            at = nested.skip(text, at, end)
            if at == nested.INVALID:
                return False
        elif mark == QUOTE:
            string_start = at
            at = strings.skip(text, at + 1)
            if at == strings.INVALID or field != label:
                return False
            string_end = at
            kind = STRING
        elif mark > numbers.NINE:
            at, word = marks.word(text, at)
            if word == marks.NO_WORD:
                return False
            if field != label:
                out.values[values + field] = np.nan if word == marks.NULL else float(word)
            else:
                kind = NONE if word == marks.NULL else BOOLEAN
                integer = word
        else:
            at, sort, negative, digits, exponent = numbers.parse(text, at)
            if sort == numbers.REAL:
                number, exact = numbers.real(negative, digits, exponent)
                if not exact:
                    return False
                if field != label:
                    out.values[values + field] = number
                else:
                    real, kind = number, REAL
            elif sort != numbers.INTEGER:
                return False
            elif field != label:
                out.values[values + field] = numbers.whole(negative, digits)
            else:
                if digits > _LARGEST_INTEGER:
                    return False
                integer = -np.int64(digits) if negative else np.int64(digits)
                kind = INTEGER

        # the common end; others are found as gaps
        if text[at] == CLOSE_OBJECT:
            at += 1
            closed = True

    # only space until the record's end: then all that was read lay within the record
    if at > end or skip_space(text, at) < end:
        return False
    if kind == STRING:
        integer = strings_met.place(text, string_start, string_end, out, met)
    out.kind[row] = kind
    out.integer[row] = integer
    out.real[row] = real
    out.counts[kind] += 1
    return True
