"""Prequential metrics against River's, and against their formulas where River has none."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from river import metrics, utils

from streamlr.components import NO_CLASS, Shape
from streamlr.evaluation import prequential
from tests.reference.plain import Floats

Integers = npt.NDArray[np.int64]
ROWS = 3_000
HALF_LIFE = 200.0
WINDOW = 300


class Scored(NamedTuple):
    labels: Integers
    predictions: Integers
    given: Floats
    """What was given to the label."""


def stream(classes: int) -> Scored:
    """Sticky labels, predictions that are mostly right, and get worse half way."""
    random = np.random.default_rng(classes)
    labels = np.repeat(random.integers(0, classes, ROWS // 3), 3)
    skill = np.where(np.arange(ROWS) < ROWS // 2, 0.9, 0.5)
    guesses = random.integers(0, classes, ROWS)
    predictions = np.where(random.random(ROWS) < skill, labels, guesses)
    return Scored(labels, predictions, random.uniform(1e-5, 1, ROWS))


def scores(scored: Scored, classes: int) -> Iterator[dict[str, dict[str, float]]]:
    config = prequential.Config(half_life=HALF_LIFE, window=WINDOW)
    state = prequential.init(config, Shape(1, classes, 1))
    for label, prediction, given in zip(*scored, strict=True):
        prequential.update(state, label, prediction, given, 0.5)
        yield prequential.metrics(state)


@pytest.fixture(params=[2, 5])
def classes(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_accuracy_and_kappa_are_rivers(classes: int) -> None:
    scored = stream(classes)
    expected: dict[str, dict[str, Any]] = {
        "cumulative": {"accuracy": metrics.Accuracy(), "kappa": metrics.CohenKappa()},
        "windowed": {
            "accuracy": utils.Rolling(metrics.Accuracy, WINDOW),
            "kappa": utils.Rolling(metrics.CohenKappa, WINDOW),
        },
    }
    for place, actual in enumerate(scores(scored, classes)):
        for view, by_name in expected.items():
            for name, metric in by_name.items():
                metric.update(int(scored.labels[place]), int(scored.predictions[place]))
                if place > 50 and place % 7 == 0:
                    assert actual[view][name] == pytest.approx(metric.get(), abs=1e-12)


def test_log_loss_is_rivers() -> None:
    scored = stream(2)
    chances = np.where(scored.labels == 1, scored.given, 1 - scored.given)
    whole: Any = metrics.LogLoss()
    window: Any = utils.Rolling(metrics.LogLoss, WINDOW)
    for place, actual in enumerate(scores(scored, 2)):
        for metric in (whole, window):
            metric.update(bool(scored.labels[place]), float(chances[place]))
        assert actual["cumulative"]["log_loss"] == pytest.approx(whole.get(), rel=1e-9)
        assert actual["windowed"]["log_loss"] == pytest.approx(window.get(), rel=1e-9)


def first(scored: Scored, rows: int) -> Scored:
    return Scored(scored.labels[:rows], scored.predictions[:rows], scored.given[:rows])


def weighted(scored: Scored, weight: Floats, classes: int) -> dict[str, float]:
    """Metrics of samples that count as much as their weight."""
    labels, predictions, given = scored
    right = weight[labels == predictions].sum() / weight.sum()
    chance = sum(
        weight[labels == one].sum() * weight[predictions == one].sum() for one in range(classes)
    )
    chance /= weight.sum() ** 2
    repeated = np.append(False, labels[1:] == labels[:-1])
    no_change = weight[repeated].sum() / weight.sum()
    return {
        "accuracy": right,
        "kappa": (right - chance) / (1 - chance),
        "kappa_temporal": (right - no_change) / (1 - no_change),
        "log_loss": weight @ -np.log(given) / weight.sum(),
    }


@pytest.mark.parametrize("rows", [20, WINDOW - 1, WINDOW, WINDOW + 1, 1700, ROWS])
def test_every_view_is_its_formula(rows: int, classes: int) -> None:
    scored = stream(classes)
    actual = list(scores(first(scored, rows), classes))[-1]
    age = np.arange(rows)[::-1]
    weights = {
        "cumulative": np.ones(rows),
        "faded": 0.5 ** (age / HALF_LIFE),
        "windowed": (age < WINDOW).astype(np.float64),
    }
    for view, weight in weights.items():
        expected = weighted(first(scored, rows), weight, classes)
        assert actual[view] == pytest.approx(expected, rel=1e-9), view


def test_no_prediction_is_wrong_and_agrees_with_no_class() -> None:
    scored = stream(3)
    predictions = scored.predictions.copy()
    predictions[::4] = NO_CLASS
    scored = scored._replace(predictions=predictions)
    actual = list(scores(scored, 3))[-1]["cumulative"]
    assert actual == pytest.approx(weighted(scored, np.ones(ROWS), 3), rel=1e-9)
