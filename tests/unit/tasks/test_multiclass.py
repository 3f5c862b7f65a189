"""Many classes: each known from its first label on, and nothing of it before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import NO_CLASS, NO_VOTE, Shape
from streamlr.tasks import multiclass

LIMIT = 5


def state(*seen: int) -> multiclass.State:
    made = multiclass.init(Shape(1, LIMIT, 1, outputs=LIMIT))
    for label in seen:
        multiclass.meet(made, float(label), 0.0)
    return made


def test_there_are_as_many_outputs_as_classes_may_be() -> None:
    assert (multiclass.classes(LIMIT), multiclass.outputs(LIMIT)) == (LIMIT, LIMIT)


@given(st.lists(st.integers(0, LIMIT - 1), max_size=20))
def test_classes_are_known_up_to_the_last_one_met(labels: list[int]) -> None:
    made = state(*labels)
    assert multiclass.known(made) == max(labels, default=-1) + 1
    assert made.seen.tolist() == [labels.count(label) for label in range(LIMIT)]


def test_the_most_probable_class_is_said_and_the_first_of_several() -> None:
    made = state(0, 1, 2)
    assert multiclass.say(made, np.array([0.2, 0.3, 0.5, 0, 0]), NO_VOTE) == 2
    assert multiclass.say(made, np.array([0.2, 0.4, 0.4, 0, 0]), NO_VOTE) == 1
    assert multiclass.say(made, np.array([0.2, 0.3, 0.5, 0, 0]), 0) == 0


def test_what_stands_beyond_the_classes_met_is_not_looked_at() -> None:
    made = state(0, 1)
    answer = np.array([0.6, 0.4, 9.0, np.nan, 9.0])
    assert multiclass.say(made, answer, NO_VOTE) == 0
    assert [multiclass.chance(made, label, answer) for label in range(-1, 5)] == [
        *(0.0, 0.6, 0.4, 0.0, 0.0, 0.0)
    ]


@pytest.mark.parametrize("vote", [NO_VOTE, 0])
def test_no_class_met_is_no_class_said(vote: int) -> None:
    assert multiclass.say(state(), np.ones(LIMIT), vote) == NO_CLASS
    assert multiclass.known(state()) == 0
