"""What holds for every schedule of one rate: lanes, read-out, ranges of its configuration."""

from typing import Any

import numpy as np
import pytest

from streamlr import registry, state_tree
from streamlr.components import NO_SIGNAL, NO_VOTE, Shape, room
from streamlr.config import build
from streamlr.errors import ConfigurationError
from tests.contract.engines import NO_INPUTS, dense

SHAPE = Shape(features=1, classes=2, lanes=1)
FALLING = (
    *("cosine", "cosine_restarts", "exponential", "inverse_scaling", "multi_step", "polynomial"),
    *("reduce_on_plateau", "step"),
)
NAMES = (
    *FALLING,
    *("bold_driver", "cogra", "constant", "drift_boost", "hypergradient", "loss_ratio"),
    *("one_cycle", "vsgd"),
)
OTHERS = ("autostep", "coin_betting", "piecewise")
"""Those whose table has no rate, or that move weights by themselves."""

every_schedule = pytest.mark.parametrize("name", NAMES)
every_falling_one = pytest.mark.parametrize("name", FALLING)


def make(name: str, **settings: object) -> tuple[Any, Any]:
    module = registry.load("schedules", name)
    return module, module.init(module.Config(**settings), SHAPE)


def faults(schedule: dict[str, object]) -> tuple[str, ...]:
    tables = {"source": {"type": "simulator"}, "stream": {"label": "y"}, "schedule": schedule}
    with pytest.raises(ConfigurationError) as caught:
        build(tables)
    return caught.value.faults


def test_no_two_states_look_alike_to_numba() -> None:
    """Those that do are told apart by a slow search, at every call from Python."""
    looks = {}
    for name in (*NAMES, *OTHERS):
        _, state = make(name)
        arrays = state_tree.flatten(state).values()
        looks[name] = tuple((array.dtype.char, array.ndim) for array in arrays)
    assert len(set(looks.values())) == len(looks)


@every_schedule
def test_it_has_one_lane_and_speaks_for_it(name: str) -> None:
    module, state = make(name)
    assert module.lanes(module.Config()) == 1
    answer = np.empty(1)
    for probability in (0.5, 0.499, 1.0):
        assert module.read_out(state, np.array([probability]), answer) == NO_VOTE
        assert answer.tolist() == [probability]


@every_schedule
def test_it_says_of_each_class_what_its_lane_says(name: str) -> None:
    module, state = make(name)
    answer = np.zeros(4)
    assert module.read_out(state, np.array([0.2, 0.5, 0.3]), answer) == NO_VOTE
    assert answer.tolist() == [0.2, 0.5, 0.3, 0.0]


@every_schedule
def test_it_moves_no_weight_itself(name: str) -> None:
    module, state = make(name)
    weights = np.ones((3, 1))
    module.move(state, weights, dense(np.ones(3)), np.array([0.5]), 1.0)
    assert weights.tolist() == [[1.0]] * 3


@every_schedule
def test_it_starts_at_the_rate(name: str) -> None:
    module, state = make(name, rate=0.25)
    assert module.rate(state) == 0.25
    reason = module.update(state, np.array([0.5]), 1.0, 0.7, NO_SIGNAL, 0.0, room(SHAPE))
    assert (reason, module.rate(state)) == (0, 0.25)


@every_falling_one
def test_it_never_rises_nor_falls_too_low(name: str) -> None:
    module, state = make(name, rate=0.25, min_rate=0.01)
    rates = [0.25]
    for _ in range(12_000):
        module.update(state, np.array([0.5]), 1.0, 0.7, NO_SIGNAL, 0.0, NO_INPUTS)
        rates.append(module.rate(state))
    assert np.all(np.diff(rates) <= 0)
    assert 0.01 <= rates[-1] < 0.25


@every_falling_one
def test_with_nowhere_to_fall_it_stays_and_says_nothing(name: str) -> None:
    module, state = make(name, rate=0.02, min_rate=0.02)
    for _ in range(12_000):
        assert module.update(state, np.array([0.5]), 1.0, 0.7, NO_SIGNAL, 0.0, NO_INPUTS) == 0
    assert module.rate(state) == 0.02


@every_falling_one
def test_a_lowest_rate_above_the_first_is_told(name: str) -> None:
    fault = "[schedule] min_rate = 0.2: it may not be above rate, 0.1"
    assert faults({"type": name, "rate": 0.1, "min_rate": 0.2}) == (fault,)


@every_falling_one
def test_a_default_lowest_rate_above_the_first_is_told(name: str) -> None:
    [fault] = faults({"type": name, "rate": 1e-8})
    assert fault.startswith("[schedule] min_rate = ")
    assert fault.endswith("it may not be above rate, 1e-08")


@every_falling_one
def test_a_rate_of_nothing_is_refused(name: str) -> None:
    assert faults({"type": name, "min_rate": 0.0}) == (
        "[schedule] min_rate = 0.0: input should be greater than 0",
    )
