"""A prediction that waits for its label is scored as what was said, whatever came between."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import state_tree
from streamlr.engine import Answers, Engine
from streamlr.kernel import BOTH, LEARN, PREDICT
from tests.contract.engines import (
    CASES,
    LABELS,
    NO_CLASSES,
    Case,
    Events,
    engine,
    give_slots,
    run,
    stream_of,
)

SLOTS = 6

every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_case_that_learns_labels_alone = pytest.mark.parametrize(
    "case", [case for case in CASES if case.model not in LABELS], ids=str
)
every_classifier = pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.task not in NO_CLASSES and case.schedule != "constant"],
    ids=str,
)

Event = tuple[int, int, int]
"""Kind, row of the stream, slot."""


def labelled(case: Case, rows: int) -> Events:
    values, labels = stream_of(case, rows + rows // 5)
    known = ~np.isnan(labels)
    return Events(values[known][:rows], labels[known][:rows])


def run_events(subject: Engine, stream: Events, events: Sequence[Event]) -> Answers:
    kinds, rows, slots = (np.array(column) for column in zip(*events, strict=True))
    labels = np.where(kinds == PREDICT, np.nan, stream.labels[rows])
    return subject.run_events(kinds, stream.values[rows], labels, slots)


def waiting(case: Case) -> Engine:
    subject = engine(**case._asdict())
    give_slots(subject, SLOTS)
    return subject


def state_but_pending(subject: Engine) -> dict[str, bytes]:
    leaves = state_tree.leaves(subject.state)
    return {name: leaf.tobytes() for name, leaf in leaves if not name.startswith("pending.")}


@every_case
def test_a_label_right_after_is_a_label_inline(case: Case) -> None:
    rows = 600
    stream = labelled(case, rows)
    inline, apart = waiting(case), waiting(case)
    expected = run(inline, stream)
    events = [(kind, row, row % SLOTS) for row in range(rows) for kind in (PREDICT, LEARN)]
    answers = run_events(apart, stream, events)
    assert answers.said[::2].tolist() == expected.label
    assert answers.answers[::2].tobytes() == expected.answers
    assert answers.journal == expected.journal
    assert state_but_pending(apart) == state_but_pending(inline)


@st.composite
def delayed(draw: st.DrawFn, rows: int) -> list[Event]:
    """Return predictions whose labels come later and in any order, between others'."""
    free, held = list(range(SLOTS)), dict[int, int]()
    events: list[Event] = []
    row = 0
    while row < rows:
        choice = draw(st.integers(0, 3))
        if choice == 0:
            events.append((BOTH, row, -1))
            row += 1
        elif choice == 1 and held:
            slot = draw(st.sampled_from(sorted(held)))
            events.append((LEARN, held.pop(slot), slot))
            free.append(slot)
        elif free:
            slot = free.pop(draw(st.integers(0, len(free) - 1)))
            held[slot] = row
            events.append((PREDICT, row, slot))
            row += 1
    return events


@every_classifier
@settings(max_examples=10)
@given(data=st.data())
def test_what_is_scored_is_what_was_said(case: Case, data: st.DataObject) -> None:
    rows = 40
    stream = labelled(case, 400 + rows)
    subject = waiting(case)
    start = 400
    run(subject, Events(stream.values[:start], stream.labels[:start]))
    state = subject.state.evaluator
    before = state.counts[0].copy(), state.loss[0]
    events = [(kind, start + row, slot) for kind, row, slot in data.draw(delayed(rows))]
    answers = run_events(subject, stream, events)

    told = {row: at for at, (kind, row, _) in enumerate(events) if kind != LEARN}
    scored = [row for kind, row, _ in events if kind != PREDICT]
    right = sum(answers.said[told[row]] == stream.labels[row] for row in scored)
    chances = np.array([answers.answers[told[row]] for row in scored])
    if case.task == "binary":
        chances = np.hstack([1.0 - chances, chances])
    given_to = chances[np.arange(len(scored)), stream.labels[scored].astype(int)]
    loss = -np.log(np.clip(given_to, 1e-6, 1.0)).sum()
    assert np.trace(state.counts[0] - before[0]) == right
    assert state.loss[0] - before[1] == pytest.approx(loss, rel=1e-9, abs=1e-9)


@every_case
@settings(max_examples=5)
@given(data=st.data())
def test_any_cut_of_events_gives_the_same_bits(case: Case, data: st.DataObject) -> None:
    rows = 40
    stream = labelled(case, rows)
    events = data.draw(delayed(rows))
    cut = data.draw(st.integers(1, len(events) - 1))
    whole, halves = waiting(case), waiting(case)
    run_events(whole, stream, events)
    run_events(halves, stream, events[:cut])
    run_events(halves, stream, events[cut:])
    assert state_tree.digest(halves.state) == state_tree.digest(whole.state)


@every_case_that_learns_labels_alone
def test_a_prediction_of_another_row_leaves_no_trace(case: Case) -> None:
    """The label's lanes are judged by what they said of its own row."""
    stream = labelled(case, 300)
    alone, disturbed = waiting(case), waiting(case)
    missing = Events(np.full_like(stream.values, np.nan), stream.labels)
    for row in range(300):
        for subject in (alone, disturbed):
            run_events(subject, stream, [(PREDICT, row, 0)])
        run_events(disturbed, missing, [(PREDICT, row, -1)])  # leaves the moments alone
        for subject in (alone, disturbed):
            run_events(subject, stream, [(LEARN, row, 0)])
    different = {
        name
        for name, leaf in state_but_pending(disturbed).items()
        if leaf != state_but_pending(alone)[name]
    }
    assert different == {"counters.predicted"}
