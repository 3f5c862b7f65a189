"""Whose rate a scheduler sets, and that it takes effect: weights move by the driven rate."""

import functools
from collections.abc import MutableMapping
from typing import Any, TypeAlias

import numpy as np
import pytest
from river import compose, ensemble, linear_model, multiclass, optim, preprocessing, tree
from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier

from streamlr import ConfigurationError, LearningRateScheduler, StorageError

Given: TypeAlias = Any
"""An object of anybody's."""

HALVING = {"type": "step", "rate": 0.2, "every": 1, "factor": 0.5}
RATES = [0.2, 0.1, 0.05]


def halving() -> LearningRateScheduler:
    """Return one that steps through RATES."""
    return LearningRateScheduler(HALVING)


# --- plain ones -----------------------------------------------------------------------------------


def test_a_function_is_called_with_the_rate() -> None:
    set_to: list[float] = []
    subject = halving().drive(set_to.append)
    for _ in range(3):
        subject.step(0.5)
    assert set_to == [0.2, *RATES]


def test_several_are_driven_at_once() -> None:
    first, second = {"lr": 1.0}, {"lr": 2.0}
    subject = halving().drive(first).drive(second, relative=True)
    subject.step(0.5)
    subject.step(0.5)
    assert (first, second) == ({"lr": 0.1}, {"lr": 1.0})


class Optimizer:
    """What a torch optimizer has."""

    def __init__(self, *rates: float) -> None:
        self.param_groups: list[MutableMapping[str, Any]] = [{"lr": rate} for rate in rates]

    @property
    def rates(self) -> list[float]:
        return [group["lr"] for group in self.param_groups]


def test_groups_keep_their_proportions() -> None:
    optimizer = Optimizer(1.0, 0.1)
    subject = halving().drive(optimizer, relative=True)
    assert optimizer.rates == [1.0, 0.1]
    subject.step(0.5)
    subject.step(0.5)
    assert optimizer.rates == [0.5, 0.05]


def test_a_group_that_comes_later_is_relative_to_what_it_came_with() -> None:
    optimizer = Optimizer(1.0)
    subject = halving().drive(optimizer, relative=True)
    subject.step(0.5)
    optimizer.param_groups.append({"lr": 8.0})
    subject.step(0.5)
    assert optimizer.rates == [0.5, 4.0]
    subject.load_state_dict(subject.state_dict())
    assert optimizer.rates == [0.5, 4.0]


def test_groups_that_were_replaced_are_found() -> None:
    """As torch does when an optimizer loads a state."""
    optimizer = Optimizer(1.0)
    subject = halving().drive(optimizer)
    optimizer.param_groups = [{"lr": 3.0}, {"lr": 3.0}]
    subject.step(0.5)
    assert optimizer.rates == [0.2, 0.2]


def test_groups_of_one_rate_need_no_word_and_others_do() -> None:
    halving().drive(Optimizer(0.5, 0.5))
    with pytest.raises(ConfigurationError, match=r"\(0.5, 0.1\).* pass relative=True"):
        halving().drive(Optimizer(0.5, 0.1))


def test_a_scheduler_a_group() -> None:
    optimizer = Optimizer(0.5, 0.1)
    first, _ = (halving().drive(group) for group in optimizer.param_groups)
    first.step(0.5)
    first.step(0.5)
    assert optimizer.rates == [0.1, 0.2]


def test_a_restored_scheduler_sets_the_rate_relative_to_the_first() -> None:
    """Not to what the restored optimizer comes with."""
    before, after = Optimizer(1.0), Optimizer(0.5)
    subject, restored = halving().drive(before, relative=True), halving()
    subject.step(0.5)
    subject.step(0.5)
    restored.drive(after, relative=True).load_state_dict(subject.state_dict())
    assert after.rates == before.rates == [0.5]
    assert restored.step(0.5) == subject.step(0.5)
    assert after.rates == before.rates == [0.25]


def test_a_state_for_other_groups_is_refused() -> None:
    kept = halving().drive(Optimizer(1.0, 0.1), relative=True).state_dict()
    optimizer = Optimizer(1.0)
    subject = halving().drive(optimizer, relative=True)
    with pytest.raises(StorageError, match="drove 2 rates of one object, which here has 1"):
        subject.load_state_dict(kept)
    subject.step(0.5)
    assert optimizer.rates == [1.0]


@pytest.mark.parametrize(
    "target", [None, 0.5, "sgd", optim.SGD, {"rate": 1.0}, MLPClassifier(), object()]
)
def test_what_has_no_rate_is_refused(target: Given) -> None:
    with pytest.raises(ConfigurationError, match="has no learning rate to set; give a River"):
        halving().drive(target)


def test_a_function_is_relative_to_nothing() -> None:
    with pytest.raises(ConfigurationError, match="a function has no rate of its own"):
        halving().drive(print, relative=True)


# --- River ----------------------------------------------------------------------------------------


def steps_of(model: Given, weights: Given, subject: LearningRateScheduler) -> list[float]:
    """Return by how much a weight moved for each unit of the gradient, step by step."""
    moved = []
    for _ in RATES:
        said = model.predict_one({"x": 1.0})
        subject.step(0.5)
        before = weights()
        model.learn_one({"x": 1.0}, said + 0.5)
        moved.append((weights() - before) / (2 * 0.5))  # of the squared error
    return moved


def test_rivers_weights_move_by_the_driven_rate() -> None:
    model = linear_model.LinearRegression(optim.SGD(3.0), intercept_lr=0.7)
    subject = halving().drive(model)
    moved = steps_of(model, lambda: model.weights.get("x", 0.0), subject)
    assert moved == pytest.approx(RATES)
    assert model.intercept == pytest.approx(sum(RATES))


def test_an_optimizer_alone_leaves_the_intercept() -> None:
    optimizer = optim.SGD(3.0)
    model = linear_model.LinearRegression(optimizer, intercept_lr=0.0)
    moved = steps_of(model, lambda: model.weights.get("x", 0.0), halving().drive(optimizer))
    assert moved == pytest.approx(RATES)
    assert model.intercept == 0.0


def test_an_intercept_that_is_held_stays() -> None:
    model = linear_model.LinearRegression(optim.SGD(3.0), intercept_lr=0.0)
    steps_of(model, lambda: model.weights.get("x", 0.0), halving().drive(model))
    assert model.intercept == 0.0


def test_rivers_rates_keep_their_proportions() -> None:
    model = linear_model.LinearRegression(optim.SGD(0.8), intercept_lr=0.1)
    moved = steps_of(
        model, lambda: model.weights.get("x", 0.0), halving().drive(model, relative=True)
    )
    assert moved == pytest.approx([0.8, 0.4, 0.2])
    assert model.intercept == pytest.approx(0.1 + 0.05 + 0.025)


@pytest.mark.parametrize(
    ("wrap", "inside"),
    [
        (lambda own: compose.Pipeline(preprocessing.StandardScaler(), own), 1),
        (lambda own: ensemble.BaggingRegressor(own, n_models=3), 3),
    ],
)
def test_models_in_a_river_model_are_found(wrap: Given, inside: int) -> None:
    model = wrap(linear_model.LinearRegression(optim.SGD(3.0)))
    subject = halving().drive(model)
    subject.step(0.5)
    subject.step(0.5)
    own = list(model) if inside > 1 else [model["LinearRegression"]]
    assert [each.optimizer.learning_rate for each in own] == [0.1] * inside
    assert [each.intercept_lr.get(9) for each in own] == [0.1] * inside


def test_each_class_of_a_softmax_regression_is_driven() -> None:
    """River copies the optimizer for each class, when it first meets the class."""
    model = linear_model.SoftmaxRegression(optim.SGD(3.0))
    subject = halving().drive(model)
    for label in ("a", "b", "c"):
        model.learn_one({"x": 1.0}, label)
        subject.step(0.5)
    model.learn_one({"x": 1.0}, "d")
    assert {own.learning_rate for own in model.optimizers.values()} == {0.05}
    assert len(model.optimizers) == 4


def test_the_optimizer_in_an_averager_is_driven() -> None:
    averager = optim.Averager(optim.SGD(3.0))
    halving().drive(linear_model.LogisticRegression(averager)).step(0.5)
    assert averager.optimizer.learning_rate == 0.2


def test_rivers_own_scheduler_is_replaced_unless_relative_to_it() -> None:
    optimizer = optim.SGD(optim.schedulers.InverseScaling(1.0))
    with pytest.raises(ConfigurationError, match=r"lr of .*SGD goes by InverseScaling"):
        halving().drive(optimizer, relative=True)
    halving().drive(optimizer)
    optimizer.n_iterations = 100
    assert optimizer.learning_rate == 0.2


@pytest.mark.parametrize(
    ("target", "named"),
    [
        (tree.HoeffdingTreeClassifier(), "HoeffdingTreeClassifier"),
        (multiclass.OneVsRestClassifier(linear_model.LogisticRegression()), "OneVsRestClassifier"),
        (linear_model.LogisticRegression(optim.FTRLProximal()), "FTRLProximal"),
        (optim.AdaDelta(), "AdaDelta"),
    ],
)
def test_river_objects_without_a_rate_say_what_to_do(target: Given, named: str) -> None:
    message = rf"{named} has no learning rate to set.*learn_one\(x, y, w=effect.factor\)"
    with pytest.raises(ConfigurationError, match=message):
        halving().drive(target)


# --- scikit-learn ---------------------------------------------------------------------------------


def test_scikit_learns_weights_move_by_the_driven_rate() -> None:
    model = SGDRegressor(learning_rate="constant", eta0=3.0, alpha=0.0)
    subject = halving().drive(model)
    moved: list[float] = []
    before = 0.0
    for _ in RATES:
        said = before + float(model.intercept_[0]) if moved else 0.0
        subject.step(0.5)
        model.partial_fit(np.ones((1, 1)), [said + 0.5])
        moved.append((model.coef_[0] - before) / 0.5)
        before = float(model.coef_[0])
    assert moved == pytest.approx(RATES)


def test_scikit_learns_rate_is_relative_to_eta0() -> None:
    model = SGDClassifier(learning_rate="constant", eta0=3.0)
    subject = halving().drive(model, relative=True)
    assert model.eta0 == 3.0
    subject.step(0.5)
    subject.step(0.5)
    assert model.eta0 == 1.5
    halving().drive(Perceptron())


@pytest.mark.parametrize("make", [SGDClassifier, functools.partial(SGDRegressor, eta0=0.1)])
def test_scikit_learns_own_schedules_are_refused(make: Given) -> None:
    message = "has learning_rate = .*, a schedule of its own; .*learning_rate='constant'"
    with pytest.raises(ConfigurationError, match=message):
        halving().drive(make())
