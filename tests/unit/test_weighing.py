"""Weights of samples, by their classes: the formula, and what a heavy sample may move."""

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from streamlr import config
from streamlr.class_names import ClassNames
from streamlr.components import Inputs, Shape
from streamlr.config import ClassesConfig
from streamlr.errors import ConfigurationError
from streamlr.models import logistic, softmax
from streamlr.schedules.racing import fixed_share
from streamlr.tasks import by_threshold
from streamlr.weighing import by_class
from tests.reference.plain import Floats

PAGE = (Path(__file__).parents[2] / "docs" / "imbalance.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
SHAPE = Shape(2, 2, 1)


def weighted(value: list[float], weight: float) -> Inputs:
    row, used = np.zeros(0, np.int64), np.array([len(value)])
    return Inputs(np.array(value), row, used, np.array([weight, 1.0]))


def weights(truth: list[int]) -> Floats:
    state = by_class.init(
        ClassesConfig.model_validate({"weights": "balanced"}), SHAPE._replace(classes=3)
    )
    found = np.empty((len(truth), 2))
    for label, weight in zip(truth, found, strict=True):
        by_class.weigh(state, float(label), weight)
        by_class.meet(state, float(label), weight)
    return found


def test_balanced_weights_go_by_the_labels_before() -> None:
    truth = [*np.random.default_rng(3).integers(0, 2, 300).tolist(), 2, *[0] * 300, 1, 2, 0]
    found = weights(truth)
    for n, label in enumerate(truth):
        before, classes = truth[:n], max(len(set(truth[:n])), 1)
        even = (n + classes) / (classes * (before.count(label) + 1))
        own = min(max(even, 0.01), 100.0)
        assert found[n, 0] == pytest.approx(own)
        squares = (found[:n, 0] ** 2).sum()
        scale = found[:n, 0].sum() / squares if n else 1.0
        assert found[n, 1] == pytest.approx(min(own * scale, 4.0))
    assert found[300, 0] == 100.0  # met late: 151, but for the bound


def test_classes_alike_weigh_one() -> None:
    assert np.abs(weights([0, 1] * 500)[500:] - 1.0).max() < 0.02


@pytest.mark.parametrize("weight", [1e-6, 0.3, 1.0, 7.0, 1e6])
def test_a_weighted_step_is_that_of_so_much_a_higher_rate(weight: float) -> None:
    """And so is bounded alike."""
    value = [2.0, -1.0, 1.0]
    for module, shape in ((logistic, SHAPE), (softmax, SHAPE._replace(classes=3, outputs=3))):
        heavy, fast = (module.init(module.Config(), shape) for _ in range(2))
        for made, own, rate in ((heavy, weight, 0.25), (fast, 1.0, 0.25 * weight)):
            module.predict(made, weighted(value, own), 2)
            module.learn(made, weighted(value, own), 1.0, np.array([rate]), 2)
        np.testing.assert_allclose(heavy.weights, fast.weights, rtol=1e-12)


def test_a_mixture_takes_a_sample_of_weight_two_as_two_without_shares() -> None:
    """Sharing goes on once a sample: at the least share it is next to nothing."""
    likelihood = np.array([0.9, 0.2, 0.5])
    once, twice = (fixed_share.init(3) for _ in range(2))
    told = fixed_share.learn(once, likelihood.copy(), 2.0)
    assert told == pytest.approx(likelihood.mean())
    for _ in range(2):
        fixed_share.learn(twice, likelihood.copy(), 1.0)
    np.testing.assert_allclose(once.weight[0], twice.weight[0], atol=1e-4)


@pytest.mark.parametrize(("positive", "certain"), [(1, 0.25), (0, 0.75)])
def test_the_positive_class_is_said_from_its_threshold_on(positive: int, certain: float) -> None:
    state = by_threshold.init(SHAPE)
    state.threshold[0], state.positive[0] = 0.25, positive
    state.seen[:] = 1
    for off, said in ((-1e-9, 1 - positive), (0.0, positive), (1e-9, positive)):
        answer = np.array([certain + off if positive == 1 else certain - off])
        assert by_threshold.say(state, answer, 1 - said) == said  # whatever was voted
    state.seen[positive] = 0
    assert by_threshold.say(state, np.array([certain]), positive) == 1 - positive


@pytest.mark.parametrize(
    ("table", "task", "parts"),
    [
        ({"weights": "balanced"}, "regression", ["weights = 'balanced'", "no classes", "remove"]),
        ({"weights": {"a": 2.0}}, "unsupervised", ["[classes] weights", "no classes"]),
        ({"weights": {"a": 0.0}}, "binary", ["[classes] weights", "greater than 0"]),
        ({"weights": "even"}, "binary", ["[classes] weights", "'balanced'"]),
        ({"threshold": 0.2}, "binary", ["[classes] threshold = 0.2", "positive = 'fraud'"]),
        ({"positive": "a"}, "binary", ["[classes] positive = 'a'", "set threshold"]),
        ({"threshold": 2.0, "positive": "a"}, "binary", ["[classes] threshold", "equal to 1"]),
        ({"threshold": 0.2, "positive": 1}, "multiclass", ["[classes] threshold", "'binary'"]),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    table: dict[str, Any], task: str, parts: list[str]
) -> None:
    stream = {"task": task} if task == "unsupervised" else {"task": task, "label": "y"}
    with pytest.raises(ConfigurationError) as caught:
        config.build({"source": {"type": "simulator"}, "stream": stream, "classes": table})
    assert [part for part in parts if part not in str(caught.value.faults)] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_pages_tables_are_right(example: str) -> None:
    base = {"source": {"type": "simulator"}, "stream": {"label": "y"}}
    assert config.build({**base, **tomllib.loads(example)}).classes != ClassesConfig.model_validate(
        {}
    )


@pytest.mark.parametrize(
    ("labels", "learned", "missing"),
    [
        (("fraud", "ok"), 5000, None),
        (("ok", "fraud"), 2, None),
        (("ok",), 999, None),
        (("ok",), 1000, ["fraud"]),
        (("ok", "Fraud"), 2, ["fraud"]),
    ],
)
def test_a_name_that_no_label_has_is_told_once(
    labels: tuple[str, ...], learned: int, missing: list[str] | None
) -> None:
    names = ClassNames(ClassesConfig(weights={"fraud": 20.0}, positive="fraud", threshold=0.1))
    with capture_logs() as lines:
        for _ in range(3):
            names.look(labels, learned, 2)
    assert [line["missing"] for line in lines] == ([] if missing is None else [missing])
