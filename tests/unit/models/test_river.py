"""River's models: what is refused before anything runs, and what the daemon says and keeps."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from streamlr import config
from streamlr.engine import Engine
from streamlr.errors import ConfigurationError, DataError
from streamlr.service import Service

TREE = {"type": "river", "path": "river.tree.HoeffdingTreeClassifier"}
REGRESSION = {"stream": {"label": "target", "task": "regression"}}
UNLABELLED = {"stream": {"task": "unsupervised"}}
MULTICLASS = {"stream": {"label": "target", "task": "multiclass"}}
BAYES = "river.naive_bayes.GaussianNB"
LOGISTIC = "river.linear_model.LogisticRegression"


def tables(model: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": {"type": "simulator"},
        "stream": {"label": "target"},
        "model": model,
        **others,
    }


@pytest.mark.parametrize(
    ("model", "others", "parts"),
    [
        ({"path": "river.tree.HoefdingTreeClassifier"}, {}, ["[model] path", "did you mean"]),
        ({"path": "river.trees.X"}, {}, ["[model] path", "there is no module 'river.trees'"]),
        ({"path": "tree"}, {}, ["[model] path = 'tree'", "a dotted path"]),
        ({}, {}, ["[model] path is missing"]),
        (
            {"path": TREE["path"], "parameters": {"grace": 5}},
            {},
            ["[model] parameters", "'grace'", "did you mean 'grace_period'"],
        ),
        (
            {"path": "river.ensemble.BaggingClassifier"},
            {},
            ["[model] parameters", "BaggingClassifier refuses them", "'model'"],
        ),
        ({"path": TREE["path"]}, REGRESSION, ["[model] path", "is no regressor"]),
        ({"path": "river.linear_model.LinearRegression"}, {}, ["is no classifier"]),
        ({"path": TREE["path"]}, UNLABELLED, ["[model] path", "is no anomaly detector"]),
        ({"path": "river.anomaly.GaussianScorer"}, UNLABELLED, ["is no anomaly detector"]),
        ({"path": "river.anomaly.HalfSpaceTrees"}, {}, ["is no classifier"]),
        ({"path": LOGISTIC}, MULTICLASS, ["tells two classes apart", "OneVsRestClassifier"]),
        (
            {"path": TREE["path"]},
            {"schedule": {"type": "race"}},
            ["[schedule] type = 'race'", "one learner", "constant"],
        ),
        (
            {"path": LOGISTIC},
            {"schedule": {"type": "hypergradient"}},
            ["[schedule] type = 'hypergradient'", "gradient", "constant"],
        ),
        ({"path": TREE["path"]}, {"features": {"type": "scaling"}}, ["[features]", "scaler"]),
        (
            {"path": TREE["path"]},
            {"checkpoint": {"directory": "checkpoints"}},
            ["[model]", "[checkpoint] allow_pickle = true"],
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    model: dict[str, Any], others: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        config.build(tables({"type": "river", **model}, **others))
    assert len(caught.value.faults) == 1
    assert [part for part in parts if part not in caught.value.faults[0]] == []


@pytest.mark.parametrize(
    "table",
    [
        {"model": TREE},
        {"model": {"type": "logistic"}, "detector": {"type": "river", "detector": "KSWIN"}},
    ],
)
def test_a_missing_river_is_told(table: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.split(".")[0] == "river"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "river", None)
    with pytest.raises(ConfigurationError, match=r"not installed; .* 'streamlr\[river\]'"):
        config.build({**tables(table["model"]), **table})


def test_the_schedule_is_constant_unless_named() -> None:
    assert config.build(tables(TREE)).schedule.type == "constant"
    assert config.build(tables({"type": "logistic"})).schedule.type == "race"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (BAYES, ["the model has no learning rate to set: the schedule has no effect"]),
        (
            TREE["path"],
            ["the model has no learning rate to set: the schedule's weighs its samples"],
        ),
        (LOGISTIC, []),
    ],
)
def test_what_the_schedule_acts_on_is_told_once(path: str, told: list[str]) -> None:
    with capture_logs() as lines:
        Engine(config.build(tables({"type": "river", "path": path})), 2)
    assert [line["event"] for line in lines if "learning rate" in line["event"]] == told


def test_a_tree_is_given_the_rate_and_the_weight_as_its_samples_weight() -> None:
    falling = {"type": "exponential", "rate": 0.5, "half_life": 5.0}
    made = tables(TREE, schedule=falling, classes={"weights": {"yes": 3.0}})
    subject = Engine(config.build(made), 1)
    subject.know(("no", "yes"))
    subject.run(np.arange(10.0).reshape(-1, 1), np.arange(10) % 2.0)
    tree = subject._in_python["model"]._river
    factors = 0.5 ** (np.arange(10) / 5.0)
    expected = {False: factors[::2].sum(), True: 3.0 * factors[1::2].sum()}
    assert tree._root.stats == pytest.approx(expected)


def test_class_weights_need_a_model_that_takes_them() -> None:
    made = tables({"type": "river", "path": BAYES}, classes={"weights": "balanced"})
    with pytest.raises(ConfigurationError, match=r"\[classes\] weights = 'balanced': river.naive"):
        config.build(made)


def test_parts_made_of_parts_are_driven() -> None:
    model = {
        "type": "river",
        "path": "river.ensemble.BaggingClassifier",
        "parameters": {"model": {"path": LOGISTIC}, "n_models": 3},
    }
    subject = Engine(config.build(tables(model, schedule={"type": "constant", "rate": 0.25})), 2)
    values = np.random.default_rng(0).normal(size=(50, 2))
    subject.run(values, (values[:, 0] > 0).astype(float))
    rates = {part.optimizer.learning_rate for part in subject._in_python["model"]._driven}
    assert rates == {0.25}


def test_the_rate_reaches_the_classes_met_before_it_changed() -> None:
    model = {"type": "river", "path": "river.linear_model.SoftmaxRegression"}
    falling = {"type": "exponential", "rate": 0.5, "half_life": 5.0}
    subject = Engine(config.build(tables(model, **MULTICLASS, schedule=falling)), 2)
    values = np.random.default_rng(0).normal(size=(30, 2))
    subject.run(values, np.arange(30) % 3.0)
    (softmax,) = subject._in_python["model"]._driven
    rates = [optimizer.learning_rate for optimizer in softmax.optimizers.values()]
    assert rates == [subject.learning_rate] * 3
    assert subject.learning_rate < 0.1


def test_an_intercept_that_is_held_stays() -> None:
    model = {"type": "river", "path": LOGISTIC, "parameters": {"intercept_lr": 0.0}}
    subject = Engine(config.build(tables(model, schedule={"type": "constant", "rate": 0.25})), 2)
    values = np.random.default_rng(0).normal(size=(50, 2))
    subject.run(values, (values[:, 0] > -1).astype(float))
    (logistic,) = subject._in_python["model"]._driven
    assert logistic.intercept == 0.0
    assert logistic.weights["x0"] != 0.0


def test_what_river_cannot_learn_from_is_one_clear_error() -> None:
    """Multinomial naive Bayes counts: text where it counts is beyond it."""
    subject = Engine(
        config.build(tables({"type": "river", "path": "river.naive_bayes.MultinomialNB"})),
        1,
        1,
        ("amount", "kind"),
    )
    values = np.array([[1.0, 77.0], [2.0, 77.0]])
    with pytest.raises(DataError, match=r"\[model\] path = .*MultinomialNB.*'kind': '0'"):
        subject.run(values, np.array([0.0, 1.0]))


def write(path: Path, count: int) -> None:
    random = np.random.default_rng(4)
    values = random.normal(size=(count, 2))
    kinds = np.array(["red", "blue"])[np.random.default_rng(5).integers(0, 2, count)]
    labels = values[:, 0] + (kinds == "red") > 0.5
    lines = [
        f"{x},{y},{kind},{int(label)}"
        for (x, y), kind, label in zip(values, kinds, labels, strict=True)
    ]
    path.write_text("\n".join(["x,y,kind,target", *lines, ""]))


def daemon(folder: Path) -> Service:
    made = tables(
        TREE,
        source={"type": "file", "path": str(folder / "rows.csv")},
        checkpoint={"directory": str(folder / "checkpoints"), "allow_pickle": True},
        web={"enabled": False},
    )
    return Service(config.build(made))


def test_the_daemon_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
        write(folder / "rows.csv", 1500)
    uninterrupted = daemon(whole)
    uninterrupted.run()
    write(parts / "rows.csv", 700)
    daemon(parts).run()
    write(parts / "rows.csv", 1500)
    resumed = daemon(parts)
    resumed.run()
    assert resumed.snapshot.records == 1500
    assert resumed.snapshot.metrics == uninterrupted.snapshot.metrics
    assert resumed.snapshot.metrics["windowed"]["accuracy"] > 0.8
