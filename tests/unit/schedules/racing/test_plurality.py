"""The ballot among many classes: who was wrong of late has less to say."""

import numpy as np
import pytest

from streamlr.schedules.racing import ballot, plurality
from tests.reference.plain import Floats

LANES, MIXTURES, CLASSES = 3, 2, 4
HEDGES = len(ballot.FORGETTING)


def fresh() -> plurality.State:
    return plurality.init(LANES, MIXTURES, CLASSES)


def sure_of(*labels: int) -> Floats:
    """Probabilities of lanes that are each sure of a class: class by class."""
    by_class: Floats = mixed(*labels).reshape(-1, CLASSES).T.flatten()
    return by_class


def mixed(*labels: int) -> Floats:
    """The same of mixtures, one after the other."""
    return np.concatenate([np.eye(CLASSES)[label] for label in labels])


def wrong(state: plurality.State, label: int) -> Floats:
    missed: Floats = (state.choice != label).astype(np.float64)
    return missed


def test_unanimous_lanes_are_everyone() -> None:
    state = fresh()
    assert plurality.cast(state, sure_of(2, 2, 2), mixed(0, 1), CLASSES) == 2
    assert state.vote.tolist() == [2] * (HEDGES + MIXTURES)


def test_at_first_the_most_lanes_win() -> None:
    state = fresh()
    assert plurality.cast(state, sure_of(1, 3, 3), mixed(3, 1), CLASSES) == 3
    assert state.vote.tolist() == [*[3] * HEDGES, 3, 1]
    assert state.choice.tolist() == [1, 3, 3]


def test_of_equals_the_first_class_wins() -> None:
    state = fresh()
    assert plurality.cast(state, sure_of(3, 2, 1), mixed(1, 2), CLASSES) == 1
    undecided = np.full(LANES * CLASSES, 0.25)
    assert plurality.cast(state, undecided, mixed(1, 2), CLASSES) == 0


def test_a_lane_that_was_right_outvotes_those_that_were_wrong() -> None:
    state = fresh()
    for _ in range(20):
        plurality.cast(state, sure_of(1, 3, 3), mixed(3, 3), CLASSES)
        plurality.update(state, wrong(state, 1), 1)
    assert plurality.cast(state, sure_of(2, 0, 0), mixed(0, 0), CLASSES) == 2
    assert state.vote[:HEDGES].tolist() == [2] * HEDGES


def test_a_mixture_that_was_right_is_trusted() -> None:
    state = fresh()
    for turn in range(40):
        label = turn % 2
        # the lanes are all wrong, each of them half of the time with another class
        plurality.cast(state, sure_of(2, 3, 2), mixed(label, 3), CLASSES)
        plurality.update(state, wrong(state, label), label)
    assert plurality.cast(state, sure_of(2, 3, 2), mixed(1, 2), CLASSES) == 1


def test_only_classes_known_are_counted() -> None:
    state = fresh()
    prediction = np.array([0.4, 0.6, 0.4, 0.6, 0.4, 0.6])  # two classes of three lanes
    assert plurality.cast(state, prediction, np.array([0.3, 0.7, 0.6, 0.4]), 2) == 1
    assert state.choice.tolist() == [1, 0, 1]
    assert state.vote[HEDGES:].tolist() == [1, 0]


def test_no_class_known_is_no_vote() -> None:
    assert plurality.cast(fresh(), np.empty(0), np.empty(0), 0) == 0


def test_losses_are_discounted_counts() -> None:
    state = fresh()
    for label in (1, 3, 0, 0):
        plurality.cast(state, sure_of(1, 3, 3), mixed(3, 0), CLASSES)
        plurality.update(state, wrong(state, label), label)
    kept = (1.0 - ballot.FORGETTING)[:, None] ** [3, 2, 1, 0]
    missed = np.array([[0, 1, 1, 1], [1, 0, 1, 1], [1, 0, 1, 1]])
    assert state.lane_loss == pytest.approx(kept @ missed.T)
    kept = (1.0 - ballot.CANDIDATE_FORGETTING) ** np.array([3, 2, 1, 0])
    assert state.candidate_loss[-2:] == pytest.approx([kept @ [1, 0, 1, 1], kept @ [1, 1, 0, 0]])


def test_levelling_changes_no_vote() -> None:
    state, random = fresh(), np.random.default_rng(0)
    state.lane_loss[:] = random.uniform(5, 9, state.lane_loss.shape)
    state.candidate_loss[:] = random.uniform(5, 9, state.candidate_loss.shape)
    before = plurality.cast(state, sure_of(0, 1, 2), mixed(3, 1), CLASSES), state.vote.tolist()
    plurality.level(state)
    assert state.lane_loss.min(axis=1).tolist() == [0.0] * HEDGES
    assert state.candidate_loss.min() == 0.0
    after = plurality.cast(state, sure_of(0, 1, 2), mixed(3, 1), CLASSES), state.vote.tolist()
    assert after == before


def test_learning_makes_votes_invalid() -> None:
    state = fresh()
    assert state.valid[0] == 0
    plurality.cast(state, sure_of(0, 1, 2), mixed(3, 1), CLASSES)
    assert state.valid[0] == 1
    plurality.update(state, wrong(state, 0), 0)
    assert state.valid[0] == 0
