"""The race over many classes and for a number, features to rate, against plain NumPy."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from streamlr.components import NO_CLASS
from streamlr.engine import Engine
from tests.contract.engines import CATEGORIES, CLASSES, FEATURES, drifting, new
from tests.reference.plain import Floats, Scaling
from tests.reference.plain_tasks import OneHot, RaceForANumber, RaceOfClasses

ROWS = 1500
BUCKETS = 40  # more than there are values: none share their weights
AUTOSTEP = np.array([[0.1, 0.05], [0.1, 0.005], [0.03, 0.05], [0.03, 0.005]])


class Case(NamedTuple):
    """What the engine made of a stream, and what plain NumPy did."""

    engine: Engine
    race: Any
    labels: Floats
    said: Floats
    answers: Floats
    expected_said: Floats
    expected_answers: Floats


def run(task: str, race: Any) -> Case:  # noqa: ANN401 - one of two races
    values, labels = drifting(ROWS, 1, task, CATEGORIES)
    schedule = {"type": "race", "memory": 4}
    features = {"type": "scaling", "buckets": BUCKETS}
    engine = new(schedule, "none", task, CATEGORIES, features=features)
    answers = engine.run(values, labels)
    scaling, one_hot = Scaling(values[:, :FEATURES]), OneHot(FEATURES + 1, BUCKETS)
    said, expected = np.empty(ROWS), np.zeros((ROWS, engine.shape.outputs))
    for row, label in enumerate(labels.tolist()):
        x, present = one_hot(scaling(row), values[row, FEATURES:])
        if task == "multiclass":
            chances, said[row] = race.predict(x)
            expected[row, : len(chances)] = chances
        else:
            said[row] = race.predict(x)
        if not np.isnan(label):
            race.learn(x, present, int(label) if task == "multiclass" else label, one_hot.used)
    return Case(engine, race, labels, answers.said, answers.answers, said, expected)


@pytest.fixture(scope="module")
def classes() -> Case:
    rates = np.geomspace(2**-12, 2**3, 16)
    return run("multiclass", RaceOfClasses(CLASSES + 1, FEATURES + 1 + BUCKETS, rates, AUTOSTEP))


@pytest.fixture(scope="module")
def number() -> Case:
    rates = np.geomspace(2**-14, 2**2, 16)
    return run("regression", RaceForANumber(FEATURES + 1 + BUCKETS, rates, AUTOSTEP))


@pytest.fixture(params=["classes", "number"])
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.getfixturevalue(request.param)
    return found


def close(actual: Any, expected: Any) -> None:  # noqa: ANN401 - whatever numpy compares
    np.testing.assert_allclose(actual, expected, rtol=1e-8, atol=1e-8)


def test_what_is_said_is_the_same(case: Case) -> None:
    close(case.said, case.expected_said)


def test_the_probabilities_are_the_same(classes: Case) -> None:
    close(classes.answers, classes.expected_answers)


def test_the_weights_are_the_same(classes: Case, number: Case) -> None:
    columns = classes.engine.state.model.weights[:-1].reshape(FEATURES + 1 + BUCKETS, -1, 20)
    close(columns, classes.race.weights.T)
    close(number.engine.state.model.weights[:-1], number.race.weights.T)


def test_no_weight_is_learned_for_what_is_missing(case: Case) -> None:
    assert np.all(case.engine.state.model.weights[-1] == 0.0)


def test_autostep_is_the_same(classes: Case, number: Case) -> None:
    for case, lanes in ((classes, classes.race.autostep), (number, [number.race.autostep])):
        state = case.engine.state.schedule.autostep
        for name in ("rate", "trace", "scale"):
            expected = np.concatenate([getattr(one, name) for one in lanes]).T
            close(getattr(state, name)[:-1], expected)


def test_what_the_lanes_are_worth_is_the_same(classes: Case, number: Case) -> None:
    state = classes.engine.state.schedule
    close(state.mixture.weight, classes.race.mixture.weight)
    close(state.mixture.belief, classes.race.mixture.belief)
    for actual, expected in [
        *zip(state.plurality.lane_loss, classes.race.lane_loss, strict=True),
        (state.plurality.candidate_loss, classes.race.candidate_loss),
    ]:
        close(actual - actual.min(), expected - expected.min())
    close(number.engine.state.schedule.hedge.weight, number.race.weight)


def test_the_same_lanes_restart(case: Case) -> None:
    state = case.engine.state.schedule.standing
    assert state.restarts[0] == case.race.restarts > 0
    close(state.faded, case.race.faded)


def test_the_same_is_remembered(classes: Case, number: Case) -> None:
    for case, shape in ((classes, (FEATURES + 1 + BUCKETS, -1, 4)), (number, (-1, 1, 4))):
        state, memory = case.engine.state.schedule.memory, case.race.memory
        columns = state.weights[:-1].reshape(*shape)
        close(columns, np.stack(memory.weights).T.reshape(columns.shape))
        close(state.faded, memory.faded)
        close(state.ahead, memory.ahead)
        assert state.used.tolist() == memory.used.tolist()
        assert state.recalls[0] == memory.recalls


def test_the_rate_shown_is_the_same(case: Case) -> None:
    assert case.engine.learning_rate == pytest.approx(case.race.shown, rel=1e-8)


def test_it_is_a_test(classes: Case, number: Case) -> None:
    """Lanes differ, all classes are named, and something is learned."""
    for case in (classes, number):
        assert np.ptp(case.engine.state.model.weights, axis=1).max() > 0.1
    assert {*classes.said.tolist()} == {NO_CLASS, *range(CLASSES)}
    metrics = classes.engine.metrics()["cumulative"]
    assert metrics["accuracy"] > metrics["accuracy_majority"] + 0.1
    metrics = number.engine.metrics()["cumulative"]
    assert metrics["mae"] < 0.9 * metrics["mae_mean"]
