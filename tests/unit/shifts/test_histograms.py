"""Bins of numbers, of values that are many times the same, of categories, of what is missing."""

import numpy as np

from streamlr.shifts import histograms as subject

NUMBER, CODE = np.array([False]), np.array([True])


def test_a_sample_fills_the_bins_between_its_deciles_alike() -> None:
    sample = np.arange(1000.0)[:, None]
    edges = subject.deciles(sample)
    assert edges.tolist() == [[100, 200, 300, 400, 500, 600, 700, 800, 900]]
    found = subject.counts(sample, edges, NUMBER)
    (spread,) = subject.with_lone_values(found / 1000, found < 5)
    assert np.allclose(spread[0:19:2], 0.1)
    assert spread[1:19:2].tolist() == [0.0] * 9


def test_a_value_that_most_have_is_told_from_those_above_and_below() -> None:
    edges = subject.deciles(np.full((50, 1), 5.0))
    found = [
        int(subject.counts(np.array([[x]]), edges, NUMBER)[0].argmax()) for x in (4.0, 5.0, 6.0)
    ]
    assert len(set(found)) == 3


def test_what_is_missing_has_a_bin_of_its_own() -> None:
    values = np.array([[np.nan, 7.0], [np.nan, np.nan], [np.nan, 8.0]])
    found = subject.counts(values, subject.deciles(values), np.array([False, True]))
    assert found[:, -1].tolist() == [3, 1]
    assert found.sum(axis=1).tolist() == [3, 3]


def test_a_category_is_its_code() -> None:
    codes = np.array([[3.0], [3.0], [2.0**50], [-1.0]])
    (found,) = subject.counts(codes, subject.deciles(codes), CODE)
    assert found[3] == 2
    assert found[(2**50 % 19)] == 1
    assert found[18] == 1


def test_bins_too_thin_are_one() -> None:
    shares = np.array([[0.5, 0.002, 0.495, 0.003]])
    found = subject.with_rest(shares, shares < 0.005)
    assert found.tolist() == [[0.5, 0.0, 0.495, 0.0, 0.005]]


def test_the_distance_is_from_none_to_one() -> None:
    one, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert subject.hellinger(one, one) == 0.0
    assert subject.hellinger(one, other) == 1.0
    half = subject.hellinger(np.array([0.5, 0.5]), one)
    assert np.isclose(half, np.sqrt(1.0 - np.sqrt(0.5)))
