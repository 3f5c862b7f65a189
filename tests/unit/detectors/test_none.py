"""No detector."""

import numpy as np

from streamlr.components import NO_SIGNAL, Shape
from streamlr.detectors import none


def test_it_never_says_a_thing() -> None:
    state = none.init(none.Config(), Shape(1, 2, 1))
    values = np.repeat([0.0, 1.0, 1e308, np.nan], 50)
    assert {none.update(state, value) for value in values} == {NO_SIGNAL}
    assert state.severity.tolist() == [0.0]
