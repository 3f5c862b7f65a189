"""The default learner, features to rate, against plain NumPy."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

import simulators
from streamlr import config
from streamlr.components import NO_CLASS
from streamlr.engine import Engine
from tests.reference.plain import Floats, Race, Scaling

Integers = npt.NDArray[np.int64]
ROWS = 2_500
RATES = np.geomspace(2**-12, 2**3, 16)
AUTOSTEP = np.array([[0.1, 0.05], [0.1, 0.005], [0.03, 0.05], [0.03, 0.005]])


class Case(NamedTuple):
    """A stream, what the engine made of it and what plain NumPy did."""

    engine: Engine
    labels: list[int]
    probabilities: Floats
    race: Race
    expected_labels: list[int]
    expected_probabilities: Floats


def abrupt() -> tuple[Floats, Integers]:
    stream = simulators.make("abrupt", seed=3, features=6, drift_every=800, noise=0.05)
    values, labels = stream.rows(0, ROWS)
    return values, labels.astype(np.int64)


def damaged() -> tuple[Floats, Integers]:
    """Missing values, a constant column, outliers, and inputs of all sizes."""
    stream = simulators.make("recurring", seed=4, features=5, drift_every=500, noise=0.1)
    values, labels = stream.rows(0, ROWS)
    random = np.random.default_rng(1)
    values = values * [1.0, 1e-3, 1e6, 1.0, 3.0] + [0.0, 5.0, -1e7, 0.0, 0.0]
    values[:, 3] = 0.1
    values[random.random(values.shape) < 0.05] = np.nan
    values[::301, 0] *= 1e3
    return values, labels.astype(np.int64)


def sea() -> tuple[Floats, Integers]:
    values, labels = simulators.make("sea", seed=5).rows(0, ROWS)
    return values, labels.astype(np.int64)


def separable() -> tuple[Floats, Integers]:
    """No noise, then all labels turned over: the lanes are sure, and all of them wrong."""
    values = np.random.default_rng(2).standard_normal((ROWS, 3))
    labels = (values @ [1.0, -2.0, 0.5] > 0).astype(np.int64)
    labels[ROWS // 2 :] = 1 - labels[ROWS // 2 :]
    return values, labels


def recurring() -> tuple[Floats, Integers]:
    """Two concepts that take turns, each for long enough to be noted."""
    stream = simulators.make("recurring", seed=6, features=5, drift_every=1100, noise=0.05)
    values, labels = stream.rows(0, 2 * ROWS)
    return values, labels.astype(np.int64)


def engine_of(features: int) -> Engine:
    tables = {
        "source": {"type": "simulator"},
        "stream": {"label": "target"},
        "schedule": {"type": "race"},
        "detector": {"type": "adwin"},
    }
    return Engine(config.build(tables), features)


@pytest.fixture(scope="module", params=[abrupt, damaged, sea, separable, recurring])
def case(request: pytest.FixtureRequest) -> Case:
    values, labels = request.param()
    engine = engine_of(values.shape[1])
    answers = engine.run(values, labels)

    scaling = Scaling(values)
    race = Race(values.shape[1] + 1, RATES, AUTOSTEP)
    said, probabilities, seen = [], [], set[int]()
    for row, label in enumerate(labels.tolist()):
        x = scaling(row)
        probability, named = race.predict(x)
        said.append(int(named) if int(named) in seen else next(iter(seen), NO_CLASS))
        probabilities.append(probability)
        race.learn(x, float(label))
        seen.add(label)
    return Case(
        engine,
        answers.said.tolist(),
        answers.answers[:, 0],
        race,
        said,
        np.array(probabilities),
    )


def close(actual: Any, expected: Any) -> None:  # noqa: ANN401 - whatever numpy compares
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9)


def test_the_labels_are_the_same(case: Case) -> None:
    assert case.labels == case.expected_labels


def test_the_probabilities_are_the_same(case: Case) -> None:
    close(case.probabilities, case.expected_probabilities)


def test_the_weights_are_the_same(case: Case) -> None:
    close(case.engine.state.model.weights.T, case.race.lanes.weights)


def test_autostep_is_the_same(case: Case) -> None:
    state, lanes = case.engine.state.schedule.autostep, case.race.lanes.autostep
    close(state.rate.T, lanes.rate)
    close(state.trace.T, lanes.trace)
    close(state.scale.T, lanes.scale)


def test_the_mixture_is_the_same(case: Case) -> None:
    state, mixture = case.engine.state.schedule.mixture, case.race.mixture
    close(state.weight, mixture.weight)
    close(state.belief, mixture.belief)


def test_the_record_of_the_voters_is_the_same(case: Case) -> None:
    """But for a constant: only differences count."""
    state, ballot = case.engine.state.schedule.ballot, case.race.ballot
    for actual, expected in [
        *zip(state.lane_loss, ballot.lane_loss, strict=True),
        (state.candidate_loss, ballot.candidate_loss),
    ]:
        close(actual - actual.min(), expected - expected.min())


def test_the_same_lanes_restart(case: Case) -> None:
    state = case.engine.state.schedule.standing
    assert state.restarts[0] == case.race.restarts
    assert state.restarts[0] > 0
    close(state.faded, case.race.faded)


def test_the_same_is_remembered(case: Case) -> None:
    state, memory = case.engine.state.schedule.memory, case.race.memory
    close(state.weights.T, memory.weights)
    close(state.faded, memory.faded)
    close(state.ahead, memory.ahead)
    assert state.used.tolist() == memory.used.tolist()
    assert state.recalls[0] == memory.recalls


def test_the_rate_shown_is_the_same(case: Case) -> None:
    assert case.engine.learning_rate == pytest.approx(case.race.shown, rel=1e-9)


def test_it_is_a_test(case: Case) -> None:
    """Lanes differ, both classes are named, and something is learned."""
    assert np.ptp(case.engine.state.model.weights, axis=1).max() > 0.1
    assert set(case.labels[10:]) == {0, 1}
    assert case.engine.metrics()["cumulative"]["accuracy"] > 0.6
