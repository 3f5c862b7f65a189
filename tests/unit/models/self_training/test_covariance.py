"""The inverse covariance, against one that is worked out anew."""

import numpy as np
import pytest

from streamlr.components import Inputs, Shape, room
from streamlr.models.self_training import covariance
from tests.reference.plain import Floats

ROWS = 30_000


def inputs_of(row: Floats, shape: Shape) -> Inputs:
    inputs = room(shape)
    inputs.value[: len(row)] = row
    return inputs


def after(rows: Floats, shape: Shape) -> covariance.State:
    state, inputs = covariance.init(shape), room(shape)
    for row in rows:
        inputs.value[: len(row)] = row
        covariance.update(state, inputs)
    return state


def expected(rows: Floats) -> Floats:
    """C, by its definition."""
    dense = rows.shape[1]
    mean = np.eye(dense)
    for number, row in enumerate(rows, start=1):
        share = max(1 / (number + 1), covariance.LEAST_SHARE)
        mean = (1 - share) * (mean + share / (1 - share) * np.outer(row, row))
        place = number % dense
        mean[place, place] += covariance.IDENTITY * share * dense
    return mean


def test_it_is_the_inverse_after_many_records_of_which_some_vary_together() -> None:
    """And one not at all: where nothing comes the identity stays, and nothing grows."""
    random = np.random.default_rng(1)
    rows = random.standard_normal((ROWS, 6))
    rows[:, 1] = rows[:, 0]
    rows[:, 2] = rows[:, 3] + 1e-3 * rows[:, 2]
    rows[:, 4] = 0.0
    rows[:, 5] = 1.0
    state = after(rows, Shape(5, 2, 1))
    assert state.inverse.tobytes() == state.inverse.T.tobytes()
    assert state.inverse == pytest.approx(np.linalg.inv(expected(rows)), rel=1e-6, abs=1e-7)
    assert np.abs(state.inverse).max() <= 1.5 / covariance.IDENTITY


def test_steps_are_turned_and_those_of_categories_are_not() -> None:
    random = np.random.default_rng(2)
    shape = Shape(3, 2, 1, categories=2, buckets=9)
    state = after(random.standard_normal((50, 4)), shape)
    inputs = inputs_of(np.array([0.5, -2.0, 3.0, 1.0, 1.0, 0.0]), shape)
    inputs.row[:] = [5, 9]
    norm = covariance.turn(state, inputs)
    turned = state.inverse @ inputs.value[:4]
    assert state.direction.value == pytest.approx([*turned, 1.0, 0.0])
    assert state.direction.row.tolist() == [5, 9]
    assert norm == pytest.approx(inputs.value[:4] @ turned + 1.0)


def test_of_too_many_inputs_there_is_none() -> None:
    shape = Shape(covariance.MOST, 2, 1)
    inputs = inputs_of(np.linspace(-1.0, 1.0, shape.inputs), shape)
    state = covariance.init(shape)
    covariance.update(state, inputs)
    assert state.inverse.size == 0
    assert covariance.turn(state, inputs) == pytest.approx(inputs.value @ inputs.value)
    assert state.direction.value.tolist() == inputs.value.tolist()
    assert covariance.init(Shape(covariance.MOST - 1, 2, 1)).inverse.shape == (covariance.MOST,) * 2
