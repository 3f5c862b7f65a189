"""Agrawal's loan applications, whose rule of ten changes at each change point."""

from typing import Annotated

import numpy as np
from pydantic import Field

from simulators.draws import Purpose, generator
from simulators.loan_rules import RULES, Applications
from simulators.options import Options
from simulators.stream import BLOCK_ROWS, MAXIMUM_ROWS, Floats, Integers, Stream, row_numbers

_RANGES = {
    "salary": (20_000.0, 150_000.0),
    "commission": (10_000.0, 75_000.0),
    "age": (20.0, 80.0),
    "house_value": (50_000.0, 1_350_000.0),
    "house_years": (1.0, 30.0),
    "loan": (0.0, 500_000.0),
}


class Config(Options):
    """How often the rule changes, and how noisy the numbers are."""

    drift_every: Annotated[
        int, Field(ge=1, le=MAXIMUM_ROWS, description="rows that follow one rule")
    ] = 10_000
    perturbation: Annotated[
        float,
        Field(ge=0, le=1, description="most that a number is off, as a share of its range"),
    ] = 0.05


class Simulator(Stream):
    """Label 1 where the applicant is in group A of the rule in force: rules 1 to 10, then 1 again.

    ======  ===================  ===================================================================
    column  attribute            values
    ======  ===================  ===================================================================
    x0      salary               uniform, 20,000 to 150,000
    x1      commission           0 where salary ≥ 75,000, else uniform, 10,000 to 75,000
    x2      age                  20 to 80, whole years
    x3      education level      category 0 to 4
    x4      make of car          category 1 to 20
    x5      zip code             category 0 to 8
    x6      value of the house   uniform, 0.5 to 1.5 times 100,000 · (9 - zip code)
    x7      years owned          1 to 30, whole years
    x8      loan                 uniform, 0 to 500,000
    ======  ===================  ===================================================================

    Categories are their numbers, as float64. Labels are those of the true values; then each number
    (not the categories, nor a commission of 0) is shifted by up to ± ``perturbation`` times its
    range and kept within it.

    References
    ----------
    Agrawal, Imielinski & Swami (1993), "Database mining: a performance perspective", IEEE
    TKDE 5(6), the classification functions. The perturbation is that of MOA and River, where some
    labels are the other way round (group A is 0 in MOA).
    """

    def __init__(self, config: Config, seed: int) -> None:
        super().__init__(seed, features=len(Applications._fields), drift_every=config.drift_every)
        self._perturbation = config.perturbation

    def block(self, number: int) -> tuple[Floats, Integers]:
        """Draw applications, then perturbations."""
        random = generator(self.seed, Purpose.ROWS, number)
        applications = _draw(random)
        rules = row_numbers(number) // self.drift_every % len(RULES)
        labels = np.zeros(BLOCK_ROWS, np.int64)
        for rule in np.unique(rules):
            labels[rules == rule] = RULES[rule](applications)[rules == rule]
        return np.column_stack(_perturbed(applications, self._perturbation, random)), labels


def _draw(random: np.random.Generator) -> Applications:
    salary = random.uniform(*_RANGES["salary"], BLOCK_ROWS)
    commission = random.uniform(*_RANGES["commission"], BLOCK_ROWS)
    zip_code = random.integers(0, 9, BLOCK_ROWS)
    return Applications(
        salary=salary,
        commission=np.where(salary >= 75_000.0, 0.0, commission),
        age=random.integers(20, 81, BLOCK_ROWS).astype(np.float64),
        education=random.integers(0, 5, BLOCK_ROWS).astype(np.float64),
        car=random.integers(1, 21, BLOCK_ROWS).astype(np.float64),
        zip_code=zip_code.astype(np.float64),
        house_value=(9 - zip_code) * 100_000.0 * random.uniform(0.5, 1.5, BLOCK_ROWS),
        house_years=random.integers(1, 31, BLOCK_ROWS).astype(np.float64),
        loan=random.uniform(*_RANGES["loan"], BLOCK_ROWS),
    )


def _perturbed(
    applications: Applications, perturbation: float, random: np.random.Generator
) -> Applications:
    noisy = {}
    for attribute, (low, high) in _RANGES.items():
        shift = perturbation * (high - low) * random.uniform(-1.0, 1.0, BLOCK_ROWS)
        noisy[attribute] = np.clip(getattr(applications, attribute) + shift, low, high)
    noisy["commission"] = np.where(applications.commission == 0.0, 0.0, noisy["commission"])
    noisy["age"] = np.rint(noisy["age"])
    noisy["house_years"] = np.rint(noisy["house_years"])
    return applications._replace(**noisy)
