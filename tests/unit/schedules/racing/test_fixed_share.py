"""Fixed-share: weights that are weights, and follow whoever predicts best now."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from streamlr.schedules.racing import fixed_share
from tests.reference.plain import Floats

LANES = 6
GOOD, BAD = 0.9, 0.1


def likelihood(best: int) -> Floats:
    given_to_label = np.full(LANES, BAD)
    given_to_label[best] = GOOD
    return given_to_label


def total_weight(state: fixed_share.State) -> Floats:
    total = np.empty(LANES)
    fixed_share.weights(state, total)
    return total


def test_at_first_it_is_the_mean() -> None:
    state = fixed_share.init(LANES)
    chances = np.linspace(0.1, 0.6, LANES)
    assert fixed_share.mix(state, chances) == pytest.approx(chances.mean())
    assert state.answer == pytest.approx(np.full(fixed_share.MIXTURES, chances.mean()))


def test_weight_goes_to_the_best_lane_and_moves_when_another_is() -> None:
    state = fixed_share.init(LANES)
    for best in (2, 5):
        for _ in range(300):
            fixed_share.update(state, likelihood(best))
        assert total_weight(state)[best] > 0.95


def test_all_is_forgiven_to_those_that_share_more() -> None:
    """After a long lead, the mixture of the largest share is the first to follow."""
    state = fixed_share.init(LANES)
    for _ in range(500):
        fixed_share.update(state, likelihood(0))
    for _ in range(4):
        fixed_share.update(state, likelihood(1))
    assert np.all(np.diff(state.weight[:, 1]) > 0)


def test_a_steady_stream_trusts_the_smallest_share_and_a_restless_one_a_larger() -> None:
    steady, restless = fixed_share.init(LANES), fixed_share.init(LANES)
    for sample in range(600):
        fixed_share.update(steady, likelihood(0))
        fixed_share.update(restless, likelihood(sample // 10 % LANES))
    assert np.argmax(steady.belief) == 0
    assert np.argmax(restless.belief) == fixed_share.MIXTURES - 1


@given(hnp.arrays(np.float64, (40, LANES), elements=st.floats(1e-6, 1.0)))
def test_weights_stay_weights(given_to_labels: Floats) -> None:
    state = fixed_share.init(LANES)
    for row in given_to_labels:
        fixed_share.update(state, row)
    assert state.weight.sum(axis=1) == pytest.approx(np.ones(fixed_share.MIXTURES))
    assert state.belief.sum() == pytest.approx(1.0)
    assert state.weight.min() >= 1e-5 / LANES
    assert state.belief.min() > 0


@given(hnp.arrays(np.float64, LANES, elements=st.floats(0.0, 1.0)))
def test_a_mixture_lies_between_its_lanes(chances: Floats) -> None:
    state = fixed_share.init(LANES)
    for _ in range(3):
        fixed_share.update(state, likelihood(1))
    mixed = fixed_share.mix(state, chances)
    assert chances.min() - 1e-12 <= mixed <= chances.max() + 1e-12
    assert mixed == pytest.approx(total_weight(state) @ chances)
