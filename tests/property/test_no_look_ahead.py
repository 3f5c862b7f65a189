"""A prediction knows the rows before it and its own values: no later row, and not its label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr.components import NO_CLASS
from tests.contract.engines import PAIRS, Events, drifting, engine, run

ROWS = 700

every_pair = pytest.mark.parametrize(("schedule", "detector"), PAIRS)


@every_pair
@settings(max_examples=8)
@given(
    at=st.integers(0, ROWS - 1), hold=st.sampled_from([NO_CLASS, 0, 1]), scale=st.floats(-1e9, 1e9)
)
def test_another_future_is_the_same_past(
    schedule: str, detector: str, at: int, hold: int, scale: float
) -> None:
    """Row ``at`` gets another label; those after it other values, too."""
    stream = drifting(ROWS)
    values, labels = stream.values.copy(), stream.labels.copy()
    values[at + 1 :] = values[at + 1 :][::-1] * scale
    labels[at] = hold if hold != labels[at] else 1 - max(hold, 0)
    labels[at + 1 :] = 1 - np.abs(labels[at + 1 :])
    past = run(engine(schedule, detector), stream)
    other = run(engine(schedule, detector), Events(values, labels))
    assert other.label[: at + 1] == past.label[: at + 1]
    told = slice(0, 8 * (at + 1))
    assert other.probability[told] == past.probability[told]


@every_pair
def test_another_label_is_another_future(schedule: str, detector: str) -> None:
    """Else the test above could not fail."""
    stream = drifting(ROWS)
    labels = stream.labels.copy()
    at = int(np.flatnonzero(labels == 0)[50])
    labels[at] = 1
    past = run(engine(schedule, detector), stream)
    other = run(engine(schedule, detector), Events(stream.values, labels))
    assert other.probability[8 * (at + 1) :] != past.probability[8 * (at + 1) :]
