"""A number: learned standardised, said in the label's own units."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import NO_VOTE, Shape
from streamlr.tasks import regression

ordinary = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))


def state(*labels: float) -> regression.State:
    made = regression.init(Shape(1, 0, 1))
    for label in labels:
        regression.meet(made, label, 0.0)
    return made


def test_there_is_one_output_and_no_class() -> None:
    assert (regression.classes(64), regression.outputs(0), regression.known(state())) == (0, 1, 1)
    assert regression.chance(state(1.0, 2.0), 0, np.array([0.5])) == 0.0


@given(st.lists(ordinary, min_size=2, max_size=30))
def test_moments_are_those_of_the_labels(labels: list[float]) -> None:
    made = state(*labels)
    assert made.mean[0] == pytest.approx(np.mean(labels), rel=1e-9, abs=1e-6)
    assert made.deviation[0] == pytest.approx(np.std(labels), rel=1e-6, abs=1e-6)


@given(st.lists(ordinary, min_size=2, max_size=10, unique=True), ordinary)
def test_what_is_learned_is_what_would_be_said(labels: list[float], label: float) -> None:
    made = state(*labels, label)
    target = regression.target(made, label)
    assert abs(target) < regression.CLIP  # 11 labels are never so far from their mean
    assert regression.say(made, np.array([target]), NO_VOTE) == pytest.approx(label, abs=1e-6)


@pytest.mark.parametrize("labels", [(), (3.0,), (3.0, 3.0)])
def test_labels_that_do_not_vary_are_their_mean(labels: tuple[float, ...]) -> None:
    made = state(*labels)
    for number in (0.0, 9.9):
        said = regression.say(made, np.array([number]), NO_VOTE)
        assert said == (labels[0] if labels else 0.0)
    assert regression.target(made, 7.0) == 0.0
    assert regression.error(made, 7.0, 3.0) == 0.0


def test_an_error_is_a_share_of_four_standard_deviations() -> None:
    made = state(*[-1.0, 1.0] * 1000)  # deviation 1
    distances = [0.0, 1.0, -2.0, 4.0, 40.0]
    errors = [regression.error(made, distance, 0.0) for distance in distances]
    assert errors == pytest.approx([0.0, 0.25, 0.5, 1.0, 1.0])


def test_an_absurd_label_is_clipped() -> None:
    made = state(*[-1.0, 1.0] * 1000)
    for label, target in ((1e300, regression.CLIP), (-1e300, -regression.CLIP)):
        assert regression.target(made, label) == target


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_no_label_breaks_it(labels: list[float]) -> None:
    made = state(*labels)
    assert all(np.isfinite(array).all() for array in made)
    for label in labels:
        assert abs(regression.target(made, label)) <= regression.CLIP
        said = regression.say(made, np.array([regression.CLIP]), NO_VOTE)
        assert np.isfinite(said)
        assert 0.0 <= regression.error(made, label, said) <= 1.0
