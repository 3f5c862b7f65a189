"""The ten rules against River's, where River follows the paper."""

import numpy as np
import pytest
from river.datasets.synth import Agrawal

from simulators import make
from simulators.loan_rules import RULES, Applications

ROWS = 2_000


@pytest.fixture(scope="module")
def applications() -> Applications:
    features, _ = make("agrawal", 11, perturbation=0).rows(0, ROWS)
    return Applications(*features.T)


@pytest.mark.parametrize("rule", [1, 2, 3, 4, 6, 7, 8, 9, 10])
def test_rules_agree_with_rivers(rule: int, applications: Applications) -> None:
    river = getattr(Agrawal, f"_classification_function_{rule - 1}")
    of_river = np.array([river(*row) for row in zip(*applications, strict=True)]) == 1
    if rule >= 7:
        of_river = ~of_river  # from 7 on, River's group A is 0
    assert (RULES[rule - 1](applications) == of_river).all()


@pytest.mark.parametrize(
    ("age", "salary", "loan", "in_group"),
    [
        (30, 60e3, 200e3, True),
        (30, 60e3, 350e3, False),
        (30, 120e3, 350e3, True),
        (30, 120e3, 150e3, False),
        (50, 100e3, 300e3, True),
        (50, 100e3, 450e3, False),
        (50, 50e3, 450e3, True),
        (50, 50e3, 250e3, False),
        (70, 50e3, 400e3, True),
        (70, 50e3, 200e3, False),
        (70, 100e3, 200e3, True),
        (70, 100e3, 400e3, False),
    ],
)
def test_rule_5_is_the_papers(age: float, salary: float, loan: float, in_group: bool) -> None:
    columns = dict.fromkeys(Applications._fields, np.zeros(1))
    columns |= {"age": np.array([age]), "salary": np.array([salary]), "loan": np.array([loan])}
    assert RULES[4](Applications(**columns)).tolist() == [in_group]


def test_the_stream_follows_the_rules_in_turn() -> None:
    features, labels = make("agrawal", 11, perturbation=0, drift_every=100).rows(0, 1_200)
    for turn in range(12):
        rows = slice(turn * 100, (turn + 1) * 100)
        in_group = RULES[turn % 10](Applications(*features[rows].T))
        assert (in_group == labels[rows]).all()


def test_attributes_have_the_papers_ranges(applications: Applications) -> None:
    a = applications
    assert set(a.education) == set(range(5))
    assert set(a.car) == set(range(1, 21))
    assert set(a.zip_code) == set(range(9))
    assert set(a.house_years) == set(range(1, 31))
    assert set(a.age) == set(range(20, 81))
    assert ((a.commission == 0) == (a.salary >= 75_000)).all()
    scale = a.house_value / (9 - a.zip_code)
    assert 50_000 <= scale.min() < scale.max() <= 150_000


def test_perturbation_shifts_numbers_within_their_range_and_leaves_the_rest() -> None:
    clean, labels = make("agrawal", 11, perturbation=0).rows(0, ROWS)
    noisy, noisy_labels = make("agrawal", 11, perturbation=0.1).rows(0, ROWS)
    assert (labels == noisy_labels).all()
    assert (clean[:, 3:6] == noisy[:, 3:6]).all()
    shift = np.abs(noisy - clean).max(axis=0)
    assert 12_000 < shift[0] <= 13_000
    assert 45_000 < shift[8] <= 50_000
    assert ((clean[:, 1] == 0) == (noisy[:, 1] == 0)).all()
    assert (noisy[:, 2] == np.rint(noisy[:, 2])).all()
    assert 20 <= noisy[:, 2].min() <= noisy[:, 2].max() <= 80
