"""The constant rate."""

import numpy as np
import pytest
from pydantic import ValidationError

from streamlr.components import DRIFT, NO_VOTE, Shape
from streamlr.schedules import constant
from tests.contract.engines import NO_INPUTS, dense

CONFIG = constant.Config(rate=0.3)


def fresh() -> constant.State:
    return constant.init(CONFIG, Shape(3, 2, constant.lanes(CONFIG)))


@pytest.mark.parametrize("chance", [0.2, 0.5, 0.7])
def test_the_one_lane_speaks(chance: float) -> None:
    answer = np.empty(1)
    assert constant.read_out(fresh(), np.array([chance]), answer) == NO_VOTE
    assert answer.tolist() == [chance]


def test_nothing_moves_the_rate() -> None:
    state, weights = fresh(), np.ones((4, 1))
    assert constant.update(state, np.array([0.1]), 1.0, 9.0, DRIFT, 1.0, NO_INPUTS) == 0
    constant.move(state, weights, dense(np.ones(4)), np.array([0.1]), 1.0)
    assert np.all(weights == 1.0)
    assert constant.rate(state) == state.rates[0] == 0.3


@pytest.mark.parametrize("rate", [0.0, -1.0, 1e7])
def test_an_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValidationError, match="rate"):
        constant.Config(rate=rate)
