"""Vowpal Wabbit and River on small streams of each task."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.contest import river_optimizers, streams, vowpal_wabbit
from benchmarks.contest.streams import Table

BINARY = streams.simulated("stationary", seed=1, samples=3_000)


def three_classes() -> Table:
    truth = np.argmax(BINARY.values[:, :3], axis=1).astype(np.float64)
    return replace(BINARY, task="multiclass", truth=truth, classes=3)


def numbers() -> Table:
    return replace(BINARY, task="regression", truth=BINARY.values[:, 0] * 3 + 7, classes=0)


def test_lines_are_vowpal_wabbits() -> None:
    values = np.array([[1.5, np.nan, 42.0], [0.0, 0.1, np.nan]])
    table = Table("binary", values, np.array([0.0, 1.0]), ("a", "b", "c"), features=2, classes=2)
    assert list(vowpal_wabbit.lines(table)) == ["-1 | x0:1.5 c0=42\n", "1 | x1:0.1\n"]
    told = [replace(table, task=task) for task in ("multiclass", "regression")]
    assert [next(vowpal_wabbit.lines(one))[:2] for one in told] == ["1 ", "0 "]


def test_vowpal_wabbit_learns_two_classes() -> None:
    reached = vowpal_wabbit.outcomes(BINARY)
    assert tuple(reached) == vowpal_wabbit.NAMES
    for outcome in reached.values():
        assert outcome.metrics["accuracy"] > 0.8
        assert outcome.metrics["log_loss"] < 0.5
    assert reached["vw_tuned"].metrics["accuracy"] >= reached["vw_default"].metrics["accuracy"]
    assert reached["vw_tuned"].note.startswith("-l ")


def test_vowpal_wabbit_learns_more_classes_and_numbers() -> None:
    assert vowpal_wabbit.outcomes(three_classes())["vw_default"].metrics["accuracy"] > 0.7
    assert vowpal_wabbit.outcomes(numbers())["vw_default"].metrics["mae"] < 1.5


@pytest.mark.parametrize("policy", river_optimizers.OPTIMIZERS)
def test_river_learns_every_task(policy: str) -> None:
    assert river_optimizers.outcome(BINARY, policy).metrics["accuracy"] > 0.8
    assert river_optimizers.outcome(three_classes(), policy).metrics["accuracy"] > 0.7
    assert river_optimizers.outcome(numbers(), policy).metrics["mae"] < 2.3  # the mean: 2.4


def test_river_takes_words_and_holes() -> None:
    values = np.column_stack([BINARY.values[:, :2], 1.0 + np.arange(3_000) % 3])
    values[::7, 0] = np.nan
    truth = (values[:, 2] == 2.0).astype(np.float64)  # only the word tells
    table = Table("binary", values, truth, ("a", "b", "word"), features=2, classes=2)
    assert river_optimizers.outcome(table, "river_sgd").metrics["accuracy"] > 0.9
