"""The kernel: every record of a poll, one after the other.

:func:`scan` is the template that :func:`streamlr.compiling.fuse` compiles and keeps on disk.
"""

import numpy as np

from streamlr.json_scanner import columns, gaps, instructions, names, record, strings_met
from streamlr.json_scanner.columns import Columns
from streamlr.json_scanner.gaps import Expected
from streamlr.json_scanner.names import Names


def scan(
    text: np.ndarray,
    lengths: np.ndarray,
    names_looked_for: Names,
    gaps_expected: Expected,
    slots: np.ndarray,
    out: Columns,
) -> int:
    """Read the records, and return how many were understood.

    Parameters
    ----------
    text : uint8
        The records one after the other, and padding.
    lengths : int64 [records]
        Bytes of each.
    names_looked_for
        The features, and the label last.
    gaps_expected, slots
        Room to work in.
    out
        To be filled.
    """
    known = names.bare(names_looked_for)
    expected = gaps.bare(gaps_expected)
    met = instructions.pointer(slots)
    filled = columns.bare(out)
    names.fill(known)
    gaps.forget(expected, known)
    strings_met.forget(met)
    understood = 0
    start = np.int64(0)  # a literal would have all that takes it compiled twice
    for row in range(len(lengths)):
        end = start + lengths[row]
        good = record.read(
            instructions.pointer(text), start, end, known, expected, met, filled, row
        )
        out.understood[row] = good
        understood += good
        start = end
    return understood
