"""A prediction knows the rows before it and its own values: no later row, and not its label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.engines import CASES, FEATURES, Case, Events, engine, run, stream_of

ROWS = 700

every_case = pytest.mark.parametrize("case", CASES, ids=str)


@every_case
@settings(max_examples=8)
@given(
    at=st.integers(0, ROWS - 1), hold=st.sampled_from([np.nan, 0, 1]), scale=st.floats(-1e9, 1e9)
)
def test_another_future_is_the_same_past(case: Case, at: int, hold: float, scale: float) -> None:
    """Row ``at`` gets another label; those after it other values, too."""
    stream = stream_of(case, ROWS)
    values, labels = stream.values.copy(), stream.labels.copy()
    values[at + 1 :] = values[at + 1 :][::-1]
    values[at + 1 :, :FEATURES] *= scale
    labels[at] = hold if hold != labels[at] else 1 - hold
    labels[at + 1 :] = 1 - np.minimum(np.nan_to_num(labels[at + 1 :]), 1)
    subject, another = engine(**case._asdict()), engine(**case._asdict())
    past, other = run(subject, stream), run(another, Events(values, labels))
    assert other.label[: at + 1] == past.label[: at + 1]
    told = slice(0, 8 * subject.shape.outputs * (at + 1))
    assert other.answers[told] == past.answers[told]


@pytest.mark.parametrize("case", [case for case in CASES if case.task != "unsupervised"], ids=str)
def test_another_label_is_another_future(case: Case) -> None:
    """Else the test above could not fail."""
    stream = stream_of(case, ROWS)
    labels = stream.labels.copy()
    at = int(np.flatnonzero(labels != 1)[50])
    labels[at] = 1
    subject, another = engine(**case._asdict()), engine(**case._asdict())
    past, other = run(subject, stream), run(another, Events(stream.values, labels))
    told = slice(8 * subject.shape.outputs * (at + 1), None)
    assert other.answers[told] != past.answers[told]


@pytest.mark.parametrize("case", [case for case in CASES if case.task == "unsupervised"], ids=str)
def test_without_labels_another_record_is_another_future(case: Case) -> None:
    stream = stream_of(case, ROWS)
    at = int(np.flatnonzero(~np.isnan(stream.labels))[50])
    values = stream.values.copy()
    values[at] += 1.0
    subject, another = engine(**case._asdict()), engine(**case._asdict())
    past, other = run(subject, stream), run(another, Events(values, stream.labels))
    told = slice(8 * subject.shape.outputs * (at + 1), None)
    assert other.answers[told] != past.answers[told]
