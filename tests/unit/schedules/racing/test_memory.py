"""What is kept of the past, when it is kept, and when it is gone back to."""

import numpy as np
import pytest

from streamlr.components import Brought, Shape
from streamlr.schedules.racing import memory, standing
from streamlr.schedules.racing.memory import NONE

GRID, LANES, SLOTS, OUTPUTS, ROWS = 2, 3, 2, 2, 3
NOTE_EVERY = 1000


def fresh() -> tuple[memory.State, standing.State]:
    shape = Shape(ROWS - 1, OUTPUTS, LANES, outputs=OUTPUTS)
    return memory.init(shape, SLOTS), standing.init(np.array([0.1, 1.0]), [0.5], 0.7)


def weights() -> np.ndarray:
    """All different."""
    return np.arange(1.0, 1 + ROWS * OUTPUTS * LANES).reshape(ROWS, OUTPUTS * LANES)


def move(state: memory.State, stand: standing.State, lanes: np.ndarray, used: int = ROWS) -> None:
    memory.move(state, stand, lanes, GRID, LANES, OUTPUTS, used)


def noted(*, leader: int = 1) -> tuple[memory.State, standing.State]:
    state, stand = fresh()
    stand.learned[0] = NOTE_EVERY
    stand.weight[leader] = 0.9
    move(state, stand, weights())
    return state, stand


def compare(state: memory.State, own: float, loss: list[float]) -> int:
    state.loss[:] = loss
    return memory.compare(state, own, 1.0)


def test_the_lane_that_says_most_is_noted_in_every_output() -> None:
    state, _ = noted(leader=1)
    assert state.weights[:, 0::SLOTS].tolist() == weights()[:, 1::LANES].tolist()
    assert np.all(state.weights[:, 1::SLOTS] == 0.0)
    assert state.used.tolist() == [NOTE_EVERY, 0]


def test_lanes_that_the_model_has_of_itself_are_not_noted() -> None:
    """Their weights are elsewhere, and of other inputs."""
    state, _ = fresh()
    own = (Brought("relu", (0.1, 0.2)),)
    stand = standing.init(np.array([0.1, 1.0]), [0.5], 0.7, own)
    stand.learned[0] = NOTE_EVERY
    stand.weight[:] = [0.1, 0.2, 0.1, 0.5, 0.1]
    move(state, stand, weights())
    assert state.weights[:, 0::SLOTS].tolist() == weights()[:, 1::LANES].tolist()


def test_it_is_noted_now_and_then() -> None:
    state, stand = noted()
    stand.learned[0] = 2 * NOTE_EVERY - 1
    move(state, stand, weights())
    assert state.noted[0] == NOTE_EVERY
    stand.learned[0] += 1
    move(state, stand, weights())
    assert state.noted[0] == 2 * NOTE_EVERY


def test_of_weights_in_use_only() -> None:
    state, stand = fresh()
    stand.learned[0] = NOTE_EVERY
    move(state, stand, weights(), used=1)
    assert np.count_nonzero(state.weights.any(axis=1)) == 1


def test_too_many_weights_are_not_noted() -> None:
    state, stand = fresh()
    stand.learned[0] = NOTE_EVERY
    move(state, stand, weights(), used=1025)
    assert state.used.tolist() == [0] * SLOTS


@pytest.mark.parametrize(("faded", "place"), [(0.7 * 1.49, 0), (0.7 * 1.51, 1)])
def test_a_slot_that_knows_the_concept_is_renewed_else_another_is_taken(
    faded: float, place: int
) -> None:
    state, stand = noted()
    stand.learned[0] = 2 * NOTE_EVERY
    state.faded[0] = faded
    move(state, stand, weights())
    assert np.argmax(state.used) == place


def test_the_slot_longest_out_of_use_gives_way() -> None:
    state, stand = noted()
    state.used[:] = [20, 10]
    state.faded[:] = 5.0
    stand.learned[0] = 2 * NOTE_EVERY
    move(state, stand, weights())
    assert state.used.tolist() == [20, 2 * NOTE_EVERY]


def test_a_slot_that_is_better_for_long_enough_is_recalled() -> None:
    """Each sample is worth 1.5 - 0.2 - 0.05 nats; seven are asked for."""
    state, _ = noted()
    answers = [compare(state, own=9.0, loss=[0.2, 9.0]) for _ in range(6)]
    assert answers == [NONE] * 5 + [0]
    assert state.recall[0] == 0


def test_an_empty_slot_never_is() -> None:
    state, _ = noted()
    assert {compare(state, own=9.0, loss=[9.0, 0.0]) for _ in range(100)} == {NONE}
    assert state.faded[1] == standing.LOSS_CAP


def test_being_wrong_together_brings_nobody_ahead() -> None:
    """Sure and wrong half of the time, as any concept but the right one is."""
    state, _ = noted()
    for sample in range(1000):
        theirs, ours = (5.0, 0.0) if sample % 2 else (0.0, 5.0)
        assert compare(state, ours, [theirs, theirs]) == NONE


def test_being_better_once_is_forgotten() -> None:
    state, _ = noted()
    for _ in range(5):
        compare(state, own=9.0, loss=[0.2, 9.0])
    for _ in range(200):
        compare(state, own=0.1, loss=[0.1, 9.0])
    assert state.ahead[0] == 0.0


def test_a_recall_reaches_the_grid_and_no_autostep_lane() -> None:
    state, stand = noted()
    stand.learned[0] = 1500
    state.recall[0] = 0
    stand.faded[:] = [0.9, 0.8, 0.6]
    state.ahead[:] = 7.5
    lanes = -weights()
    move(state, stand, lanes)
    for lane in range(GRID):
        assert lanes[:, lane::LANES].tolist() == weights()[:, 1::LANES].tolist()
    assert lanes[:, GRID::LANES].tolist() == (-weights())[:, GRID::LANES].tolist()
    assert stand.faded.tolist() == [0.6] * LANES
    assert (state.recall[0], state.recalls[0]) == (NONE, 1)
    assert state.ahead.tolist() == [0.0] * SLOTS
    assert (state.used[0], state.noted[0]) == (1500, 1500)
