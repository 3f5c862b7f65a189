"""Bounded steps in any number of classes and lanes, at any rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import Inputs, Shape
from streamlr.models import logistic, softmax
from tests.contract.engines import dense
from tests.reference.plain import Floats

CLASSES = 4
RATES = np.array([1e-3, 0.1, 1.0, 1e6])


def state(inputs: int, lanes: int = 4) -> softmax.State:
    """Weights of ``inputs`` inputs, the bias among them."""
    shape = Shape(inputs - 1, CLASSES, lanes, outputs=CLASSES)
    return softmax.init(softmax.Config(), shape)


def weights(made: softmax.State) -> Floats:
    """As [rows, classes, lanes]."""
    view: Floats = made.weights.reshape(len(made.weights), CLASSES, -1)
    return view


def chances(made: softmax.State, known: int) -> Floats:
    lanes = len(made.total)
    view: Floats = made.prediction[: known * lanes].reshape(known, lanes)
    return view


@pytest.mark.parametrize("known", [1, 2, CLASSES])
def test_at_first_all_classes_known_are_as_probable(known: int) -> None:
    made = state(3)
    softmax.predict(made, dense([5.0, -1e6, 1.0]), known)
    assert np.all(chances(made, known) == 1.0 / known)


@given(st.integers(1, CLASSES), st.integers(1, 9), st.integers(0, 99))
def test_probabilities_are_the_softmax(known: int, inputs: int, seed: int) -> None:
    made, random = state(inputs), np.random.default_rng(seed)
    made.weights[:] = random.standard_normal(made.weights.shape)
    x = random.standard_normal(inputs)
    softmax.predict(made, dense(x), known)
    scores = np.exp(np.einsum("i,icl->cl", x, weights(made)[:, :known]))
    np.testing.assert_allclose(chances(made, known), scores / scores.sum(axis=0), rtol=1e-12)


def test_huge_scores_are_a_probability() -> None:
    made = state(1)
    weights(made)[0, :2] = [[1e300] * 4, [-1e300] * 4]
    softmax.predict(made, dense([1.0]), CLASSES)
    assert chances(made, CLASSES)[:, 0] == pytest.approx([1.0, 0.0, 0.0, 0.0])


def test_only_rows_of_the_inputs_move() -> None:
    made = state(9)
    inputs = Inputs(np.array([2.0, 0.0, 1.0]), np.array([7, 1, 4]), np.array([9]))
    softmax.predict(made, inputs, CLASSES)
    softmax.learn(made, inputs, 2.0, RATES, CLASSES)
    moved = np.flatnonzero(np.any(made.weights != 0.0, axis=1))
    assert moved.tolist() == [4, 7]


def test_lanes_without_a_rate_and_classes_not_known_stay() -> None:
    made = state(2, lanes=6)
    softmax.predict(made, dense([2.0, 1.0]), 3)
    softmax.learn(made, dense([2.0, 1.0]), 1.0, RATES, 3)
    assert np.all(weights(made)[:, :3, :4] != 0)
    assert np.all(weights(made)[:, :, 4:] == 0)
    assert np.all(weights(made)[:, 3] == 0)


def test_two_classes_are_a_logistic_regression_at_twice_the_rate() -> None:
    """To first order: where steps are so small that their bound is nothing."""
    random, rates = np.random.default_rng(0), np.array([1e-7, 2e-7])
    two = softmax.init(softmax.Config(), Shape(2, 2, 2, outputs=2))
    one = logistic.init(logistic.Config(), Shape(2, 2, 2))
    for _ in range(200):
        inputs, label = dense(random.standard_normal(3)), float(random.integers(0, 2))
        softmax.predict(two, inputs, 2)
        softmax.learn(two, inputs, label, rates, 2)
        logistic.predict(one, inputs, 1)
        logistic.learn(one, inputs, label, 2.0 * rates, 1)
    difference = two.weights[:, 2:] - two.weights[:, :2]
    np.testing.assert_allclose(difference, one.weights, rtol=1e-4)


def test_no_rate_diverges_when_labels_turn_over() -> None:
    made, inputs = state(3), dense([6.0, -6.0, 1.0])
    for turn in range(2000):
        softmax.predict(made, inputs, CLASSES)
        softmax.learn(made, inputs, float(turn % CLASSES), RATES, CLASSES)
        assert np.all(np.isfinite(made.weights))
    assert chances(made, CLASSES).sum(axis=0) == pytest.approx(1.0)


def test_it_learns() -> None:
    """In every lane but the slowest, and the one that is too fast for noise."""
    random, made, rates = np.random.default_rng(0), state(3, 2), np.array([0.01, 0.1])
    right = np.zeros(2)
    for row in range(2000):
        x = np.append(random.standard_normal(2), 1.0)
        label = int(x[0] > 0) * 2 + int(x[1] > 0)
        softmax.predict(made, dense(x), CLASSES)
        right += (row >= 1000) & (chances(made, CLASSES).argmax(axis=0) == label)
        softmax.learn(made, dense(x), float(label), rates, CLASSES)
    assert np.all(right > 900)
