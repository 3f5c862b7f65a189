"""What counts as unlike the past: neither chance, nor what differs from block to block anyway."""

import numpy as np
import pytest

from streamlr.shifts.reference import BLOCK, Reference, _quantile

CHANCE = 1e-4


def filled(blocks: np.ndarray, *, coded: bool = False) -> Reference:
    made = Reference(np.array([coded]))
    for block in blocks:
        made.take(block[:, None])
    return made


@pytest.mark.parametrize(
    ("freedom", "chance", "exact"),
    [(1, 1e-4, 15.137), (1, 1e-5, 19.511), (9, 1e-4, 33.720), (18, 1e-5, 53.181)],
)
def test_quantiles_are_those_of_a_chi_square(freedom: int, chance: float, exact: float) -> None:
    found = _quantile(np.array([freedom]), chance)[0]
    assert 0.99 * exact < found < 1.12 * exact


def test_chance_is_seldom_unlikely() -> None:
    random = np.random.default_rng(1)
    unlikely = 0
    for _ in range(20):
        made = filled(random.standard_normal((10, BLOCK)))
        blocks = random.standard_normal((50, BLOCK, 1))
        unlikely += sum(int(made.compare(block, 0.01).unlikely[0]) for block in blocks)
    assert unlikely < 20  # of 1,000, where 10 are asked for


@pytest.mark.parametrize("shift", [0.5, -0.5, 1.0])
def test_a_shift_is_unlikely(shift: float) -> None:
    random = np.random.default_rng(2)
    made = filled(random.standard_normal((10, BLOCK)))
    found = made.compare(random.standard_normal((BLOCK, 1)) + shift, CHANCE)
    assert found.unlikely.all()
    exact = np.sqrt(1.0 - np.exp(-(shift**2) / 8))
    assert np.isclose(found.distance[0], exact, atol=0.06)


def test_a_constant_that_becomes_another_is_far_away() -> None:
    made = filled(np.full((5, BLOCK), 5.0))
    same = made.compare(np.full((BLOCK, 1), 5.0), CHANCE)
    assert (same.distance[0], bool(same.unlikely[0])) == (0.0, False)
    other = made.compare(np.full((BLOCK, 1), 6.0), CHANCE)
    assert (other.distance[0], bool(other.unlikely[0])) == (1.0, True)


def test_a_category_of_which_there_are_more_is_unlikely() -> None:
    random = np.random.default_rng(3)
    codes = np.array([11.0, 12.0, 13.0])
    made = filled(random.choice(codes, (10, BLOCK), p=[0.6, 0.3, 0.1]), coded=True)
    same = random.choice(codes, (BLOCK, 1), p=[0.6, 0.3, 0.1])
    other = random.choice(codes, (BLOCK, 1), p=[0.4, 0.5, 0.1])
    assert not made.compare(same, CHANCE).unlikely
    assert made.compare(other, CHANCE).unlikely


def test_fields_that_go_missing_are_unlikely() -> None:
    random = np.random.default_rng(4)
    made = filled(random.standard_normal((10, BLOCK)))
    block = random.standard_normal((BLOCK, 1))
    block[: BLOCK // 10] = np.nan
    assert made.compare(block, CHANCE).unlikely


def test_what_differs_from_block_to_block_anyway_is_not() -> None:
    """A mean that wanders by a quarter of a deviation, as by the hour of the day."""
    random = np.random.default_rng(5)
    means = 0.25 * random.standard_normal((110, 1))
    blocks = means + random.standard_normal((110, BLOCK))
    made = filled(blocks[:10])
    unlikely = sum(bool(made.compare(block[:, None], CHANCE).unlikely[0]) for block in blocks[10:])
    steady = filled(random.standard_normal((10, BLOCK)))
    as_if = sum(bool(steady.compare(block[:, None], CHANCE).unlikely[0]) for block in blocks[10:])
    assert unlikely < 5
    assert as_if > 30
    assert made.compare(random.standard_normal((BLOCK, 1)) + 2.0, CHANCE).unlikely


def test_a_block_taken_displaces_the_oldest() -> None:
    made = filled(np.zeros((10, BLOCK)))
    for _ in range(10):
        made.take(np.ones((BLOCK, 1)))
    assert made.compare(np.ones((BLOCK, 1)), CHANCE).distance[0] == 0.0


def test_it_is_what_its_arrays_say() -> None:
    random = np.random.default_rng(6)
    made = filled(random.standard_normal((13, BLOCK)))
    again = Reference(np.array([False]))
    arrays = made.arrays()
    again.fill(arrays["sample"], int(arrays["looks"][0]))
    block = random.standard_normal((BLOCK, 1))
    for _ in range(3):
        found, expected = again.compare(block, CHANCE), made.compare(block, CHANCE)
        assert (found.distance, found.unlikely) == (expected.distance, expected.unlikely)
        made.take(block)
        again.take(block)
