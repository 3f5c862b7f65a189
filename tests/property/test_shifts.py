"""Watching for shifts: cuts leave no trace, and restarts leave none."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import state_tree
from streamlr.kernel import BOTH, LEARN, PREDICT
from streamlr.records import Journal
from streamlr.shifts.watch import ALARM, LABELS_BACK, ShiftWatch, Signals

SIGNALS = Signals(("a", "b"), ("c",), classes=True)
cuts_of = st.lists(st.integers(0, 23_000) | st.integers(0, 23).map(lambda n: n * 1000), max_size=30)


def stream() -> tuple[np.ndarray, np.ndarray]:
    """Events and each one's columns: labels at once and later, then none, a shift, and labels."""
    random = np.random.default_rng(1)
    event = np.concatenate(
        [
            random.choice([BOTH, PREDICT, LEARN], 9000, p=[0.5, 0.25, 0.25]),
            np.full(1000, LEARN),
            np.full(11_000, PREDICT),
            random.choice([BOTH, PREDICT, LEARN], 2000, p=[0.1, 0.8, 0.1]),
        ]
    )
    columns = random.standard_normal((len(event), 5))
    columns[:, 2:4] = random.integers(0, 4, (len(event), 2))
    columns[15_000:, 0] += 1.0
    columns[random.random(len(event)) < 0.1, 1] = np.nan
    return event, columns


EVENT, COLUMNS = stream()


def watched(cuts: list[int], *, restarts: bool = False) -> tuple[list[Journal], str]:
    """What is told, and all bits of what is remembered."""
    watch = ShiftWatch(SIGNALS, labelled=True)
    told: list[Journal] = []
    places = sorted({0, *cuts, len(EVENT)})
    for start, stop in pairwise(places):
        event, columns = EVENT[start:stop], COLUMNS[start:stop]
        told += watch.take(event, lambda rows=columns[event != LEARN]: rows)  # type: ignore[misc]
        if restarts:
            kept = {name: array.copy() for name, array in watch.arrays().items()}
            watch = ShiftWatch(SIGNALS, labelled=True)
            watch.fill(kept)
    return told, state_tree.digest_of(watch.arrays())


UNCUT = watched([])


@settings(max_examples=25)
@given(cuts=cuts_of)
def test_any_cut_gives_the_same_bits(cuts: list[int]) -> None:
    assert watched(cuts) == UNCUT


@settings(max_examples=25)
@given(cuts=cuts_of)
def test_any_restart_gives_the_same_bits(cuts: list[int]) -> None:
    assert watched(cuts, restarts=True) == UNCUT


def test_the_stream_is_worth_cutting() -> None:
    assert [entry.event for entry in UNCUT[0]] == [ALARM, LABELS_BACK]
