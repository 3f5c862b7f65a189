"""Two classes: none is said before it was seen."""

import numpy as np
import pytest

from streamlr.components import NO_CLASS, NO_VOTE, Shape
from streamlr.tasks import binary


def state(*seen: int) -> binary.State:
    made = binary.init(Shape(1, 2, 1))
    for label in seen:
        binary.meet(made, float(label), 0.0)
    return made


def answer(chance: float) -> np.ndarray:
    return np.array([chance])


def test_two_classes_are_one_output() -> None:
    assert (binary.classes(64), binary.outputs(2), binary.known(state())) == (2, 1, 1)


@pytest.mark.parametrize(("chance", "label"), [(0.0, 0), (0.49, 0), (0.5, 1), (1.0, 1)])
def test_the_more_probable_class_is_said_and_class_one_in_doubt(chance: float, label: int) -> None:
    assert binary.say(state(0, 1), answer(chance), NO_VOTE) == label


@pytest.mark.parametrize("vote", [0, 1])
def test_a_vote_counts_more_than_a_probability(vote: int) -> None:
    for chance in (0.0, 1.0):
        assert binary.say(state(0, 1), answer(chance), vote) == vote


def test_no_class_seen_is_no_class_said() -> None:
    assert binary.say(state(), answer(0.9), NO_VOTE) == NO_CLASS
    assert binary.say(state(), answer(0.9), 1) == NO_CLASS


@pytest.mark.parametrize("only", [0, 1])
def test_the_only_class_seen_is_said_whatever_the_vote(only: int) -> None:
    for vote in (NO_VOTE, 0, 1):
        assert binary.say(state(only), answer(1.0 - only), vote) == only


def test_a_class_that_was_not_seen_was_given_nothing() -> None:
    assert binary.chance(state(1), 1, answer(0.75)) == 0.75
    assert binary.chance(state(1), 0, answer(0.75)) == 0.0
    assert binary.chance(state(0, 1), 0, answer(0.75)) == 0.25
    assert binary.chance(state(0, 1), NO_CLASS, answer(0.75)) == 0.0


def test_an_error_is_a_wrong_label() -> None:
    made = state(0, 1)
    assert [binary.error(made, 1.0, said) for said in (1.0, 0.0, float(NO_CLASS))] == [0, 1, 1]
    assert binary.target(made, 1.0) == 1.0
