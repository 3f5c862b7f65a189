"""How the stream was cut into polls leaves no trace: the law that all else rests on."""

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import state_tree
from tests.contract.engines import PAIRS, Said, drifting, engine, run

ROWS = 1500
cuts_of = st.lists(st.integers(0, ROWS), max_size=12)
"""Doubled cuts make polls without a record."""

every_pair = pytest.mark.parametrize(("schedule", "detector"), PAIRS)


@lru_cache(maxsize=1)
def uncut(schedule: str, detector: str) -> tuple[Said, str]:
    subject = engine(schedule, detector)
    return run(subject, drifting(ROWS)), state_tree.digest(subject.state)


@every_pair
@settings(max_examples=8)
@given(cuts=cuts_of)
def test_any_cut_gives_the_same_bits(schedule: str, detector: str, cuts: list[int]) -> None:
    subject = engine(schedule, detector)
    said = run(subject, drifting(ROWS), cuts)
    assert (said, state_tree.digest(subject.state)) == uncut(schedule, detector)


@every_pair
def test_one_record_a_poll_gives_the_same_bits(schedule: str, detector: str) -> None:
    subject = engine(schedule, detector)
    said = run(subject, drifting(ROWS), range(ROWS))
    assert (said, state_tree.digest(subject.state)) == uncut(schedule, detector)


@every_pair
def test_the_stream_is_worth_cutting(schedule: str, detector: str) -> None:
    """Alarms and changes of the rate fall into it, where the components have any."""
    said, _ = uncut(schedule, detector)
    events = {entry.event for entry in said.journal}
    assert ("drift" in events) == (detector != "none")
    if (schedule, detector) == ("drift_boost", "adwin") or schedule == "race":
        assert "rate" in events
    assert {-1, 0, 1} == set(said.label)
