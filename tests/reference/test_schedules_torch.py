"""Schedules against torch's own, sample by sample: a step there is a sample here."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from streamlr import registry
from streamlr.components import NO_SIGNAL, Shape
from streamlr.schedules import warm_up
from tests.contract.engines import NO_INPUTS
from tests.servers.requirements import require_package

torch = require_package("torch")
from torch.optim import lr_scheduler  # noqa: E402 - only where it is installed

Rates = npt.NDArray[np.float64]
Scheduler = Callable[[Any], Any]
"""A torch optimizer → its scheduler."""

SAMPLES = 2500
FLOOR = 1e-30
"""A lowest rate that torch's formula does not come near."""


def ours(type_: str, settings: dict[str, Any], losses: Rates | None = None) -> Rates:
    """Return the rate of each sample."""
    schedule = registry.load("schedules", type_)
    config = schedule.Config(**settings)
    module: Any = warm_up.before(schedule, config)
    state = module.init(config, Shape(features=1, classes=2, lanes=1))
    rates = []
    for loss in np.zeros(SAMPLES) if losses is None else losses:
        module.update(state, np.array([0.5]), 1.0, float(loss), NO_SIGNAL, 0.0, NO_INPUTS)
        rates.append(module.rate(state))
    return np.array(rates)


def torchs(rate: float, make: Scheduler, steps: int = SAMPLES) -> Rates:
    """Return the rate of each step; a scheduler is stepped after the optimizer."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


CASES: dict[str, tuple[str, dict[str, Any], Scheduler]] = {
    "StepLR": (
        "step",
        {"factor": 0.9, "every": 70, "min_rate": FLOOR},
        lambda own: lr_scheduler.StepLR(own, step_size=70, gamma=0.9),
    ),
    "MultiStepLR": (
        "multi_step",
        {"factor": 0.3, "milestones": (1, 2, 600, 2400), "min_rate": FLOOR},
        lambda own: lr_scheduler.MultiStepLR(own, milestones=[1, 2, 600, 2400], gamma=0.3),
    ),
    "ExponentialLR": (
        "exponential",
        {"half_life": 123.0, "min_rate": FLOOR},
        lambda own: lr_scheduler.ExponentialLR(own, gamma=0.5 ** (1 / 123)),
    ),
    "PolynomialLR": (
        "polynomial",
        {"samples": 1800, "power": 1.7, "min_rate": FLOOR},
        lambda own: lr_scheduler.PolynomialLR(own, total_iters=1800, power=1.7),
    ),
    "CosineAnnealingWarmRestarts": (
        "cosine_restarts",
        {"period": 90, "growth": 3, "min_rate": 0.002},
        lambda own: lr_scheduler.CosineAnnealingWarmRestarts(own, T_0=90, T_mult=3, eta_min=0.002),
    ),
    "piecewise ConstantLR": (
        "piecewise",
        {"points": ((0, 0.1), (800, 0.3))},
        lambda own: lr_scheduler.ConstantLR(own, factor=1 / 3, total_iters=800),
    ),
    "piecewise LinearLR": (
        "piecewise",
        {"points": ((0, 0.3), (900, 0.06)), "between": "linear"},
        lambda own: lr_scheduler.LinearLR(own, 1.0, 0.2, total_iters=900),
    ),
    "LinearLR warm-up": (
        "constant",
        {"warm_up": 700},
        lambda own: lr_scheduler.LinearLR(own, start_factor=1 / 701, total_iters=700),
    ),
    "LinearLR, then StepLR": (
        "step",
        {"warm_up": 500, "factor": 0.9, "every": 70, "min_rate": FLOOR},
        lambda own: lr_scheduler.SequentialLR(
            own,
            [
                lr_scheduler.LinearLR(own, start_factor=1 / 501, total_iters=500),
                lr_scheduler.StepLR(own, step_size=70, gamma=0.9),
            ],
            milestones=[500],
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore:The epoch parameter in:UserWarning")  # SequentialLR's own
def test_the_rates_are_torchs(case: str) -> None:
    type_, settings, scheduler = CASES[case]
    settings = settings if "points" in settings else {"rate": 0.3, **settings}
    np.testing.assert_allclose(
        ours(type_, settings), torchs(0.3, scheduler), rtol=1e-10, atol=1e-25
    )


def test_cosine_is_cosine_annealing_up_to_its_end() -> None:
    """Where torch's climbs back, ours stays."""
    met = ours("cosine", {"rate": 0.3, "period": 2000, "min_rate": 0.003})
    theirs = torchs(
        0.3, lambda own: lr_scheduler.CosineAnnealingLR(own, T_max=2000, eta_min=0.003), 2001
    )
    np.testing.assert_allclose(met[:2001], theirs, rtol=1e-10)
    assert set(met[2000:]) == {0.003}


@pytest.mark.parametrize(("shape", "anneal"), [("cosine", "cos"), ("linear", "linear")])
@pytest.mark.parametrize("rise", [0.3, 0.2537, 0.9])
def test_one_cycle_is_torchs(shape: str, anneal: str, rise: float) -> None:
    settings = {"rate": 0.02, "peak": 0.5, "min_rate": 0.002, "samples": 2000}
    met = ours("one_cycle", {**settings, "rise": rise, "shape": shape})
    theirs = torchs(
        0.02,
        lambda own: lr_scheduler.OneCycleLR(
            own,
            max_lr=0.5,
            total_steps=2000,
            pct_start=rise,
            anneal_strategy=anneal,
            div_factor=25.0,
            final_div_factor=10.0,
            cycle_momentum=False,
        ),
        2000,
    )
    np.testing.assert_allclose(met[:2000], theirs, rtol=1e-10)
    assert set(met[1999:]) == {met[1999]}


def test_reduce_on_plateau_is_torchs() -> None:
    """Of losses that are not averaged: with a half-life of one sample, means of two are."""
    random = np.random.default_rng(3)
    losses = np.repeat(0.7 / (1 + np.arange(50)), 50) + 0.1 * random.random(SAMPLES)
    limits = {"factor": 0.8, "patience": 30, "cooldown": 10, "threshold": 0.01}
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, min_lr=0.001, **limits)
    weights = 0.5 ** np.arange(60)
    theirs = []
    for count in range(1, SAMPLES + 1):
        recent = losses[max(count - 60, 0) : count][::-1]
        scheduler.step(recent @ weights[: len(recent)] / weights[: len(recent)].sum())
        theirs.append(optimizer.param_groups[0]["lr"])
    settings = {"rate": 0.3, "min_rate": 0.001, "half_life": 1.0, **limits}
    np.testing.assert_allclose(ours("reduce_on_plateau", settings, losses), theirs, rtol=1e-10)
    assert len(set(theirs)) > 3
