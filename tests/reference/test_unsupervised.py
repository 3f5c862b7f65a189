"""Streams without labels, features to rank, against plain NumPy."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from streamlr.engine import Engine
from streamlr.tasks import unsupervised
from tests.contract.engines import FEATURES, new
from tests.reference.plain import Floats, Scaling
from tests.reference.plain_unsupervised import KMeans, Learner, Pca, Race

ROWS = 1200
CLUSTERS, COMPONENTS = 3, 2
RATES = np.geomspace(2**-14, 2**2, 16)
MAKE: dict[str, Callable[[float], Learner]] = {
    "kmeans": lambda rate: KMeans(CLUSTERS, rate),
    "pca": lambda rate: Pca(FEATURES, COMPONENTS, rate),
}
SETTINGS = {"kmeans": {"clusters": CLUSTERS}, "pca": {"components": COMPONENTS}}


def stream(turns_at: int = ROWS // 2) -> Floats:
    """Three clouds along a line, all of which are elsewhere from half way on; some values missing.

    All three get about as many rows, so that no centroid dies.
    """
    random = np.random.default_rng(4)
    values = random.standard_normal((ROWS, FEATURES)) * 0.4
    values += (
        3.0
        * random.integers(-1, 2, (ROWS, 1))
        * np.where(
            (np.arange(ROWS) < turns_at)[:, None], [1.0, 1.0, 0.0, -1.0], [1.0, -1.0, 1.0, 0.0]
        )
    )
    values[random.random(values.shape) < 0.03] = np.nan
    return values


class Case(NamedTuple):
    """What the engine made of the stream, and what plain NumPy did."""

    engine: Engine
    race: Race
    said: Floats
    answers: Floats
    expected: Floats
    inputs: Floats


@pytest.fixture(scope="module", params=["kmeans", "pca"])
def case(request: pytest.FixtureRequest) -> Case:
    kind: str = request.param
    values = stream()
    engine = new("race", "none", "unsupervised", model={"type": kind, **SETTINGS[kind]})
    answers = engine.run(values, np.zeros(ROWS))
    race, scaling = Race([MAKE[kind](rate) for rate in RATES.tolist()]), Scaling(values)
    inputs, expected = np.empty((ROWS, FEATURES)), np.empty(ROWS)
    for row in range(ROWS):
        inputs[row] = scaling(row)[:-1]
        expected[row] = race.say(inputs[row])
        race.learn(inputs[row])
    return Case(engine, race, answers.said, answers.answers, expected, inputs)


def test_what_is_said_is_the_same(case: Case) -> None:
    np.testing.assert_allclose(case.said, case.expected, rtol=1e-8, atol=1e-8)


def test_the_laggards_restart_where_they_should(case: Case) -> None:
    assert case.engine.state.schedule.standing.restarts[0] == case.race.restarts > 0


def test_the_opponent_is_the_mean_of_the_rows_before(case: Case) -> None:
    to_mean = np.sqrt(np.mean(case.inputs**2, axis=1))
    np.testing.assert_allclose(case.answers[:, unsupervised.TO_MEAN], to_mean, rtol=1e-8)
    metrics = case.engine.metrics()["cumulative"]
    expected = 1.0 - np.mean(case.expected**2) / np.mean(to_mean**2)
    assert metrics["variance_explained"] == pytest.approx(expected, rel=1e-8)


def test_the_rank_is_the_faded_share_of_lower_scores(case: Case) -> None:
    """To the width of a bin, a hundredth of the score."""
    for row in range(200, ROWS, 37):
        before = case.expected[:row]
        weight = 0.5 ** (np.arange(row)[::-1] / unsupervised.HALF_LIFE)
        low, high = (
            np.average(before < case.expected[row] * factor, weights=weight)
            for factor in (0.989, 1.011)
        )
        assert low - 1e-9 <= case.answers[row, unsupervised.RANK] <= high + 1e-9


def test_the_cluster_is_the_leaders(case: Case) -> None:
    lanes = case.race.lanes
    groups = case.answers[:, unsupervised.GROUP]
    if not isinstance(lanes[0], KMeans):
        assert set(groups.tolist()) == {unsupervised.NO_GROUP}
        return
    assert groups[0] == unsupervised.NO_GROUP
    leader = lanes[int(case.engine.state.schedule.standing.leader[0])]
    assert isinstance(leader, KMeans)
    last = leader.distances(case.inputs[-1])  # the centroids have moved by one record since
    assert groups[-1] == last.argmin()
