"""Maps: which lanes they bring, and how many features the budget leaves them."""

import pytest
from structlog.testing import capture_logs

from streamlr.components import Shape
from streamlr.errors import ConfigurationError
from streamlr.models import mapped
from streamlr.models.mapping import blocks, budget
from tests.contract.engines import new

WIDE = Shape(54, 7, 44, categories=1)
INPUTS = 56


def test_each_map_brings_lanes_whatever_order_they_are_named_in() -> None:
    brought = mapped.brings(mapped.Config(maps=("products", "relu")))
    assert [(lanes.kind, lanes.rates) for lanes in brought] == [
        ("relu", blocks.RATES),
        ("products", blocks.RATES),
    ]


def test_operators_see_which_map_a_lane_learns_on() -> None:
    engine = new("race", model="maps")
    kinds = [lane.kind for lane in sorted(engine.lanes(1000), key=lambda lane: lane.lane)]
    maps = [kind for kind in ("relu", "cosine", "products") for _ in blocks.RATES]
    assert kinds == ["grid"] * 16 + ["autostep"] * 4 + maps
    rates = [lane.learning_rate for lane in engine.lanes(1000) if lane.kind == "cosine"]
    assert sorted(rates) == pytest.approx(blocks.RATES)


def test_a_large_budget_is_no_bound() -> None:
    config = mapped.Config(budget=10**9)
    assert budget.features(config, WIDE) == {"relu": 300, "cosine": 300, "products": 300}
    with capture_logs() as logs:
        mapped.settle(config, WIDE)
    assert logs == []


def test_what_a_map_takes_stays_within_its_share_of_the_budget() -> None:
    """To make a feature takes a multiply-add an input; to learn one, two a lane."""
    config = mapped.Config(maps=("cosine", "products"), budget=12_000)
    with capture_logs() as logs:
        mapped.settle(config, WIDE)
    assert logs == [
        {
            "event": "feature maps cut to the budget",
            "log_level": "warning",
            "budget": 12_000,
            "cosine": (6000 - 16 * INPUTS) // (INPUTS + 16),
            "products": 300,
        }
    ]


def test_a_budget_that_leaves_nothing_is_refused_with_the_least_that_does() -> None:
    config = mapped.Config(maps=("relu", "products"), budget=100)
    with pytest.raises(ConfigurationError) as caught:
        mapped.settle(config, WIDE)
    least = 2 * (16 * INPUTS + INPUTS + 16)
    assert str(caught.value) == (
        f"[model] budget = 100: it leaves a map of these {INPUTS} inputs without a feature; set at "
        f"least {least}, or name fewer maps than 2"
    )
    mapped.settle(mapped.Config(maps=("relu", "products"), budget=least), WIDE)
    with pytest.raises(ConfigurationError):
        mapped.settle(mapped.Config(maps=("relu", "products"), budget=least - 2), WIDE)
