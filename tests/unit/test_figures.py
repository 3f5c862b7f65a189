"""Several pipelines told as one: counts are summed, the others are means by samples."""

import math
from collections import Counter

import numpy as np
import pytest

from streamlr import config, figures
from streamlr.pipeline import Pipeline
from streamlr.records import Decoded, Schema
from streamlr.sinks import Sink
from streamlr.sinks.none import NoSink


def pipeline(*labels: int | None, rate: float = 0.05) -> Pipeline:
    """One that has seen these labels, all beside the same value."""
    tables = {
        "source": {"type": "simulator"},
        "stream": {"label": "y"},
        "schedule": {"type": "constant", "rate": rate},
        "detector": {"type": "none"},
    }
    sinks: dict[str, Sink] = {"sink": NoSink(), "dead_letters": NoSink()}
    made = Pipeline(config.build(tables), Schema(("a",), "y"), "json", sinks)
    count = len(labels)
    made.learn(Decoded(np.arange(count), np.ones((count, 1)), list(labels), []))
    return made


def test_of_one_every_figure_is_its_own() -> None:
    one = pipeline(0, 1, 1, rate=0.3)
    assert figures.metrics([one])["faded"] == pytest.approx(
        one.engine.metrics()["faded"], nan_ok=True
    )
    assert figures.learning_rate([one]) == one.engine.learning_rate
    assert figures.learned([one]) == 3


def test_counts_are_summed_with_those_of_the_departed() -> None:
    total = figures.total([pipeline(0, None, 1), pipeline(1)], Counter({"records": -2}))
    assert (total["records"], total["learned"], total["updates"]) == (2, 3, 3)
    assert total["alarm drift"] == 0


def test_accuracy_is_that_of_all_samples() -> None:
    many, few = pipeline(*[1] * 9), pipeline(0, 1)
    found = figures.metrics([many, few])["cumulative"]
    assert found["accuracy"] == pytest.approx(8 / 11)  # each misses what it has not seen before
    losses = [p.engine.metrics()["cumulative"]["log_loss"] for p in (many, few)]
    assert found["log_loss"] == pytest.approx((9 * losses[0] + 2 * losses[1]) / 11)


def test_the_rate_is_a_geometric_mean_by_samples() -> None:
    pair = [pipeline(1, 1, 1, rate=0.1), pipeline(1, rate=0.001)]
    assert figures.learning_rate(pair) == pytest.approx((0.1**3 * 0.001) ** 0.25)


def test_before_the_first_sample_all_weigh_the_same() -> None:
    pair = [pipeline(rate=0.1), pipeline(rate=0.001)]
    assert figures.learning_rate(pair) == pytest.approx(0.01)
    assert math.isnan(figures.metrics(pair)["windowed"]["accuracy"])


def test_what_one_does_not_know_is_left_to_the_other() -> None:
    pair = [pipeline(None, None), pipeline(1, 1)]
    assert figures.metrics(pair)["cumulative"]["accuracy"] == 0.5
