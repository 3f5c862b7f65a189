"""Weights by class keep the laws: no trace of polls, of a restart, or of weights that are all 1."""

import numpy as np
import pytest

from streamlr import OnlineModel
from tests.reference.plain import Floats

ROWS = 12_000
FEATURES = ("a", "b", "c")


def rare(seed: int) -> tuple[Floats, list[str]]:
    """Return a stream of which one record in a hundred is a fraud; whatever separates them drifts.

    It turns over half way.
    """
    random = np.random.default_rng(seed)
    values = random.normal(size=(ROWS, 3))
    rule = np.where(np.arange(ROWS) < ROWS // 2, 1.0, -1.0)
    score = 2.0 * values[:, 0] + rule * values[:, 1] + random.logistic(scale=0.5, size=ROWS)
    return values, np.where(score > np.quantile(score, 0.99), "fraud", "fine").tolist()


def learned(classes: dict[str, object] | None) -> OnlineModel:
    model = OnlineModel(features=FEATURES, classes=classes)
    model.learn_many(*rare(1))
    return model


@pytest.fixture(scope="module")
def unweighted() -> OnlineModel:
    return learned(None)


@pytest.mark.parametrize("weights", ["balanced", {"fraud": 50.0}])
def test_balanced_accuracy_rises_where_a_class_is_rare(
    unweighted: OnlineModel, weights: str | dict[str, float]
) -> None:
    before, after = (
        model.metrics["cumulative"]["balanced_accuracy"]
        for model in (unweighted, learned({"weights": weights}))
    )
    assert after > before + 0.1


def test_weights_of_one_change_no_bit(unweighted: OnlineModel) -> None:
    values = rare(2)[0]
    found = learned({"weights": {"fraud": 1.0, "fine": 1.0}}).predict_many(values)
    expected = unweighted.predict_many(values)
    assert found.probability.tobytes() == expected.probability.tobytes()
    assert found.label.tolist() == expected.label.tolist()


@pytest.mark.parametrize("weights", ["balanced", {"fraud": 50.0, "fine": 0.5}])
def test_neither_polls_nor_a_restart_leave_a_trace(weights: str | dict[str, float]) -> None:
    values, labels = rare(3)
    values, labels = values[:3000], labels[:3000]
    first = labels.index("fraud")
    whole, cut = (OnlineModel(features=FEATURES, classes={"weights": weights}) for _ in range(2))
    whole.learn_many(values, labels)
    for start, stop in ((0, 1), (1, first), (first, first + 1), (first + 1, 2000)):
        cut.learn_many(values[start:stop], labels[start:stop])
    resumed = OnlineModel(features=FEATURES, classes={"weights": weights})
    resumed.restore(cut.state())
    resumed.learn_many(values[2000:], labels[2000:])
    assert resumed.digest == whole.digest
