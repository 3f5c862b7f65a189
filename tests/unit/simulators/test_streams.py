"""What each stream promises of its own."""

import numpy as np
import pytest

from simulators import Stream, make
from simulators.concepts import concept_weights, weighted_sum
from simulators.linear import LinearStream
from simulators.stream import Floats

LINEAR = ["abrupt", "gradual", "incremental", "random_walk", "recurring", "stationary"]


def fitted_direction(stream: Stream, start: int, stop: int) -> Floats:
    """Estimate the direction of the weights; features are white, so no inverse is due."""
    features, labels = stream.rows(start, stop)
    weights = weighted_sum(features.T, labels - labels.mean())
    direction: Floats = weights / np.linalg.norm(weights)
    return direction


def cosine(stream: Stream, one: tuple[int, int], other: tuple[int, int]) -> float:
    return float(fitted_direction(stream, *one) @ fitted_direction(stream, *other))


@pytest.mark.parametrize("name", LINEAR)
def test_a_perfect_model_is_right_for_about_94_percent(name: str) -> None:
    stream = make(name, seed=5)
    assert isinstance(stream, LinearStream)
    right = []
    for number in range(20):
        features, labels = stream.block(number)
        right.append((weighted_sum(features, stream.weights(number)) > 0) == labels)
    assert 0.94 < np.mean(right) < 0.95


@pytest.mark.parametrize("name", LINEAR)
def test_labels_without_noise_are_a_function_of_the_features(name: str) -> None:
    stream = make(name, seed=5, noise=0)
    assert isinstance(stream, LinearStream)
    for number in (0, 9, 10):
        features, labels = stream.block(number)
        assert ((weighted_sum(features, stream.weights(number)) > 0) == labels).all()


@pytest.mark.parametrize("name", LINEAR)
def test_weights_have_length_one(name: str) -> None:
    stream = make(name, seed=5)
    assert isinstance(stream, LinearStream)
    for number in (0, 9, 1_000_000):
        assert np.linalg.norm(stream.weights(number), axis=1) == pytest.approx(1)


def test_stationary_keeps_its_weights() -> None:
    assert cosine(make("stationary", 3), (0, 4_000), (1_000_000, 1_004_000)) > 0.98


@pytest.mark.parametrize("name", ["abrupt", "regression"])
def test_abrupt_changes_have_new_weights_each(name: str) -> None:
    stream = make(name, 3, drift_every=4_000)
    assert cosine(stream, (0, 2_000), (2_000, 4_000)) > 0.95
    starts = [0, 4_000, 8_000, 40_000]
    directions = [fitted_direction(stream, start, start + 4_000) for start in starts]
    between = np.abs(np.array(directions) @ np.array(directions).T - np.eye(4))
    assert between.max() < 0.7


def test_abrupt_may_change_at_every_row() -> None:
    stream = make("abrupt", 3, drift_every=1)
    assert isinstance(stream, LinearStream)
    assert len(np.unique(stream.weights(2)[:, 0])) == 1024


def test_recurring_comes_back() -> None:
    stream = make("recurring", 3)
    assert abs(cosine(stream, (0, 5_000), (5_000, 10_000))) < 0.7
    assert cosine(stream, (0, 5_000), (10_000, 15_000)) > 0.98
    assert cosine(stream, (5_000, 10_000), (15_000, 20_000)) > 0.98


def test_recurring_takes_as_many_concepts_as_asked() -> None:
    stream = make("recurring", 3, drift_every=1024, concepts=3)
    assert isinstance(stream, LinearStream)
    seen = [stream.weights(number)[0, 0] for number in range(7)]
    assert len(set(seen)) == 3
    assert seen[0] == seen[3] == seen[6]


def test_gradual_blends_by_a_sigmoid_around_the_change_point() -> None:
    drift, width = 20_000, 4_000
    stream = make("gradual", 3, drift_every=drift, width=width)
    assert isinstance(stream, LinearStream)
    new = concept_weights(3, np.array([1]), 20)
    follows = np.concatenate([(stream.weights(number) == new).all(axis=1) for number in range(40)])
    for distance in (-1.0, -0.5, 0.0, 0.5, 1.0):
        middle = drift + int(distance * width)
        share = follows[middle - 400 : middle + 400].mean()
        assert share == pytest.approx(1 / (1 + np.exp(-4 * distance)), abs=0.06)
    assert not follows[: drift // 2].any()


def test_gradual_changes_may_not_overlap() -> None:
    with pytest.raises(ValueError, match="width=600 must be an integer from 1 to 500, half of"):
        make("gradual", drift_every=1_000, width=600)


def test_incremental_turns_at_every_row_and_reaches_each_concept() -> None:
    stream = make("incremental", 3, drift_every=2_048)
    assert isinstance(stream, LinearStream)
    path = np.concatenate([stream.weights(number) for number in range(5)])
    concepts = concept_weights(3, np.array([0, 1, 2]), 20)
    assert path[[0, 2_048, 4_096]] == pytest.approx(concepts)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps.min() > 0
    assert steps.max() < 2e-3


def test_random_walk_goes_in_small_steps_and_does_not_stay() -> None:
    stream = make("random_walk", 3)
    assert isinstance(stream, LinearStream)
    path = np.concatenate([stream.weights(number) for number in range(10)])
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps.min() > 0
    assert steps.max() < 1e-3
    near, far = stream.weights(1)[0], stream.weights(1_000_000)[0]
    assert 0.9 < path[0] @ near < 1
    assert abs(path[0] @ far) < 0.7


def test_sea_follows_its_four_thresholds() -> None:
    stream = make("sea", 3, noise=0, drift_every=1_000)
    for turn, threshold in enumerate([8, 9, 7, 9.5, 8]):
        features, labels = stream.rows(turn * 1_000, (turn + 1) * 1_000)
        assert ((features[:, 0] + features[:, 1] <= threshold) == labels).all()
        assert 0 <= features.min() < features.max() <= 10


@pytest.mark.parametrize("name", ["sea", "hyperplane"])
def test_label_noise_is_as_asked(name: str) -> None:
    clean = make(name, 3, noise=0).rows(0, 20_000)
    noisy = make(name, 3, noise=0.2).rows(0, 20_000)
    assert (clean[0] == noisy[0]).all()
    assert (clean[1] != noisy[1]).mean() == pytest.approx(0.2, abs=0.01)


def test_hyperplane_stays_balanced_and_rotates() -> None:
    stream = make("hyperplane", 3, noise=0)
    _, labels = stream.rows(0, 100_000)
    assert labels.mean() == pytest.approx(0.5, abs=0.01)
    still = make("hyperplane", 3, noise=0, speed=0)
    apart = [
        (stream.rows(at, at + 2_000)[1] != still.rows(at, at + 2_000)[1]).mean()
        for at in (0, 5_000, 10_000)
    ]
    assert apart[0] < 0.05
    assert apart[0] < apart[1] < apart[2]


def test_rbf_moves_without_jumping() -> None:
    moving = make("rbf", 3, drift_every=0, speed=1e-4, spread=0)
    centres = len(np.unique(moving.rows(0, 1)[0], axis=0))
    assert centres == 1
    assert moving.change_points(10**6) == []
    features, _ = moving.rows(0, 50_000)
    assert 0 <= features.min() < features.max() <= 1
    still, _ = make("rbf", 3, drift_every=0, spread=0).rows(0, 50_000)
    distance = np.linalg.norm(features - still, axis=1)
    assert distance[:1_000].max() <= 0.1
    assert distance[5_000] == pytest.approx(0.5, abs=0.2)


def test_rbf_has_clouds_of_every_class() -> None:
    features, labels = make("rbf", 3, classes=5, centroids=7, spread=0).rows(0, 2_000)
    centres, first = np.unique(features, axis=0, return_index=True)
    assert len(centres) == 7
    assert np.bincount(labels[first]).tolist() == [2, 2, 1, 1, 1]
    with pytest.raises(ValueError, match="centroids=3 must be an integer from 4, the number of"):
        make("rbf", centroids=3)


def test_rbf_of_two_classes_is_binary() -> None:
    assert make("rbf", classes=2).task == "binary"


def test_regression_has_the_error_it_says() -> None:
    stream = make("regression", 3, noise=0.25)
    features, target = stream.rows(0, 10_000)
    weights = concept_weights(3, np.zeros(10_000, np.int64), 20)
    error = np.abs(target - weighted_sum(features, weights)).mean()
    assert error == pytest.approx(0.25 * 0.798, rel=0.03)
    assert np.abs(target).mean() == pytest.approx(0.798 * np.sqrt(1 + 0.25**2), rel=0.03)


def test_streams_of_one_seed_share_features_and_first_concept() -> None:
    stationary = make("stationary", 3).rows(0, 5_000)
    for name in ("abrupt", "recurring"):
        rows = make(name, 3).rows(0, 5_000)
        assert (rows[0] == stationary[0]).all()
        assert (rows[1] == stationary[1]).all()
