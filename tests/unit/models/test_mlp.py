"""A network whose steps go down the gradient of its loss, bounded at any rate."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import Inputs, Shape
from streamlr.models import mlp
from tests.contract.engines import dense
from tests.reference.plain import Floats

UNITS, LANES, CLASSES = 5, 4, 3
SHAPES = {
    "binary": Shape(3, 2, LANES),
    "multiclass": Shape(3, CLASSES, LANES, outputs=CLASSES),
    "regression": Shape(3, 0, LANES),
}
TARGETS = {"binary": 1.0, "multiclass": 2.0, "regression": -1.5}
SLOW = np.full(LANES, 1e-7)  # far below the bound

each_task = pytest.mark.parametrize("task", SHAPES)


def state(task: str, seed: int = 0) -> mlp.State:
    """A network whose weights are all drawn."""
    made = mlp.init(mlp.Config(units=UNITS), SHAPES[task])
    draw = np.random.default_rng(seed)
    made.weights[:] = draw.normal(size=made.weights.shape)
    made.output[:] = draw.normal(size=made.output.shape)
    return made


def inputs(seed: int = 1) -> Inputs:
    return dense([*np.random.default_rng(seed).normal(size=3), 1.0])


def said(task: str, x: Floats, hidden: Floats, output: Floats) -> Floats:
    """What one lane says, from [rows, units] and [units + 1, outputs], by the textbook."""
    activity = x @ hidden
    activity = np.append(np.where(activity > 0, activity, 0.01 * activity), 1.0)
    score: Floats = activity @ output
    if task == "regression":
        return score
    chances: Floats = np.exp(score if task == "multiclass" else [*score, 0.0])
    chances /= chances.sum()
    return chances


def loss(task: str, x: Floats, hidden: Floats, output: Floats) -> float:
    answer, target = said(task, x, hidden, output), TARGETS[task]
    if task == "regression":
        return 0.5 * float(target - answer[0]) ** 2
    return -float(np.log(answer[int(target) if task == "multiclass" else 0]))


def lane(made: mlp.State, number: int) -> tuple[Floats, Floats]:
    """One lane's weights."""
    return made.weights[:, number::LANES].copy(), made.output[:, number::LANES].copy()


def numeric(function: Callable[[], float], at: Floats) -> Floats:
    """The gradient by central differences."""
    found, step = np.zeros_like(at), 1e-6
    for place in np.ndindex(at.shape):
        middle = at[place]
        sides = []
        for at[place] in (middle + step, middle - step):
            sides.append(function())
        at[place] = middle
        found[place] = (sides[0] - sides[1]) / (2 * step)
    return found


@each_task
@given(st.integers(0, 99))
def test_each_lane_says_what_the_textbook_says(task: str, seed: int) -> None:
    made, x = state(task, seed), inputs(seed)
    known = SHAPES[task].outputs
    mlp.predict(made, x, known)
    for number in range(LANES):
        answer = said(task, x.value, *lane(made, number))
        ours = made.prediction[number::LANES]
        np.testing.assert_allclose(ours, np.clip(answer[:known], -10, 10), rtol=1e-12)


@each_task
def test_a_step_goes_down_the_gradient(task: str) -> None:
    made, x, known = state(task), inputs(), SHAPES[task].outputs
    before = [lane(made, number) for number in range(LANES)]
    mlp.predict(made, x, known)
    mlp.learn(made, x, TARGETS[task], SLOW, known)
    for number, (hidden, output) in enumerate(before):
        now, ahead = lane(made, number), partial(loss, task, x.value, hidden, output)
        for place, part in enumerate((hidden, output)):
            gradient = numeric(ahead, part)
            np.testing.assert_allclose((now[place] - part) / -1e-7, gradient, rtol=1e-4, atol=1e-6)


@each_task
@given(st.integers(0, 99), st.floats(1e-6, 1e6))
def test_rate_times_squared_gradient_is_at_most_the_loss(task: str, seed: int, rate: float) -> None:
    made, x, known = state(task, seed), inputs(seed), SHAPES[task].outputs
    before = [lane(made, number) for number in range(LANES)]
    mlp.predict(made, x, known)
    mlp.learn(made, x, TARGETS[task], np.full(LANES, rate), known)
    for number, parts in enumerate(before):
        moved = sum(
            float(np.sum((now - then) ** 2))
            for now, then in zip(lane(made, number), parts, strict=True)
        )
        # moved = (rate · |gradient|)², and rate · |gradient|² ≤ loss
        most = loss(task, x.value, *parts)
        assert moved <= min(rate * most, most**2 / 1e-6) * (1 + 1e-6) + 1e-300


@each_task
def test_at_first_nothing_is_known_and_all_lanes_agree(task: str) -> None:
    made = mlp.init(mlp.Config(), SHAPES[task])
    mlp.predict(made, inputs(), SHAPES[task].outputs)
    nothing = {"binary": 0.5, "multiclass": 1 / CLASSES, "regression": 0.0}[task]
    assert made.prediction == pytest.approx(nothing)
    assert np.ptp(made.hidden.reshape(-1, LANES), axis=1).max() == 0.0


def test_it_learns_what_no_line_divides() -> None:
    """Exclusive or of two signs."""
    made = mlp.init(mlp.Config(units=16), Shape(2, 2, 1))
    draw, rates, wrong = np.random.default_rng(3), np.array([0.1]), 0
    for step in range(6000):
        a, b = draw.normal(size=2)
        target = float((a > 0) != (b > 0))
        mlp.predict(made, dense([a, b, 1.0]), 1)
        wrong += (made.prediction[0] > 0.5) != (target > 0.5) if step >= 4000 else 0
        mlp.learn(made, dense([a, b, 1.0]), target, rates, 1)
    assert wrong < 200


def test_lanes_without_a_rate_and_classes_not_known_stay() -> None:
    made, x = state("multiclass"), inputs()
    before = [lane(made, number) for number in range(LANES)]
    mlp.predict(made, x, 2)
    mlp.learn(made, x, 1.0, np.array([0.1, 0.2]), 2)
    for number, (hidden, output) in enumerate(before):
        now = lane(made, number)
        assert np.array_equal(now[1][:, 2], output[:, 2])
        assert np.array_equal(now[0], hidden) == (number >= 2)


def test_only_rows_of_the_inputs_move() -> None:
    made = mlp.init(mlp.Config(units=UNITS), Shape(1, 2, LANES, categories=1, buckets=6))
    made.output[:] = 1.0
    before = made.weights.copy()
    x = Inputs(np.array([0.5, 1.0, 1.0]), np.array([4]), np.array([8]))
    mlp.predict(made, x, 1)
    mlp.learn(made, x, 1.0, SLOW, 1)
    moved = np.flatnonzero(np.any(made.weights != before, axis=1))
    assert moved.tolist() == [0, 1, 4]


def test_the_unit_of_least_use_begins_anew() -> None:
    made, x = state("binary"), inputs()
    made.output[2] = 0.0
    made.output[3] = 1e-9
    useless = made.weights[:, 3 * LANES : 4 * LANES].copy()
    made.activity[:] = 1.0
    made.activity[2 * LANES : 3 * LANES] = 1.0
    made.learned[0] = 999
    mlp.predict(made, x, 1)
    before = made.weights.copy()
    mlp.learn(made, x, 1.0, np.zeros(LANES), 1)
    changed = np.flatnonzero(np.any(made.weights != before, axis=0))
    assert changed.tolist() == list(range(2 * LANES, 3 * LANES))
    assert np.array_equal(made.weights[:, 3 * LANES : 4 * LANES], useless)
    assert np.all(made.output[2] == 0.0)
    assert np.all(made.weights[:4, changed] == made.fresh[:, [1]])


def test_over_a_long_stream_no_unit_stays_asleep() -> None:
    """All units below zero for every input: a plain network would hardly learn again."""
    made = mlp.init(mlp.Config(units=8), Shape(1, 2, 1))
    made.weights[:] = np.array([[0.0], [-50.0]])
    draw, rates = np.random.default_rng(0), np.array([0.05])
    for _ in range(9000):
        (a,) = draw.normal(size=1)
        mlp.predict(made, dense([a, 1.0]), 1)
        mlp.learn(made, dense([a, 1.0]), float(abs(a) > 0.7), rates, 1)
    mlp.predict(made, dense([0.0, 1.0]), 1)
    inner = made.prediction[0]
    mlp.predict(made, dense([2.0, 1.0]), 1)
    assert inner < 0.5 < made.prediction[0]
