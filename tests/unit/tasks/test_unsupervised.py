"""Distances, and how unusual they are among those before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import NO_VOTE, Shape
from streamlr.tasks import unsupervised

DISTANCES = st.floats(0, 12)


def state(*scores: float) -> unsupervised.State:
    made = unsupervised.init(Shape(3, 0, 1))
    for score in scores:
        unsupervised.meet(made, 0.0, score)
    return made


def test_a_distance_is_said_and_its_rank_told_beside_it() -> None:
    answer = np.array([2.0, 3.0, 5.0])
    assert unsupervised.say(state(*[1.0] * 30, *[4.0] * 10), answer, NO_VOTE) == 2.0
    assert answer.tolist() == [pytest.approx(0.75, abs=0.01), 3.0, 5.0]


def test_before_the_first_score_nothing_is_usual_or_unusual() -> None:
    assert unsupervised.rank(state(), 3.0) == 0.5


def test_the_rank_is_the_share_of_lower_scores() -> None:
    scores = np.abs(np.random.default_rng(0).standard_normal(2000))
    made = state(*scores.tolist())
    for quantile in (0.05, 0.3, 0.5, 0.8, 0.99):
        rank = unsupervised.rank(made, float(np.quantile(scores, quantile)))
        assert rank == pytest.approx(quantile, abs=0.01)


def test_scores_of_long_ago_count_less() -> None:
    half_lives = 4
    made = state(*[1.0] * 5000, *[2.0] * int(half_lives * unsupervised.HALF_LIFE))
    assert unsupervised.rank(made, 1.5) < 0.06 < unsupervised.rank(made, 2.2)


@given(st.lists(DISTANCES, max_size=30), DISTANCES, DISTANCES)
def test_a_higher_score_never_ranks_lower(scores: list[float], one: float, other: float) -> None:
    made = state(*scores)
    low, high = (unsupervised.rank(made, score) for score in sorted((one, other)))
    assert 0.0 <= low <= high + 1e-12 <= 1.0 + 1e-12


def test_ranks_stay_finite_for_ever() -> None:
    """The weight of the next score grows, and is brought down before it overflows."""
    made = state()
    made.weight[0] = 1e50
    for score in (1.0, 2.0):
        unsupervised.meet(made, 0.0, score)
    assert made.weight[0] < 2.0
    assert unsupervised.rank(made, 1.5) == pytest.approx(0.5, abs=0.01)


def test_an_error_is_a_share_of_the_worst() -> None:
    errors = [unsupervised.error(state(), 0.0, distance) for distance in (0.0, 1.0, 4.0, 12.0)]
    assert errors == [0.0, 0.25, 1.0, 1.0]


def test_there_are_no_classes_and_the_target_is_no_distance() -> None:
    assert (unsupervised.classes(64), unsupervised.outputs(0)) == (0, 3)
    assert unsupervised.target(state(), 0.0) == 0.0
    assert unsupervised.chance(state(), 0, np.array([0.5, 1.25, 0.0])) == 1.25
