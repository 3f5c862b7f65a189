"""Components that stay orthonormal at any rate, and turn towards the most variance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import Shape
from streamlr.models import pca
from streamlr.tasks.unsupervised import NO_GROUP
from tests.contract.engines import Floats, dense

RATES = np.array([1e-3, 0.1, 1.0, 1e6])
LANES = len(RATES)


def state(components: int, fields: int) -> pca.State:
    return pca.init(pca.Config(components=components), Shape(fields, 0, LANES, outputs=3))


def learn(made: pca.State, records: Floats) -> pca.State:
    for x in records:
        inputs = dense([*x, 1.0])
        pca.predict(made, inputs, 3)
        pca.learn(made, inputs, 0.0, RATES, 3)
    return made


def components(made: pca.State, lane: int) -> Floats:
    """Return one lane's [fields, components]."""
    found: Floats = made.weights[:-1, lane::LANES]
    return found


@pytest.mark.parametrize("fields", [1, 2, 3, 10])
def test_components_begin_orthonormal_and_no_more_than_there_are_fields(fields: int) -> None:
    made = state(3, fields)
    for lane in range(LANES):
        found = components(made, lane)
        expected = np.diag([1.0 if place < fields else 0.0 for place in range(3)])
        np.testing.assert_allclose(found.T @ found, expected, atol=1e-12)
    assert np.all(made.weights[-1] == 0.0)


@given(st.lists(st.lists(st.floats(-6, 6), min_size=4, max_size=4), min_size=1, max_size=40))
def test_they_stay_orthonormal_at_any_rate(records: list[list[float]]) -> None:
    made = learn(state(2, 4), np.array(records))
    for lane in range(LANES):
        found = components(made, lane)
        np.testing.assert_allclose(found.T @ found, np.eye(2), atol=1e-9)
    assert np.all(made.weights[-1] == 0.0)


def test_what_is_said_is_the_distance_to_the_subspace() -> None:
    random = np.random.default_rng(1)
    made = learn(state(2, 5), random.standard_normal((50, 5)))
    x = random.standard_normal(5)
    pca.predict(made, dense([*x, 1.0]), 3)
    distance, to_mean, group = made.prediction.reshape(3, LANES)
    for lane in range(LANES):
        found = components(made, lane)
        rest = x - found @ (found.T @ x)
        assert distance[lane] == pytest.approx(np.sqrt(np.mean(rest**2)), rel=1e-9)
    assert to_mean.tolist() == [np.sqrt(np.mean(x**2))] * LANES
    assert group.tolist() == [NO_GROUP] * LANES


def test_they_find_what_the_covariance_has() -> None:
    """The first component is the one of the most variance, as eigenvectors are ordered."""
    random = np.random.default_rng(2)
    basis = np.linalg.qr(random.standard_normal((6, 6)))[0]
    deviations = np.array([3.0, 1.5, 0.3, 0.3, 0.2, 0.1])
    records = random.standard_normal((20_000, 6)) * deviations @ basis.T
    found = components(learn(state(2, 6), records), 0)
    assert np.all(np.abs(np.diag(basis[:, :2].T @ found)) > 0.99)


def test_lanes_without_a_rate_stay() -> None:
    made, x = state(2, 3), dense([1.0, -2.0, 0.5, 1.0])
    before = made.weights.copy()
    pca.predict(made, x, 3)
    pca.learn(made, x, 0.0, RATES[:2], 3)
    moved = np.abs(made.weights - before).reshape(4, 2, LANES).max(axis=(0, 1))
    assert np.all(moved[:2] > 0.0)
    assert np.all(moved[2:] < 1e-12)
