"""Scores of outsiders are the evaluator's own; and who wins by them."""

import numpy as np
import pytest

from benchmarks.contest import scores
from benchmarks.contest.scores import Verdict
from streamlr.components import Shape
from streamlr.evaluation import prequential


def test_classes_are_scored_as_our_evaluator_does() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 3, 500)
    chances = random.dirichlet([1.0, 1.0, 1.0], 500)
    chances[7] = np.eye(3)[(truth[7] + 1) % 3]  # what was impossible came
    shape = Shape(features=1, classes=3, lanes=1, categories=0, buckets=0, outputs=3)
    state = prequential.init(prequential.Config(), shape)
    for label, given in zip(truth.tolist(), chances, strict=True):
        said = int(given.argmax())
        prequential.update(state, float(label), float(said), given[label], given[said])
    theirs = prequential.metrics(state)["cumulative"]
    assert scores.of_classes(truth, chances) == pytest.approx(
        {name: theirs[name] for name in scores.CLASSES}
    )


@pytest.mark.parametrize(
    ("ours_", "theirs", "rows", "verdict"),
    [
        (0.9019, 0.900, 10_000, "tie"),
        (0.9021, 0.900, 10_000, "win"),
        (0.900, 0.9021, 10_000, "loss"),
        (0.9012, 0.900, 1_000_000, "win"),
        (0.9009, 0.900, 1_000_000, "tie"),
    ],
)
def test_a_tie_lies_within_the_margin(
    ours_: float, theirs: float, rows: int, verdict: Verdict
) -> None:
    assert scores.by_accuracy(ours_, theirs, rows) == verdict


@pytest.mark.parametrize(
    ("mae", "verdict"), [(98.9, "win"), (99.1, "tie"), (100.9, "tie"), (101.1, "loss")]
)
def test_a_smaller_error_wins(mae: float, verdict: Verdict) -> None:
    assert scores.by_mae(mae, 100.0) == verdict


@pytest.mark.parametrize(
    ("loss", "verdict"), [(0.1999, "win"), (0.2, "tie"), (0.2019, "tie"), (0.2021, "loss")]
)
def test_any_less_log_loss_wins(loss: float, verdict: Verdict) -> None:
    assert scores.by_log_loss(loss, 0.2) == verdict
