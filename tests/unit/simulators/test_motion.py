"""Reflection at the bounds of [0, 1]."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulators.motion import reflect


def test_it_goes_to_and_fro() -> None:
    positions = np.array([0.0, 0.25, 1.0, 1.25, 2.0, 2.25, 3.5, -0.25, -1.25])
    expected = [0.0, 0.25, 1.0, 0.75, 0.0, 0.25, 0.5, 0.25, 0.75]
    assert reflect(positions).tolist() == expected


@given(st.floats(-1e12, 1e12), st.floats(0, 1))
def test_it_stays_inside_and_moves_no_faster(position: float, step: float) -> None:
    before, after = reflect(np.array([position, position + step]))
    assert 0 <= before <= 1
    assert abs(after - before) <= step + 1e-3
