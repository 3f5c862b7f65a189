"""Where centroids begin, how they move, and what becomes of one that wins nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import Shape
from streamlr.models import kmeans
from streamlr.tasks.unsupervised import NO_GROUP
from tests.contract.engines import Floats, dense

RATES = np.array([1e-3, 0.1, 1.0, 1e6])
LANES = len(RATES)


def state(clusters: int, fields: int = 2) -> kmeans.State:
    return kmeans.init(kmeans.Config(clusters=clusters), Shape(fields, 0, LANES, outputs=3))


def say(made: kmeans.State, x: list[float]) -> tuple[Floats, Floats, Floats]:
    """Return distance, distance to the mean and group, a lane."""
    kmeans.predict(made, dense([*x, 1.0]), 3)
    distance, to_mean, group = made.prediction.reshape(3, LANES).copy()
    return distance, to_mean, group


def learn(made: kmeans.State, *records: list[float]) -> kmeans.State:
    for x in records:
        say(made, x)
        kmeans.learn(made, dense([*x, 1.0]), 0.0, RATES, 3)
    return made


def centroids(made: kmeans.State, cluster: int) -> Floats:
    """Return those of one cluster [lanes, fields]."""
    found: Floats = made.weights[:-1, cluster * LANES : (cluster + 1) * LANES].T
    return found


def test_before_the_first_record_it_knows_the_mean_and_no_group() -> None:
    distance, to_mean, group = say(state(3), [3.0, 4.0])
    assert distance.tolist() == to_mean.tolist() == [np.sqrt(12.5)] * LANES
    assert group.tolist() == [NO_GROUP] * LANES


def test_centroids_begin_as_the_first_records_that_differ() -> None:
    made = learn(state(3), [0.0, 0.0], [0.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 0.0], [9.0, 9.0])
    for cluster, place in enumerate([[0.0, 0.0], [2.0, 0.0], [9.0, 9.0]]):
        assert centroids(made, cluster).tolist() == [place] * LANES
    assert made.seeded[0] == 3


def test_the_nearest_one_moves_and_no_other() -> None:
    made = learn(state(2), [0.0, 0.0], [10.0, 0.0], [1.0, 0.0])
    assert centroids(made, 1).tolist() == [[10.0, 0.0]] * LANES
    assert np.all(centroids(made, 0)[:, 0] > 0.0)


@given(st.lists(st.floats(-6, 6), min_size=2, max_size=40))
def test_a_slow_lane_is_the_mean_of_what_it_won(numbers: list[float]) -> None:
    """MacQueen's k-means, while 1/n is more than the rate."""
    made = learn(state(1, fields=1), *[[number] for number in numbers])
    np.testing.assert_allclose(centroids(made, 0)[0, 0], np.mean(numbers), atol=1e-9)


def test_a_fast_lane_goes_most_of_the_way_and_not_beyond() -> None:
    made = learn(state(1, fields=1), *[[0.0], *[[6.0], [-6.0]] * 50])
    assert np.all(np.abs(made.weights[0]) <= 6.0)
    np.testing.assert_allclose(centroids(made, 0)[3, 0], -6.0, atol=1e-4)


def test_lanes_without_a_rate_stay() -> None:
    made = learn(state(1), [0.0, 0.0])
    say(made, [1.0, 1.0])
    kmeans.learn(made, dense([1.0, 1.0, 1.0]), 0.0, RATES[:2], 3)
    assert np.all(centroids(made, 0)[:2] > 0.0)
    assert np.all(centroids(made, 0)[2:] == 0.0)


def test_one_that_wins_nothing_is_put_where_another_is_worth_most() -> None:
    """Two places remain of three; the cluster that covers the wider one is split."""
    random = np.random.default_rng(5)
    made = learn(state(3), [5.0, 5.0], [0.0, 0.0], [-5.0, -5.0])
    for _ in range(3000):
        wide = [-5.0 + random.choice([-1.0, 1.0]), -5.0 + 0.1 * random.standard_normal()]
        learn(made, wide, (0.1 * random.standard_normal(2)).tolist())
    assert made.moved[0] >= 1
    slow = sorted(centroids(made, cluster)[0].tolist() for cluster in range(3))
    np.testing.assert_allclose(slow, [[-6.0, -5.0], [-4.0, -5.0], [0.0, 0.0]], atol=0.25)


def test_a_single_outlier_gets_no_centroid() -> None:
    random = np.random.default_rng(6)
    made = learn(state(3), [5.0, 5.0], [0.0, 0.0], [-5.0, -5.0])
    for place in range(3000):
        learn(made, (random.choice([-5.0, 0.0]) + 0.3 * random.standard_normal(2)).tolist())
        if place % 500 == 499:
            learn(made, [6.0, -6.0])
    assert made.moved[0] >= 1
    for cluster in range(3):
        assert np.linalg.norm(centroids(made, cluster)[0] - [6.0, -6.0]) > 3.0
