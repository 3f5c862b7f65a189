"""Schedules against the formulas of scikit-learn, torch and optax, written out."""

import math
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from streamlr import registry
from streamlr.components import NO_SIGNAL, Shape
from tests.contract.engines import NO_INPUTS

Rates = npt.NDArray[np.float64]

SHAPE = Shape(features=1, classes=2, lanes=1)
SAMPLES = 3000
FLOOR = 1e-9
"""A lowest rate that the published formula does not come near."""


def rates(type_: str, settings: dict[str, Any], losses: Rates | None = None) -> Rates:
    """Return the rate of each sample; scores of every sample are those of ``losses``."""
    module = registry.load("schedules", type_)
    state = module.init(module.Config(**settings), SHAPE)
    assert module.rate(state) == settings["rate"]  # what is shown before the first sample
    met = []
    for loss in np.zeros(SAMPLES) if losses is None else losses:
        module.update(state, np.array([0.5]), 1.0, float(loss), NO_SIGNAL, 0.0, NO_INPUTS)
        assert module.rate(state) == state.rates[0]
        met.append(state.rates[0])
    return np.array(met)


def by_index(formula: Callable[[int], float]) -> Rates:
    """Return a formula's values; as in torch and optax, the first sample is number 0."""
    return np.array([formula(index) for index in range(SAMPLES)])


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0, 2.0])
def test_inverse_scaling_is_scikit_learns(power: float) -> None:
    """``eta = eta0 / pow(t, power_t)``, t counting from 1."""
    met = rates("inverse_scaling", {"rate": 0.3, "power": power, "min_rate": FLOOR})
    formula = by_index(lambda index: 0.3 / math.pow(index + 1, power))
    np.testing.assert_allclose(met, formula, rtol=1e-13)


@pytest.mark.parametrize("every", [1, 7, 1000])
def test_step_is_torchs(every: int) -> None:
    """``StepLR``: gamma once more after every step_size."""
    settings = {"rate": 0.3, "factor": 0.95, "every": every, "min_rate": 1e-70}
    formula = by_index(lambda index: 0.3 * 0.95 ** (index // every))
    np.testing.assert_allclose(rates("step", settings), formula, rtol=1e-12)


def test_milestones_are_torchs() -> None:
    """``MultiStepLR``: gamma once more from each milestone on."""
    milestones = (1, 2, 500, 1999)
    settings = {"rate": 0.3, "factor": 0.1, "milestones": milestones, "min_rate": FLOOR}
    formula = by_index(lambda index: 0.3 * 0.1 ** sum(index >= at for at in milestones))
    np.testing.assert_allclose(rates("multi_step", settings), formula, rtol=1e-12)


@pytest.mark.parametrize(("half_life", "end"), [(100.0, FLOOR), (33.3, 0.01), (1.0, 1e-300)])
def test_exponential_is_optaxs(half_life: float, end: float) -> None:
    """``exponential_decay``: init_value · decay_rate^(count / transition_steps) down to an end."""
    settings = {"rate": 0.3, "half_life": half_life, "min_rate": end}
    formula = by_index(lambda index: max(end, 0.3 * math.pow(0.5, index / half_life)))
    np.testing.assert_allclose(rates("exponential", settings), formula, rtol=1e-11)


@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
@pytest.mark.parametrize(("samples", "begin"), [(1000, 0), (1, 0), (1500, 700), (10_000, 5)])
def test_polynomial_is_optaxs(power: float, samples: int, begin: int) -> None:
    """``polynomial_schedule``: (init - end) · (1 - count / steps)^power + end."""
    settings = {"rate": 0.3, "power": power, "samples": samples, "begin": begin, "min_rate": 0.01}

    def formula(index: int) -> float:
        count = min(max(index - begin, 0), samples)
        return (0.3 - 0.01) * math.pow(1 - count / samples, power) + 0.01

    np.testing.assert_allclose(rates("polynomial", settings), by_index(formula), rtol=1e-12)


@pytest.mark.parametrize("period", [1, 2, 999, 10_000])
def test_cosine_is_optaxs(period: int) -> None:
    """``cosine_decay_schedule``: init · ((1 - alpha) · ½(1 + cos(π · count / steps)) + alpha)."""
    settings = {"rate": 0.3, "period": period, "min_rate": 0.003}

    def formula(index: int) -> float:
        wave = 0.5 * (1 + math.cos(math.pi * min(index, period) / period))
        return 0.3 * ((1 - 0.01) * wave + 0.01)

    np.testing.assert_allclose(rates("cosine", settings), by_index(formula), rtol=1e-12)


def warm_restarts(period: int, growth: int) -> Iterator[float]:
    """Yield equation 5 of SGDR, period after period, as torch walks through them."""
    length = period
    while True:
        for current in range(length):
            yield 0.003 + (0.3 - 0.003) / 2 * (1 + math.cos(math.pi * current / length))
        length *= growth


@pytest.mark.parametrize(("period", "growth"), [(1, 1), (100, 1), (7, 2), (50, 3), (9999, 1)])
def test_restarts_are_torchs(period: int, growth: int) -> None:
    settings = {"rate": 0.3, "period": period, "growth": growth, "min_rate": 0.003}
    formula = np.array(list(islice(warm_restarts(period, growth), SAMPLES)))
    met = rates("cosine_restarts", settings)
    np.testing.assert_allclose(met, formula, rtol=1e-12)


class Plateau:
    """torch's ``ReduceLROnPlateau`` (mode "min", threshold_mode "rel"), from its documentation.

    A step counts as bad unless it beats the best by the threshold; in the cooldown none counts.
    One bad step more than patience reduces the rate; a reduction of no more than 1e-8 is not made.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.rate = settings["rate"]
        self.best = math.inf
        self.bad: list[float] = []
        self.rest = 0

    def step(self, metric: float) -> float:
        better = metric < self.best * (1 - self.settings["threshold"])
        if better:
            self.best = metric
        if better or self.rest > 0:
            self.bad.clear()
        else:
            self.bad.append(metric)
        self.rest = max(self.rest - 1, 0)
        if len(self.bad) > self.settings["patience"]:
            self.bad.clear()
            self.rest = self.settings["cooldown"]
            reduced = max(self.rate * self.settings["factor"], self.settings["min_rate"])
            if self.rate - reduced > 1e-8:
                self.rate = reduced
        return float(self.rate)


def faded(losses: Rates, half_life: float) -> Rates:
    """Return the mean of the losses so far, each weighing half as much a half-life later."""
    means = []
    for count in range(1, len(losses) + 1):
        weights = 0.5 ** (np.arange(count)[::-1] / half_life)
        means.append(weights @ losses[:count] / weights.sum())
    return np.array(means)


NOISE = np.random.default_rng(3).random(SAMPLES)
FALLING = 0.7 / (1 + np.arange(SAMPLES) / 500) + 0.2 * NOISE
JUMPING = np.resize(np.repeat([0.6, 0.3, 0.1, 0.9], 250), SAMPLES) + 0.1 * NOISE


@pytest.mark.parametrize("losses", [FALLING, JUMPING], ids=["falling", "jumping"])
@pytest.mark.parametrize("half_life", [1.0, 40.0])
@pytest.mark.parametrize(
    "limits",
    [
        {"patience": 50, "cooldown": 0, "threshold": 1e-4, "factor": 0.5, "min_rate": FLOOR},
        {"patience": 20, "cooldown": 75, "threshold": 0.1, "factor": 0.9, "min_rate": FLOOR},
        {"patience": 0, "cooldown": 3, "threshold": 0.0, "factor": 0.97, "min_rate": 0.01},
        {"patience": 100, "cooldown": 10, "threshold": 0.9, "factor": 0.1, "min_rate": FLOOR},
    ],
)
def test_reduce_on_plateau_is_torchs(
    limits: dict[str, Any], half_life: float, losses: Rates
) -> None:
    settings = {"rate": 0.3, **limits}
    reference = Plateau(settings)
    start = int(half_life) - 1  # the first half-life is not compared
    metrics = faded(losses, half_life)[start:]
    formula = [0.3] * start + [reference.step(float(metric)) for metric in metrics]
    met = rates("reduce_on_plateau", {**settings, "half_life": half_life}, losses)
    np.testing.assert_allclose(met, formula, rtol=1e-12)
    assert len(set(met.tolist())) > 3
