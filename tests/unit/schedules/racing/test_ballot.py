"""Ballot: who votes for what, and whose word counts."""

import numpy as np
import pytest

from streamlr.schedules.racing import ballot
from tests.reference.plain import Floats

LANES, MIXTURES = 4, 2
UNDECIDED = np.full(MIXTURES, 0.5)
NO, YES = 0.2, 0.8


def fresh() -> ballot.State:
    return ballot.init(LANES, MIXTURES)


def hedges(state: ballot.State) -> Floats:
    return state.vote[:-MIXTURES]


def wrong(*lanes: int) -> Floats:
    errors = np.zeros(LANES)
    errors[list(lanes)] = 1.0
    return errors


@pytest.mark.parametrize(("chance", "vote"), [(0.5, 1.0), (0.51, 1.0), (0.49, -1.0)])
def test_unanimous_lanes_leave_nothing_to_decide(chance: float, vote: float) -> None:
    state = fresh()
    assert not ballot.cast(state, np.full(LANES, chance), np.array([0.1, 0.9]))
    assert np.all(state.vote == vote)


def test_at_first_a_majority_decides_and_a_tie_is_class_one() -> None:
    state = fresh()
    for lanes, vote, winner in (([NO, NO, NO, YES], -1.0, 0.0), ([NO, NO, YES, YES], 1.0, 1.0)):
        assert ballot.cast(state, np.array(lanes), UNDECIDED if vote > 0 else 1 - UNDECIDED - 0.1)
        assert np.all(hedges(state) == vote)
        assert ballot.winner(state) == winner


def test_mixtures_vote_for_the_more_probable_class() -> None:
    state = fresh()
    ballot.cast(state, np.array([NO, NO, YES, YES]), np.array([0.5, 0.499]))
    assert state.vote[-MIXTURES:].tolist() == [1.0, -1.0]


def test_the_word_of_a_lane_that_was_right_counts_more() -> None:
    state = fresh()
    chances = np.array([NO, NO, NO, YES])
    for _ in range(3):
        ballot.cast(state, chances, UNDECIDED)
        ballot.update(state, wrong(0, 1, 2), 1.0)
    ballot.cast(state, chances, UNDECIDED)
    assert np.all(hedges(state) == 1.0)


def test_those_that_forget_sooner_change_their_mind_sooner() -> None:
    state = fresh()
    chances = np.array([NO, NO, YES, YES])
    for right, times in ((0.0, 100), (1.0, 40)):
        for _ in range(times):
            ballot.cast(state, chances, UNDECIDED)
            ballot.update(state, wrong(0, 1) if right else wrong(2, 3), right)
    ballot.cast(state, chances, UNDECIDED)
    assert hedges(state).tolist() == [-1.0, -1.0, -1.0, -1.0, 1.0]


def test_candidates_are_trusted_by_their_record() -> None:
    state = fresh()
    state.vote[:] = [1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0]
    assert ballot.winner(state) == 0.0
    for _ in range(6):
        ballot.update(state, wrong(), 1.0)
    assert ballot.winner(state) == 1.0
    assert state.candidate_loss[0] == 0.0
    assert state.candidate_loss[1] == pytest.approx(sum(0.999**age for age in range(6)))


def test_levelling_changes_no_vote() -> None:
    state = fresh()
    random = np.random.default_rng(0)
    state.lane_loss[:] = random.uniform(0, 5, state.lane_loss.shape)
    state.candidate_loss[:] = random.uniform(0, 5, state.candidate_loss.shape)
    chances = random.random(LANES)
    ballot.cast(state, chances, UNDECIDED)
    votes, winner = state.vote.copy(), ballot.winner(state)
    gaps = np.diff(state.lane_loss, axis=1)
    ballot.level(state)
    ballot.cast(state, chances, UNDECIDED)
    assert state.vote.tolist() == votes.tolist()
    assert ballot.winner(state) == winner
    assert state.lane_loss.min(axis=1).tolist() == [0.0] * 5
    assert np.diff(state.lane_loss, axis=1) == pytest.approx(gaps)


def test_votes_stand_until_something_is_learned_or_another_row_is_heard() -> None:
    state = fresh()
    one, other = np.array([NO, NO, YES, YES]), np.array([NO, YES, YES, YES])
    assert not ballot.stands(state, one)
    ballot.cast(state, one, UNDECIDED)
    assert ballot.stands(state, one)
    assert not ballot.stands(state, other)
    ballot.update(state, wrong(), 1.0)
    assert not ballot.stands(state, one)
