"""How the stream was cut into polls leaves no trace: the law that all else rests on."""

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import state_tree
from tests.contract.engines import CASES, NO_CLASSES, Case, Said, engine, run, stream_of

ROWS = 1500
cuts_of = st.lists(st.integers(0, ROWS), max_size=12)
"""Doubled cuts make polls without a record."""

every_case = pytest.mark.parametrize("case", CASES, ids=str)


@lru_cache(maxsize=1)
def uncut(case: Case) -> tuple[Said, str]:
    subject = engine(**case._asdict())
    return run(subject, stream_of(case, ROWS)), state_tree.digest(subject.state)


@every_case
@settings(max_examples=8)
@given(cuts=cuts_of)
def test_any_cut_gives_the_same_bits(case: Case, cuts: list[int]) -> None:
    subject = engine(**case._asdict())
    said = run(subject, stream_of(case, ROWS), cuts)
    assert (said, state_tree.digest(subject.state)) == uncut(case)


@every_case
def test_one_record_a_poll_gives_the_same_bits(case: Case) -> None:
    subject = engine(**case._asdict())
    said = run(subject, stream_of(case, ROWS), range(ROWS))
    assert (said, state_tree.digest(subject.state)) == uncut(case)


@every_case
def test_the_stream_is_worth_cutting(case: Case) -> None:
    """Alarms and changes of the rate fall into it, where the components have any."""
    said, _ = uncut(case)
    events = {entry.event for entry in said.journal}
    assert ("drift" in events) == (case.detector != "none")
    if case[:2] == ("drift_boost", "adwin") or case.schedule == "race":
        assert "rate" in events
    labels = {"binary": {-1, 0, 1}, "multiclass": {-1, 0, 1, 2, 3}}
    assert case.task in NO_CLASSES or labels[case.task] == set(said.label)
