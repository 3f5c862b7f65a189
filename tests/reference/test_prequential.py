"""Prequential metrics against River's, and against their formulas where River has none."""

from collections import Counter
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
    certainty: Floats
    """What was given to the class said."""

    def first(self, rows: int) -> "Scored":
        return Scored(
            self.labels[:rows], self.predictions[:rows], self.given[:rows], self.certainty[:rows]
        )


def stream(classes: int) -> Scored:
    """Sticky labels, predictions that are mostly right, and get worse half way."""
    random = np.random.default_rng(classes)
    labels = np.repeat(random.integers(0, classes, ROWS // 3), 3)
    skill = np.where(np.arange(ROWS) < ROWS // 2, 0.9, 0.5)
    guesses = random.integers(0, classes, ROWS)
    predictions = np.where(random.random(ROWS) < skill, labels, guesses)
    given, certainty = random.uniform(1e-5, 1, (2, ROWS))
    given = np.where(predictions == labels, certainty, given)
    if classes == 2:
        given = np.where(predictions == labels, certainty, 1 - certainty)
    return Scored(labels, predictions, given, certainty)


def scores(scored: Scored, classes: int) -> Iterator[dict[str, dict[str, float]]]:
    config = prequential.Config(half_life=HALF_LIFE, window=WINDOW)
    state = prequential.init(config, Shape(1, classes, 1))
    for sample in zip(*scored, strict=True):
        prequential.update(state, *sample)
        yield prequential.metrics(state)


@pytest.fixture(params=[2, 5])
def classes(request: pytest.FixtureRequest) -> int:
    return int(request.param)


RIVERS: dict[str, Any] = {
    "accuracy": metrics.Accuracy,
    "balanced_accuracy": metrics.BalancedAccuracy,
    "f1": metrics.MacroF1,
    "kappa": metrics.CohenKappa,
}


def test_what_counts_labels_is_rivers(classes: int) -> None:
    scored = stream(classes)
    expected: dict[str, dict[str, Any]] = {
        "cumulative": {name: metric() for name, metric in RIVERS.items()},
        "windowed": {name: utils.Rolling(metric, WINDOW) for name, metric in RIVERS.items()},
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


def by_majority(labels: Integers) -> npt.NDArray[np.bool_]:
    """Whether the commonest label before was the label; the first to have been so wins a tie."""
    commonest, counts, hits = NO_CLASS, Counter[int](), []
    for label in labels.tolist():
        hits.append(label == commonest)
        counts[label] += 1
        commonest = label if counts[label] > counts[commonest] else commonest
    return np.array(hits)


def weighted(scored: Scored, weight: Floats, classes: int) -> dict[str, float]:
    """Metrics of samples that count as much as their weight."""
    labels, predictions, given, certainty = scored
    hit = labels == predictions
    right = weight[labels == predictions].sum() / weight.sum()
    chance = sum(
        weight[labels == one].sum() * weight[predictions == one].sum() for one in range(classes)
    )
    chance /= weight.sum() ** 2
    repeated = np.append(False, labels[1:] == labels[:-1])
    no_change = weight[repeated].sum() / weight.sum()
    seen = [one for one in range(classes) if weight[labels == one].sum() > 0]
    recall = [weight[hit & (labels == one)].sum() / weight[labels == one].sum() for one in seen]
    precision = [
        weight[hit & (labels == one)].sum() / max(weight[predictions == one].sum(), 1e-300)
        for one in seen
    ]
    f1 = [2 * p * r / (p + r) if p + r else 0.0 for p, r in zip(precision, recall, strict=True)]
    bins = (certainty * 10).astype(int)
    gaps = [abs(weight[bins == one] @ (certainty - hit)[bins == one]) for one in range(10)]
    return {
        "balanced_accuracy": np.mean(recall),
        "f1": np.mean(f1),
        "calibration_error": sum(gaps) / weight.sum(),
        "accuracy_majority": weight[by_majority(labels)].sum() / weight.sum(),
        "accuracy_no_change": no_change,
        "accuracy": right,
        "kappa": (right - chance) / (1 - chance),
        "kappa_temporal": (right - no_change) / (1 - no_change),
        "log_loss": weight @ -np.log(given) / weight.sum(),
    }


@pytest.mark.parametrize("rows", [20, WINDOW - 1, WINDOW, WINDOW + 1, 1700, ROWS])
def test_every_view_is_its_formula(rows: int, classes: int) -> None:
    scored = stream(classes)
    actual = list(scores(scored.first(rows), classes))[-1]
    age = np.arange(rows)[::-1]
    weights = {
        "cumulative": np.ones(rows),
        "faded": 0.5 ** (age / HALF_LIFE),
        "windowed": (age < WINDOW).astype(np.float64),
    }
    for view, weight in weights.items():
        expected = weighted(scored.first(rows), weight, classes)
        values = {name: actual[view][name] for name in prequential.METRICS}
        assert values == pytest.approx(expected, rel=1e-9), view


@pytest.mark.parametrize("rows", [20, WINDOW, ROWS])
@pytest.mark.parametrize("steps", [1000, 4])
def test_the_area_under_the_curve_is_the_share_of_pairs_in_order(rows: int, steps: int) -> None:
    """Few steps make many ties."""
    scored = stream(2).first(rows)
    given = np.ceil(scored.given * steps) / steps
    actual = list(scores(scored._replace(given=given), 2))[-1]["windowed"]["roc_auc"]
    labels = scored.labels[-WINDOW:]
    chance = np.where(labels == 1, given[-WINDOW:], 1 - given[-WINDOW:])
    above = chance[labels == 1][:, None] - chance[labels == 0]
    assert actual == pytest.approx(np.mean(above > 0) + np.mean(above == 0) / 2, abs=1e-12)


def test_no_prediction_is_wrong_and_agrees_with_no_class() -> None:
    scored = stream(3)
    predictions = scored.predictions.copy()
    predictions[::4] = NO_CLASS
    scored = scored._replace(predictions=predictions)
    actual = list(scores(scored, 3))[-1]["cumulative"]
    assert {name: actual[name] for name in prequential.METRICS} == pytest.approx(
        weighted(scored, np.ones(ROWS), 3), rel=1e-9
    )
