"""A raw batch knows how many records it holds."""

import numpy as np

from streamlr.records import RawBatch


def test_a_batch_is_as_long_as_its_offsets() -> None:
    zeros = np.zeros(3, np.int64)
    assert len(RawBatch([b"a", b"b", b"c"], zeros, np.arange(3), 0, None, {0: 3})) == 3
