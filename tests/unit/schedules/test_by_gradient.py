"""Schedules that go by the gradient: which way their rates go, and what is told of it."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from pydantic import ValidationError

from streamlr import registry
from streamlr.components import NO_SIGNAL, Shape
from tests.contract.engines import dense

SHAPE = Shape(features=1, classes=0, lanes=1)
NAMES = ("autostep", "coin_betting", "cogra", "hypergradient", "vsgd")
BY_WEIGHT: dict[str, dict[str, Any]] = {
    "autostep": {},
    "coin_betting": {},
    "vsgd": {"per": "weight"},
}

RULES: dict[str, dict[str, Any]] = {
    "hypergradient": {"meta_rate": 0.05},
    "vsgd": {"slow_start": 5},
    "cogra": {"slow_start": 5, "horizon": 20},
}


class Told(NamedTuple):
    """A change that was told."""

    sample: int
    reason: str
    old: float
    new: float


def told(type_: str, errors: list[float], **settings: object) -> list[Told]:
    """Return what is told where a number is missed by ``errors``."""
    module = registry.load("schedules", type_)
    state = module.init(module.Config(**settings), SHAPE)
    weights, inputs = np.zeros((2, 1)), dense([0.5, 1.0])
    changes = []
    for sample, error in enumerate(errors, start=1):
        rest = (0.7, NO_SIGNAL, 0.0, inputs)
        reason = module.update(state, np.array([0.0]), error, *rest)
        module.move(state, weights, inputs, np.array([0.0]), error)
        if reason:
            changes.append(Told(sample, module.REASONS[reason], *state.change[:2].tolist()))
            assert state.change[1] == module.rate(state)
    return changes


AGREEING, OPPOSING = [1.0] * 60, [1.0, -1.0] * 30


@pytest.mark.parametrize("type_", RULES)
def test_gradients_that_agree_raise_the_rate_and_others_lower_it(type_: str) -> None:
    settings = {"rate": 0.1, "min_rate": 1e-3, "max_rate": 0.9, **RULES[type_]}
    changes = told(type_, AGREEING + OPPOSING * 3, **settings)
    before = [change for change in changes if change.sample <= len(AGREEING)]
    after = [change for change in changes if change.sample > len(AGREEING)]
    assert {change.reason for change in before} == {"gradients agree"}
    assert before[0].old == 0.1
    assert before[-1].new > 0.4
    assert after[0].reason in {"gradients oppose", "gradients cancel"}
    assert after[0].new < after[0].old
    assert 1e-3 <= after[-1].new < 0.1
    for change in changes:
        assert change.new >= 2 * change.old or change.old >= 2 * change.new


def test_bets_grow_while_they_are_won() -> None:
    changes = told("coin_betting", [0.5] * 400, caution=1000.0)
    assert {change.reason for change in changes} == {"larger bets"}
    assert changes[0].old == 1e-3
    changes = told("coin_betting", OPPOSING * 10, caution=1.0)
    assert {change.reason for change in changes} == {"smaller bets"}


@pytest.mark.parametrize("type_", BY_WEIGHT)
def test_an_input_of_nothing_moves_no_weight(type_: str) -> None:
    module = registry.load("schedules", type_)
    state = module.init(module.Config(**BY_WEIGHT[type_]), SHAPE)
    assert state.rates.shape == (0,)  # the model moves nothing
    weights, inputs = np.zeros((2, 1)), dense([0.0, 1.0])
    for _ in range(10):
        module.update(state, np.array([0.0]), 1.0, 0.7, NO_SIGNAL, 0.0, inputs)
        module.move(state, weights, inputs, np.array([0.0]), 1.0)
    assert weights[0, 0] == 0.0
    assert weights[1, 0] > 0.0


def test_bounds_the_wrong_way_round_are_refused() -> None:
    module = registry.load("schedules", "coin_betting")
    with pytest.raises(ValidationError, match="max_rate may not be below min_rate"):
        module.Config.model_validate({"min_rate": 0.5, "max_rate": 0.1})


@pytest.mark.parametrize("type_", NAMES)
def test_they_say_that_they_use_gradients(type_: str) -> None:
    assert registry.load("schedules", type_).USES_GRADIENTS
