"""Schedules that go by the loss or the gradient, against their formulas in plain NumPy."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from streamlr import registry
from streamlr.components import NO_SIGNAL, Inputs, Shape
from tests.contract.engines import NO_INPUTS
from tests.reference import plain_schedules as plain
from tests.reference.plain import Autostep
from tests.reference.plain_schedules import Floats, Present

NUMBERS, COLUMNS, BUCKETS = 3, 2, 6
ROWS = NUMBERS + 1 + BUCKETS
SAMPLES = 600
OUTPUTS = {"binary": 1, "multiclass": 4, "regression": 1}

every_task = pytest.mark.parametrize("task", OUTPUTS)


ByLoss = plain.BoldDriver | plain.LossRatio


class Sample(NamedTuple):
    """Inputs as a schedule gets them, and as a vector over all weight rows."""

    inputs: Inputs
    x: Floats
    present: Present
    target: float


def shape_of(task: str) -> Shape:
    classes = {"binary": 2, "multiclass": 4, "regression": 0}[task]
    return Shape(NUMBERS, classes, 1, COLUMNS, BUCKETS, OUTPUTS[task])


def samples(task: str, seed: int = 3) -> Iterator[Sample]:
    """Yield a stream whose rule turns over halfway; each column has categories of its own."""
    random = np.random.default_rng(seed)
    rule = random.standard_normal((ROWS, OUTPUTS[task]))
    for index in range(SAMPLES):
        numbers = [*random.standard_normal(NUMBERS), 1.0]
        rows = NUMBERS + 1 + random.integers(0, BUCKETS // COLUMNS, COLUMNS)
        rows += np.arange(COLUMNS) * (BUCKETS // COLUMNS)
        known = (random.random(COLUMNS) < 0.9).astype(np.float64)
        x = np.zeros(ROWS)
        x[: NUMBERS + 1], x[rows] = numbers, known
        present = np.zeros(ROWS, np.bool_)
        present[: NUMBERS + 1] = present[rows] = True
        sums = x @ rule * (1 if index < SAMPLES // 2 else -1)
        target = {"binary": sums[0] > 0, "multiclass": np.argmax(sums), "regression": sums[0] / 3}
        inputs = Inputs(np.array([*numbers, *known]), rows, np.array([ROWS]))
        yield Sample(inputs, x, present, float(target[task]))


def said(task: str, weights: Floats, x: Floats) -> Floats:
    sums: Floats = x @ weights
    if task == "regression":
        return sums
    if task == "binary":
        chance: Floats = 1 / (1 + np.exp(-sums))
        return chance
    shares: Floats = np.exp(sums - sums.max()) / np.exp(sums - sums.max()).sum()
    return shares


class Subject:
    """A schedule, and the weights that it moves."""

    def __init__(self, type_: str, task: str, **settings: object) -> None:
        self.module: Any = registry.load("schedules", type_)
        config = self.module.Config.model_validate(settings)
        self.state = self.module.init(config, shape_of(task))
        self.weights = np.zeros((ROWS, OUTPUTS[task]))

    def hears(self, sample: Sample, prediction: Floats) -> float:
        """Return the rate for the sample."""
        rest = (0.7, NO_SIGNAL, 0.0, sample.inputs)
        self.module.update(self.state, prediction, sample.target, *rest)
        return float(self.module.rate(self.state))

    def moves(self, sample: Sample, prediction: Floats) -> None:
        self.module.move(self.state, self.weights, sample.inputs, prediction, sample.target)


LOSSES = np.random.default_rng(5).gamma(2.0, 0.2, 4000) * np.repeat([1.0, 0.5, 3.0, 0.1], 1000)


@pytest.mark.parametrize("scale", [1.0, 1e6])
@pytest.mark.parametrize(
    ("type_", "reference", "rule"),
    [
        ("bold_driver", plain.BoldDriver, {"growth": 1.3, "shrink": 0.4, "tolerance": 0.1}),
        ("loss_ratio", plain.LossRatio, {"power": 1.7}),
    ],
)
def test_those_by_the_loss_do_as_their_formula(
    type_: str, reference: type[ByLoss], rule: dict[str, float], scale: float
) -> None:
    """Whatever the unit of the loss."""
    settings = {"rate": 0.1, "window": 100, "min_rate": 0.05, "max_rate": 0.12, **rule}
    module = registry.load("schedules", type_)
    state = module.init(module.Config(**settings), shape_of("binary"))
    expected, losses, rates = reference(settings), LOSSES * scale, []
    for loss in losses:
        rest = (float(loss), NO_SIGNAL, 0.0, NO_INPUTS)
        module.update(state, np.array([0.5]), 1.0, *rest)
        rates.append(module.rate(state))
    ends = range(100, len(losses) + 1, 100)
    formula = [expected.rate(losses[:end]) for end in ends]
    np.testing.assert_allclose([rates[end - 1] for end in ends], formula, rtol=1e-10)
    assert {0.05, 0.12} <= set(rates)  # both bounds were met
    assert [rate for rate in rates if rate not in {0.05, 0.12}]


@every_task
@pytest.mark.parametrize("rule", ["additive", "multiplicative"])
def test_hypergradient_is_its_formula(task: str, rule: str) -> None:
    bounds = (0.01, 0.3)
    settings = {"rate": 0.1, "meta_rate": 0.02, "min_rate": bounds[0], "max_rate": bounds[1]}
    subject = Subject("hypergradient", task, rule=rule, **settings)
    expected = plain.Hypergradient(0.1, 0.02, bounds)
    rates = set()
    for sample in samples(task):
        prediction = said(task, subject.weights, sample.x)
        e = plain.error(prediction, sample.target)
        expected.learn(e, sample.x, additive=rule == "additive")
        assert subject.hears(sample, prediction) == pytest.approx(expected.rate, rel=1e-9)
        subject.weights += expected.rate * np.outer(sample.x, e)
        rates.add(expected.rate)
    assert len(rates) > SAMPLES / 3


@every_task
def test_vsgd_is_its_formula_by_weight(task: str) -> None:
    bounds, weights = (1e-3, 0.5), (ROWS, OUTPUTS[task])
    settings = {"rate": 0.1, "slow_start": 20, "min_rate": bounds[0], "max_rate": bounds[1]}
    subject = Subject("vsgd", task, per="weight", **settings)
    expected, own = plain.Vsgd(weights, 0.1, 20, bounds), np.zeros(weights)
    number = task == "regression"
    for index, sample in enumerate(samples(task), start=1):
        prediction = said(task, own, sample.x)
        e = plain.error(prediction, sample.target)
        expected.learn_rates(e, sample.x, sample.present, number=number)
        own += expected.step(e, sample.x, number=number)
        shown = subject.hears(sample, prediction)
        subject.moves(sample, prediction)
        np.testing.assert_allclose(subject.state.rate, expected.rate, rtol=1e-8)
        np.testing.assert_allclose(subject.weights, own, rtol=1e-8, atol=1e-12)
        if index % 32 == 0:
            assert shown == pytest.approx(np.exp(np.log(expected.rate).mean()), rel=1e-8)
    assert len(np.unique(expected.rate)) > 3


@every_task
def test_vsgd_is_its_formula_for_the_model(task: str) -> None:
    bounds, weights = (1e-3, 0.5), (ROWS, OUTPUTS[task])
    settings = {"rate": 0.1, "slow_start": 20, "min_rate": bounds[0], "max_rate": bounds[1]}
    subject = Subject("vsgd", task, per="model", **settings)
    expected = plain.Vsgd(weights, 0.1, 20, bounds)
    rates = set()
    for sample in samples(task):
        prediction = said(task, subject.weights, sample.x)
        e = plain.error(prediction, sample.target)
        expected.learn_rate(e, sample.x, sample.present, number=task == "regression")
        rate = expected.rate[0, 0]
        assert subject.hears(sample, prediction) == pytest.approx(rate, rel=1e-8)
        assert subject.state.rates.tolist() == [subject.module.rate(subject.state)]
        subject.weights += rate * np.outer(sample.x, e) / (1 + rate * sample.x @ sample.x)
        rates.add(rate)
    assert len(rates) > SAMPLES / 3


@every_task
def test_cogra_is_its_formula(task: str) -> None:
    limits = {"min_rate": 1e-3, "max_rate": 0.5, "slow_start": 20, "horizon": 150}
    subject = Subject("cogra", task, rate=0.1, **limits)
    expected = plain.Cogra((ROWS, OUTPUTS[task]), 0.1, limits)
    rates = set()
    for sample in samples(task):
        prediction = said(task, subject.weights, sample.x)
        e = plain.error(prediction, sample.target)
        expected.learn(e, sample.x, sample.present, number=task == "regression")
        assert subject.hears(sample, prediction) == pytest.approx(expected.rate, rel=1e-8)
        step = expected.rate / (1 + expected.rate * sample.x @ sample.x)
        subject.weights += step * np.outer(sample.x, e)
        rates.add(expected.rate)
    assert len(rates) > SAMPLES / 3


@every_task
@pytest.mark.parametrize("caution", [1.0, 100.0])
def test_coin_betting_is_its_formula(task: str, caution: float) -> None:
    bounds = (1e-3, 0.5)
    limits = {"min_rate": bounds[0], "max_rate": bounds[1]}
    subject = Subject("coin_betting", task, caution=caution, **limits)
    expected = plain.CoinBetting((ROWS, OUTPUTS[task]), caution, bounds)
    for sample in samples(task):
        prediction = said(task, expected.weights, sample.x)
        subject.hears(sample, prediction)
        subject.moves(sample, prediction)
        expected.learn(plain.error(prediction, sample.target), sample.x)
        np.testing.assert_allclose(subject.weights, expected.weights, rtol=1e-8, atol=1e-12)
    assert np.all(np.any(expected.weights != 0, axis=1))


@every_task
def test_autostep_is_its_formula(task: str) -> None:
    """The one lane is as those of the race, output by output."""
    subject = Subject("autostep", task, rate=0.05, meta_rate=0.1)
    settings = np.array([[0.1, 0.05]] * OUTPUTS[task])
    expected, own = Autostep(ROWS, settings), np.zeros((ROWS, OUTPUTS[task]))
    for sample in samples(task):
        prediction = said(task, own, sample.x)
        e = plain.error(prediction, sample.target)
        bend = plain.curvature(e, number=task == "regression")
        own += expected.step(sample.x, e, bend, sample.present).T
        subject.hears(sample, prediction)
        subject.moves(sample, prediction)
        np.testing.assert_allclose(subject.weights, own, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(subject.state.lane.rate, expected.rate.T, rtol=1e-7)
