"""The ten rules of Agrawal et al. that put a loan applicant in group A, or not.

Every rule takes :class:`Applications` and returns bool [rows], true for group A. Bounds of a band
belong to it.

References
----------
Agrawal, Imielinski & Swami (1993), "Database mining: a performance perspective", IEEE TKDE 5(6):
classification functions 1 to 10. In function 5 River tests the salary in some places where the
paper tests the loan; this follows the paper, as Weka does.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulators.stream import Floats

Booleans = npt.NDArray[np.bool_]


class Applications(NamedTuple):
    """Columns of loan applications, each float64 [rows], in the order of the paper."""

    salary: Floats
    commission: Floats
    age: Floats
    education: Floats
    car: Floats
    zip_code: Floats
    house_value: Floats
    house_years: Floats
    loan: Floats


def _within(values: Floats, low: float, high: float) -> Booleans:
    """Tell where low ≤ values ≤ high."""
    return (low <= values) & (values <= high)


def _by_age(a: Applications, young: Booleans, middle: Booleans, old: Booleans) -> Booleans:
    """Take one rule below 40, another from 40, a third from 60."""
    return np.where(a.age < 40, young, np.where(a.age < 60, middle, old))


def _income_bands(a: Applications, income: Floats) -> Booleans:
    return _by_age(
        a,
        _within(income, 50_000, 100_000),
        _within(income, 75_000, 125_000),
        _within(income, 25_000, 75_000),
    )


def _schooling_bands(a: Applications) -> Booleans:
    return _by_age(
        a, _within(a.education, 0, 1), _within(a.education, 1, 3), _within(a.education, 2, 4)
    )


def _rule_1(a: Applications) -> Booleans:
    return (a.age < 40) | (a.age >= 60)


def _rule_2(a: Applications) -> Booleans:
    return _income_bands(a, a.salary)


def _rule_3(a: Applications) -> Booleans:
    return _schooling_bands(a)


def _rule_4(a: Applications) -> Booleans:
    schooled = _by_age(
        a,
        _within(a.salary, 25_000, 75_000),
        _within(a.salary, 50_000, 100_000),
        _within(a.salary, 50_000, 100_000),
    )
    others = _by_age(
        a,
        _within(a.salary, 50_000, 100_000),
        _within(a.salary, 75_000, 125_000),
        _within(a.salary, 25_000, 75_000),
    )
    return np.where(_schooling_bands(a), schooled, others)


def _rule_5(a: Applications) -> Booleans:
    inside = _by_age(
        a,
        _within(a.loan, 100_000, 300_000),
        _within(a.loan, 200_000, 400_000),
        _within(a.loan, 300_000, 500_000),
    )
    outside = _by_age(
        a,
        _within(a.loan, 200_000, 400_000),
        _within(a.loan, 300_000, 500_000),
        _within(a.loan, 100_000, 300_000),
    )
    return np.where(_income_bands(a, a.salary), inside, outside)


def _rule_6(a: Applications) -> Booleans:
    return _income_bands(a, a.salary + a.commission)


def _two_thirds_of_income(a: Applications) -> Floats:
    return 2.0 * (a.salary + a.commission) / 3.0


def _rule_7(a: Applications) -> Booleans:
    return _two_thirds_of_income(a) - a.loan / 5.0 - 20_000.0 > 0


def _rule_8(a: Applications) -> Booleans:
    return _two_thirds_of_income(a) - 5_000.0 * a.education - 20_000.0 > 0


def _rule_9(a: Applications) -> Booleans:
    return _two_thirds_of_income(a) - 5_000.0 * a.education - a.loan / 5.0 - 10_000.0 > 0


def _rule_10(a: Applications) -> Booleans:
    equity = a.house_value * np.maximum(a.house_years - 20.0, 0.0) / 10.0
    return _two_thirds_of_income(a) - 5_000.0 * a.education + equity / 5.0 - 10_000.0 > 0


RULES: tuple[Callable[[Applications], Booleans], ...] = (
    _rule_1,
    _rule_2,
    _rule_3,
    _rule_4,
    _rule_5,
    _rule_6,
    _rule_7,
    _rule_8,
    _rule_9,
    _rule_10,
)
