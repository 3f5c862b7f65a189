"""The kernel: every record of a poll, one after the other.

:func:`scan` is the template that :func:`streamlr.compiling.fuse` compiles and keeps on disk.
"""

import numpy as np

from streamlr.json_scanner import columns, gaps, instructions, names, record, strings_met
from streamlr.json_scanner.columns import Columns
from streamlr.json_scanner.gaps import Expected
from streamlr.json_scanner.names import Names
from streamlr.json_scanner.words import ZERO


def scan(
    text: np.ndarray,
    lengths: np.ndarray,
    fields: Names,
    room_for_gaps: Expected,
    room_for_strings: np.ndarray,
    out: Columns,
) -> None:
    """Read the records.

    Parameters
    ----------
    text : uint8
        The records one after the other, a zero byte after each, and padding.
    lengths : int64 [records]
        Bytes of each.
    fields
        The features, and the label last.
    room_for_gaps, room_for_strings
        To work in.
    out
        To be filled.
    """
    letters = instructions.pointer(text)
    known = names.bare(fields)
    expected = gaps.bare(room_for_gaps)
    met = instructions.pointer(room_for_strings)
    filled = columns.bare(out)

    names.fill(known)
    gaps.forget(expected, known)
    strings_met.forget(met)
    start = ZERO
    for row in range(len(lengths)):
        end = start + lengths[row]
        record.read(letters, start, end, known, expected, met, filled, row)
        start = end + 1
