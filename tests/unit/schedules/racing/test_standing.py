"""Who leads, what rate is shown for it, and who restarts from the leader."""

import numpy as np
import pytest

from streamlr import state_tree
from streamlr.components import Shape
from streamlr.schedules.racing import autostep, standing
from tests.reference.plain import Floats

RATES = np.array([0.01, 0.1, 1.0])
GRID, DRIVEN = len(RATES), 1
LANES = GRID + DRIVEN
OUTPUTS, ROWS = 2, 5


def fresh() -> standing.State:
    return standing.init(RATES, [0.5] * DRIVEN, 0.7)


def driven() -> autostep.State:
    shape = Shape(ROWS - 1, OUTPUTS, LANES, outputs=OUTPUTS)
    return autostep.init(shape, ((0.1, 0.5),) * DRIVEN)


def check(state: standing.State, change: Floats) -> int:
    return standing.check(state, driven(), change, GRID, OUTPUTS, ROWS)


def test_at_first_all_are_level_and_the_middle_leads() -> None:
    state = fresh()
    assert state.faded.tolist() == [0.7] * LANES
    assert state.leader[0] == 1
    assert state.shown[0] == pytest.approx((0.01 * 0.1 * 1.0 * 0.5) ** 0.25)


def test_losses_fade_by_half_in_a_hundred_samples() -> None:
    state = fresh()
    for _ in range(100):
        standing.fade(state, 0, 0.0)
    assert state.faded == pytest.approx([0.35, 0.7, 0.7, 0.7])


def test_one_bad_sample_is_capped() -> None:
    state, other = fresh(), fresh()
    standing.fade(state, 0, 1e300)
    standing.fade(other, 0, standing.LOSS_CAP)
    assert state.faded[0] == other.faded[0] < 1.0


def test_it_looks_at_who_leads_now_and_then() -> None:
    state = fresh()
    due = [sample for sample in range(1, 100) if standing.count(state)]
    assert due == [32, 64, 96]


def test_the_rate_shown_is_the_weighted_geometric_mean() -> None:
    state = fresh()
    state.weight[:] = [0.5, 0.25, 0.0, 0.25]
    check(state, np.zeros(3))
    assert state.shown[0] == pytest.approx(0.01**0.5 * 0.1**0.25 * 0.5**0.25)


def test_another_leader_is_told_with_both_rates_and_its_lead() -> None:
    state, change = fresh(), np.array([0.0, 0.3, 0.0])
    state.weight[:] = [0.9, 0.04, 0.03, 0.03]
    state.faded[:] = [0.2, 0.5, 0.6, 0.7]
    assert check(state, change) == standing.LEADER_CHANGED
    assert state.leader[0] == 0
    assert change.tolist() == [0.3, state.shown[0], pytest.approx(0.3)]
    assert check(state, change) == 0


@pytest.mark.parametrize(("lead", "reason"), [(1.9, 0), (2.1, standing.LEADER_CHANGED)])
def test_a_small_lead_is_no_change(lead: float, reason: int) -> None:
    state = fresh()
    state.weight[:] = [lead * 0.2, 0.2, 0.1, 0.1]
    assert check(state, np.zeros(3)) == reason


def test_laggards_of_the_grid_restart_from_the_leader_in_every_output() -> None:
    state = fresh()
    state.faded[:] = [0.131, 0.129, 1.0, 0.1]  # 1.3 times the leader's is the margin
    weights = np.random.default_rng(0).standard_normal((ROWS, OUTPUTS * LANES))
    before = weights.copy()
    standing.restart_laggards(state, weights, GRID, LANES, OUTPUTS, ROWS - 1)
    for output in range(OUTPUTS):
        own, old = (whole[:, output * LANES :][:, :LANES] for whole in (weights, before))
        for lane, restarted in enumerate([True, False, True, False]):
            source = 3 if restarted else lane
            assert own[:-1, lane].tolist() == old[:-1, source].tolist()
    assert weights[-1].tolist() == before[-1].tolist()  # a row that is not in use
    assert state.faded.tolist() == [0.1, 0.129, 0.1, 0.1]
    assert state.restarts[0] == 2


def test_a_lane_of_autostep_never_restarts() -> None:
    state = fresh()
    state.faded[:] = [0.1, 0.1, 0.1, 9.0]
    weights = np.random.default_rng(0).standard_normal((ROWS, OUTPUTS * LANES))
    before = weights.copy(), state_tree.digest(state)
    standing.restart_laggards(state, weights, GRID, LANES, OUTPUTS, ROWS)
    assert np.array_equal(weights, before[0])
    assert state_tree.digest(state) == before[1]


def test_there_are_no_restarts_where_none_are_wanted() -> None:
    state = standing.init(RATES, [0.5] * DRIVEN, 0.7, restarts=False)
    due = []
    for state.learned[0] in range(1, 201):
        due.append(standing.is_restart_due(state, ROWS))
    assert not any(due)


@pytest.mark.parametrize(
    ("learned", "used", "due"),
    [(50, 5, True), (49, 5, False), (100, 1024, True), (100, 1025, False)],
)
def test_restarts_are_rare_and_never_of_very_many_weights(
    learned: int, used: int, due: bool
) -> None:
    state = fresh()
    state.learned[0] = learned
    assert standing.is_restart_due(state, used) == due


def test_the_best_lanes_are_shown_by_their_weight() -> None:
    state = fresh()
    state.weight[:] = np.arange(1, len(state.weight) + 1) / state.weight.sum()
    state.leader[0] = len(state.weight) - 2
    grid = len(state.weight) - 1
    kinds = ["grid"] * grid + ["autostep"]
    first, second = standing.best(state, kinds, 2)
    assert (first.lane, first.kind, first.leads) == (grid, "autostep", False)
    assert (second.lane, second.kind, second.leads) == (grid - 1, "grid", True)
    assert (first.weight, first.faded_loss) == (state.weight[-1], state.faded[-1])
    assert second.learning_rate == pytest.approx(np.exp(state.log_rate[-2]))
    assert len(standing.best(state, kinds, 1000)) == len(state.weight)
