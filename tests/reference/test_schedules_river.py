"""Schedules against River's ``optim.schedulers``."""

from typing import Any

import numpy as np
import pytest
from river.optim import schedulers

from streamlr import registry
from streamlr.components import NO_SIGNAL, Shape
from tests.contract.engines import NO_INPUTS

SAMPLES = 2000
CASES: list[tuple[str, dict[str, float], Any]] = [
    ("constant", {"rate": 0.3}, schedulers.Constant(0.3)),
    *(
        (
            "inverse_scaling",
            {"rate": 0.3, "power": power, "min_rate": 1e-9},
            schedulers.InverseScaling(0.3, power),
        )
        for power in (0.25, 0.6, 1.0)
    ),
]


@pytest.mark.parametrize(("type_", "settings", "theirs"), CASES)
def test_the_rates_are_rivers(type_: str, settings: dict[str, float], theirs: Any) -> None:  # noqa: ANN401 - River's
    module = registry.load("schedules", type_)
    state = module.init(module.Config(**settings), Shape(features=1, classes=2, lanes=1))
    met = []
    for _ in range(SAMPLES):
        module.update(state, np.array([0.5]), 1.0, 0.7, NO_SIGNAL, 0.0, NO_INPUTS)
        met.append(module.rate(state))
    formula = [theirs.get(step) for step in range(SAMPLES)]
    np.testing.assert_allclose(met, formula, rtol=1e-12)
