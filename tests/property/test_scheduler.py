"""A scheduler's state, through JSON, at any step: it goes on as if nothing had been."""

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import LearningRateScheduler, registry

QUICK: dict[str, dict[str, Any]] = {
    "reduce_on_plateau": {"patience": 3, "half_life": 2.0},
    "bold_driver": {"window": 3},
    "drift_boost": {"cooldown": 5},
    "step": {"every": 7},
    "hypergradient": {"meta_rate": 0.1},
}
"""Settings by which something happens in a few steps."""

DETECTORS: dict[str, Any] = {
    "none": "none",
    "adwin": {"type": "adwin", "delta": 0.5, "clock": 1, "grace_period": 1},
    "page_hinkley": {"type": "page_hinkley", "watch": "loss", "threshold": 0.5},
    "vote": {"type": "vote", "members": [{"type": "adwin"}, {"type": "hddm_a"}], "needed": 1},
}

FREQUENCY = {"type": "follow_loss", "half_life": 3.0}


def driving(name: str) -> bool:
    module = registry.load("schedules", name)
    alone = module.lanes(module.Config()) == 1 and not getattr(module, "USES_GRADIENTS", False)
    return alone or name == "hypergradient"


SCHEDULES = [name for name in registry.names("schedules") if driving(name)]
CASES = [(name, "none", 0) for name in SCHEDULES if name != "drift_boost"]
CASES += [("drift_boost", detector, 0) for detector in DETECTORS]
CASES += [("cosine", "none", 40), ("drift_boost", "adwin", 40)]
"""Schedule, detector, warm-up: what comes before is the same for all of them, and a kernel each."""


class Given(NamedTuple):
    """What a step is given."""

    loss: float
    wrong: bool
    gradient: tuple[float, float]


numbers = st.floats(-10.0, 10.0)
losses = st.one_of(st.floats(0.0, 20.0), st.sampled_from([0.0, 1e100, float("nan")]))
steps = st.lists(st.builds(Given, losses, st.booleans(), st.tuples(numbers, numbers)), max_size=120)


@pytest.mark.parametrize(("schedule", "detector", "warm_up"), CASES)
@settings(max_examples=15)
@given(before=steps, after=steps)
def test_a_restored_scheduler_goes_on_bit_for_bit(
    schedule: str, detector: str, warm_up: int, before: list[Given], after: list[Given]
) -> None:
    table = {"type": schedule, "warm_up": warm_up, **QUICK.get(schedule, {})}

    def new() -> tuple[LearningRateScheduler, dict[str, float]]:
        group = {"lr": 3.0}
        made = LearningRateScheduler(table, detector=DETECTORS[detector], frequency=FREQUENCY)
        return made.drive(group, relative=True), group

    def walk(subject: LearningRateScheduler, path: list[Given]) -> list[Any]:
        own = schedule == "hypergradient"
        return [
            subject.step(each.loss, each.wrong, gradient=each.gradient if own else None)
            for each in path
        ]

    whole, driven = new()
    walk(whole, before)
    state = json.dumps(whole.state_dict(), allow_nan=False)
    restored, driven_too = new()
    walk(restored, after)  # of which nothing may be left
    restored.load_state_dict(json.loads(state))
    assert json.dumps(restored.state_dict()) == state
    assert driven_too == driven
    assert walk(restored, after) == walk(whole, after)
    assert restored.state_dict() == whole.state_dict()
    assert driven_too == driven
