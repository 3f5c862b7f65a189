"""A table of values that fills up, and then shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr import state_tree
from streamlr.features import categories

codes = st.integers(1, 2**51).map(float)


def rows(state: categories.State, values: list[float]) -> list[int]:
    return [int(categories.row_of(state, value)) for value in values]


@given(st.lists(codes, max_size=60))
def test_values_get_rows_in_the_order_they_are_met(values: list[float]) -> None:
    state = categories.init(64)
    order = list(dict.fromkeys(values))
    assert rows(state, values) == [order.index(value) for value in values]
    assert state.met[0] == len(order)


@pytest.mark.parametrize("buckets", [1, 2, 3, 5, 8])
@given(values=st.lists(codes, max_size=60))
def test_when_rows_are_given_away_the_others_share(buckets: int, values: list[float]) -> None:
    state = categories.init(buckets)
    found = rows(state, values)
    assert state.met[0] == min(len(set(values)), buckets)
    assert all(0 <= row < buckets for row in found)
    owners = list(dict.fromkeys(values))[:buckets]
    for value, row in zip(values, found, strict=True):
        assert row == (owners.index(value) if value in owners else value % buckets)


@given(known=st.lists(codes, max_size=8), record=st.lists(codes, unique=True, max_size=4))
def test_looking_up_tells_the_rows_and_gives_none_away(
    known: list[float], record: list[float]
) -> None:
    state = categories.init(7)
    rows(state, known)
    before, looked_up, new = state_tree.digest(state), list[int](), 0
    for code in record:
        row = int(categories.look_up(state, code, new))
        new += row == state.met[0] + new
        looked_up.append(row)
    assert state_tree.digest(state) == before
    assert looked_up == rows(state, record)


@given(st.lists(codes, min_size=1, max_size=60))
def test_a_value_keeps_its_row(values: list[float]) -> None:
    state = categories.init(7)
    first = dict(zip(values, rows(state, values), strict=True))
    assert rows(state, values) == [first[value] for value in values]


def test_values_of_one_place_are_told_apart() -> None:
    """Their codes end in the same bits, where a search begins; at the table's end it goes round."""
    state = categories.init(4)
    places = len(state.code)
    values = [float(places * turn + places - 1) for turn in (1, 2, 3, 4)]
    assert rows(state, values * 2) == [0, 1, 2, 3] * 2


def test_a_full_table_has_places_free_so_that_a_search_ends() -> None:
    random = np.random.default_rng(0)
    for buckets in (1, 3, 64, 100):
        state = categories.init(buckets)
        rows(state, random.integers(1, 2**51, 5 * buckets).astype(float).tolist())
        assert state.met[0] == buckets
        assert np.count_nonzero(state.code) == buckets <= len(state.code) / 2


def test_the_same_values_are_the_same_table() -> None:
    values = np.random.default_rng(1).integers(1, 2**51, 300).astype(float).tolist()
    one, other = categories.init(100), categories.init(100)
    rows(one, values)
    rows(other, values)
    assert state_tree.digest(one) == state_tree.digest(other)


def test_without_categories_there_is_no_table() -> None:
    assert [array.size for array in categories.init(0)[:2]] == [0, 0]
