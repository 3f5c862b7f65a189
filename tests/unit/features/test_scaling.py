"""Standardisation: only the past counts, missing values are no values, and nothing overflows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError

from streamlr import state_tree
from streamlr.components import Shape, room
from streamlr.features import scaling
from tests.contract.engines import dense
from tests.reference.plain import Floats

MISSING = np.nan


def fed(rows: Floats, clip: float = 6.0) -> tuple[scaling.State, Floats]:
    """State after the rows, and what they became."""
    state = scaling.init(scaling.Config(clip=clip), Shape(rows.shape[1], 2, 1))
    inputs = np.empty((len(rows), rows.shape[1] + 1))
    for row, into in zip(rows, inputs, strict=True):
        scaling.transform(state, row, dense(into))
        scaling.update(state, row)
    return state, inputs


def column(*values: float) -> Floats:
    return np.array(values).reshape(-1, 1)


def test_a_row_is_scaled_by_the_rows_before() -> None:
    _, inputs = fed(column(1.0, 3.0, 2.0, 5.0))
    assert inputs[:, 0].tolist() == [0.0, 0.0, 0.0, pytest.approx(3 / np.sqrt(2 / 3))]


def test_the_last_input_is_the_bias() -> None:
    _, inputs = fed(np.random.default_rng(0).standard_normal((5, 3)))
    assert np.all(inputs[:, 3] == 1.0)


def test_a_missing_value_is_the_mean_and_moves_nothing() -> None:
    with_gaps, inputs = fed(column(MISSING, 1.0, MISSING, 3.0, MISSING, MISSING))
    without, _ = fed(column(1.0, 3.0))
    assert np.all(inputs[[0, 2, 4, 5], 0] == 0.0)
    assert state_tree.digest(with_gaps) == state_tree.digest(without)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e-300, 1e308, 5e-324])
def test_a_constant_column_is_zero(value: float) -> None:
    _, inputs = fed(column(*[value] * 50))
    assert np.all(inputs[:, 0] == 0.0)


def test_it_wakes_when_a_constant_column_moves() -> None:
    _, inputs = fed(column(*[0.1] * 50, 0.2, 0.2))
    assert inputs[50, 0] == 0.0
    assert inputs[51, 0] == 6.0


@pytest.mark.parametrize("clip", [0.5, 6.0])
def test_outliers_are_clipped(clip: float) -> None:
    _, inputs = fed(column(0.0, 1.0, 0.0, 1.0, 1e308, -1e308, np.inf, -np.inf), clip)
    assert np.abs(inputs[:, 0]).max() == clip


@given(
    hnp.arrays(
        np.float64, (30, 3), elements=st.floats(allow_nan=True, allow_infinity=True, width=64)
    )
)
def test_no_value_breaks_it(rows: Floats) -> None:
    state, inputs = fed(rows)
    assert all(np.isfinite(array).all() for _, array in state_tree.leaves(state))
    assert np.all(np.abs(inputs) <= 6.0)
    assert np.all(state.squares >= 0.0)


def test_transforming_changes_nothing() -> None:
    state, _ = fed(np.random.default_rng(0).standard_normal((20, 2)))
    before = state_tree.digest(state)
    scaling.transform(state, np.array([1.0, MISSING]), dense(np.empty(3)))
    assert state_tree.digest(state) == before


@pytest.mark.parametrize("clip", [0.0, -1.0, 1e7, float("inf"), float("nan")])
def test_an_impossible_clip_is_refused(clip: float) -> None:
    with pytest.raises(ValidationError, match="clip"):
        scaling.Config(clip=clip)


def test_each_category_is_a_one_and_a_missing_one_is_nobodys_zero() -> None:
    config = scaling.Config(buckets=5)
    shape = Shape(1, 2, 1, categories=3, buckets=scaling.buckets(config, 3))
    state, inputs = scaling.init(config, shape), room(shape)
    scaling.transform(state, np.array([7.0, 11.0, MISSING, 12.0]), inputs)
    assert inputs.value.tolist() == [0.0, 1.0, 1.0, 0.0, 1.0]
    missing = shape.rows - 1
    assert inputs.row.tolist() == [2, missing, 3]
    assert scaling.used(state) == 4 <= missing
    scaling.transform(state, np.array([7.0, *range(13, 16)]), inputs)
    scaling.transform(state, np.array([7.0, 99.0, 98.0, 97.0]), inputs)  # more than there are rows
    assert missing not in inputs.row.tolist()
    assert scaling.used(state) == missing


def test_without_categories_there_are_no_rows_for_them() -> None:
    assert scaling.buckets(scaling.Config(), 0) == 0
