"""Partly labelled streams: what is scored, and what the engine is shown."""

import numpy as np
import pytest

from benchmarks.contest.streams import Table
from benchmarks.kinds import partial


def test_the_interval_is_students() -> None:
    middle, reach = partial.interval([1.0, 2.0, 3.0])
    assert middle == 2.0
    assert reach == pytest.approx(4.303 / 3**0.5)


@pytest.mark.parametrize("name", ["clouds", "collinear", "abrupt"])
def test_a_seed_is_a_table(name: str) -> None:
    one, same, other = (partial.drawn(name, seed) for seed in (1, 1, 2))
    assert one.values.tobytes() == same.values.tobytes() != other.values.tobytes()
    assert set(one.truth) == {0.0, 1.0}
    assert len(one.names) == one.values.shape[1]


@pytest.mark.parametrize("unlabelled", ["ignore", "pseudo"])
def test_records_are_scored_whose_label_is_hidden_and_unseen_classes_are_wrong(
    unlabelled: str,
) -> None:
    """Of two classes the engine is shown the second one alone, and only once."""
    truth = np.resize([0.0, 1.0, 1.0], 30)
    table = Table("binary", np.zeros((30, 4)), truth, ("a", "b", "c", "d"), 4, 2)
    shown = np.arange(30) == 10
    assert truth[10] == 1.0
    right = truth[11:].sum()  # before it nothing was met
    assert partial.accuracy(table, shown, unlabelled) == pytest.approx(right / 30)
