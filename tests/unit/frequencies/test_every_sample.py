"""Every sample, once."""

import numpy as np

from streamlr.components import DRIFT, NO_SIGNAL, Shape
from streamlr.frequencies import every_sample


def test_one_update_whatever_comes() -> None:
    state = every_sample.init(every_sample.Config(), Shape(1, 2, 1))
    due = {
        every_sample.due(state, loss, signal)
        for loss in (0.0, 1e300, np.nan)
        for signal in (NO_SIGNAL, DRIFT)
    }
    assert due == {1}
