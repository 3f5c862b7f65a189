"""Elementary functions within the errors they state."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamlr import arithmetic

DIGITS = 40
LARGEST = 1.7976931348623157e308
SMALLEST_NORMAL = 2.2250738585072014e-308


def exact_exp(x: float) -> Decimal:
    with localcontext(prec=DIGITS):
        return Decimal(x).exp()


def exact_log(x: float) -> Decimal:
    with localcontext(prec=DIGITS):
        return Decimal(x).ln()


@given(st.floats(-700, 700))
@example(0.0)
@example(-0.0)
@example(700.0)
@example(-700.0)
@example(0.34657359027997264)  # ln 2 / 2, where the reduced argument is largest
@example(-0.34657359027997264)
@example(5e-324)
def test_exp_is_within_its_error(x: float) -> None:
    exact = exact_exp(x)
    assert abs(Decimal(float(arithmetic.exp(x))) - exact) < exact * Decimal("1e-15")


def test_exp_is_within_its_error_all_along() -> None:
    for x in np.linspace(-700, 700, 20_001).tolist():
        exact = math.exp(x)  # to half a unit in the last place
        assert abs(arithmetic.exp(x) - exact) < 1.1e-15 * exact


@pytest.mark.parametrize(("x", "limit"), [(701.0, 700.0), (1e308, 700.0), (math.inf, 700.0)])
def test_exp_is_clamped(x: float, limit: float) -> None:
    assert arithmetic.exp(x) == arithmetic.exp(limit)
    assert arithmetic.exp(-x) == arithmetic.exp(-limit) > 0.0
    assert math.isfinite(arithmetic.exp(x))


def test_exp_of_nothing_is_nothing() -> None:
    assert math.isnan(arithmetic.exp(math.nan))
    assert math.isnan(arithmetic.sigmoid(math.nan))


@given(st.floats(SMALLEST_NORMAL, LARGEST))
@example(1.0)
@example(1.4142135623730951)  # √2, where the exponent changes
@example(1.4142135623730954)
@example(0.7071067811865476)
@example(1.0000000000000002)
@example(0.9999999999999999)
@example(SMALLEST_NORMAL)
@example(LARGEST)
def test_log_is_within_its_error(x: float) -> None:
    exact = exact_log(x)
    error = abs(Decimal(float(arithmetic.log(x))) - exact)
    assert error < max(Decimal(1), abs(exact)) * Decimal("1e-15")


@given(st.floats(1e-6, 1.0))
def test_log_of_a_probability(x: float) -> None:
    assert arithmetic.log(x) == pytest.approx(math.log(x), rel=1e-14, abs=1e-15)


def test_log_of_one_is_zero() -> None:
    assert arithmetic.log(1.0) == 0.0


@given(st.floats(-36, 36))
def test_sigmoid(x: float) -> None:
    assert 0.0 < arithmetic.sigmoid(x) < 1.0
    assert arithmetic.sigmoid(x) == pytest.approx(1 / (1 + math.exp(-x)), rel=4e-15)


def test_sigmoid_keeps_order() -> None:
    values = [arithmetic.sigmoid(x) for x in np.linspace(-30, 30, 2000).tolist()]
    assert values == sorted(values)
    assert arithmetic.sigmoid(0.0) == 0.5


@pytest.mark.parametrize("length", range(14))
def test_dot(length: int) -> None:
    left, right = np.random.default_rng(length).integers(-9, 9, (2, length)).astype(np.float64)
    assert arithmetic.dot(left, right) == sum(left * right)


def test_dot_takes_rows_of_a_matrix() -> None:
    matrix = np.arange(12.0).reshape(2, 6)
    assert arithmetic.dot(matrix[0], matrix[1]) == 145.0
