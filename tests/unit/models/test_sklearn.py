"""scikit-learn's models: what is refused before anything runs, what is learned, said and kept."""

import itertools
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier
from structlog.testing import capture_logs

from streamlr import OnlineModel, config
from streamlr.engine import Engine
from streamlr.errors import ConfigurationError, DataError
from tests.reference.plain import Floats, Scaling

SGD = "sklearn.linear_model.SGDClassifier"
LOGISTIC = {"loss": "log_loss", "learning_rate": "constant", "eta0": 0.5}
BAYES = "sklearn.naive_bayes.GaussianNB"
REGRESSION = {"stream": {"label": "y", "task": "regression"}}
MULTICLASS = {"stream": {"label": "y", "task": "multiclass", "max_classes": 5}}


def tables(path: str, more: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "source": {"type": "simulator"},
        "stream": {"label": "y"},
        "model": {"type": "sklearn", "path": path, **(more or {})},
        "detector": {"type": "none"},
        **others,
    }


def engine(path: str, more: dict[str, Any] | None = None, **others: Any) -> Engine:  # noqa: ANN401
    return Engine(config.build(tables(path, more, **others)), 2)


def stream(rows: int = 400) -> tuple[Floats, Floats]:
    """Two numbers, some missing, the second a hundred times the first; 1 where both are high."""
    random = np.random.default_rng(4)
    values = random.normal(size=(rows, 2))
    truth = (values.sum(axis=1) + random.normal(scale=0.3, size=rows) > 0).astype(float)
    truth[1:3] = 0.0, 1.0
    values[random.random(values.shape) < 0.05] = np.nan
    return values * [1.0, 100.0], truth


@pytest.mark.parametrize(
    ("path", "more", "others", "parts"),
    [
        ("sklearn.linear_model.SGDClasifier", {}, {}, ["[model] path", "mean 'SGDClassifier'"]),
        ("sklearn.linear.X", {}, {}, ["[model] path", "there is no module 'sklearn.linear'"]),
        ("SGDClassifier", {}, {}, ["[model] path = 'SGDClassifier'", "a dotted path"]),
        ("sklearn.linear_model.LogisticRegression", {}, {}, ["has no partial_fit", "SGDClassif"]),
        ("sklearn.pipeline.Pipeline", {}, {}, ["has no partial_fit", "inputs come standardised"]),
        (SGD, {"parameters": {"alfa": 1}}, {}, ["[model] parameters", "mean 'alpha'"]),
        (SGD, {"parameters": {"alpha": -1.0}}, {}, ["[model] parameters", "alpha", "-1.0"]),
        (SGD, {}, REGRESSION, ["[model] path", "SGDClassifier is no regressor"]),
        ("sklearn.linear_model.SGDRegressor", {}, {}, ["SGDRegressor is no classifier"]),
        (SGD, {"batch": 0}, {}, ["[model] batch = 0"]),
        (SGD, {}, {"stream": {"task": "unsupervised"}}, ["does not fit", "kmeans, pca, river"]),
        (SGD, {}, {"schedule": {"type": "race"}}, ["[schedule] type = 'race'", "one learner"]),
        (SGD, {}, {"schedule": {"type": "vsgd"}}, ["a scikit-learn model keeps its own"]),
        (SGD, {}, {"checkpoint": {"directory": "c"}}, ["[model]", "allow_pickle = true"]),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    path: str, more: dict[str, Any], others: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        config.build(tables(path, more, **others))
    assert len(caught.value.faults) == 1
    assert [part for part in parts if part not in caught.value.faults[0]] == []


def test_a_missing_scikit_learn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(ConfigurationError, match=r"not installed; .* 'streamlr\[sklearn\]'"):
        config.build(tables(SGD))


@pytest.mark.parametrize(
    ("path", "parameters", "told"),
    [
        (SGD, LOGISTIC, "the schedule sets the model's eta0"),
        (SGD, {}, "(eta0, with learning_rate = 'constant'): the schedule weighs its samples"),
        (BAYES, {}, "the schedule weighs its samples"),
    ],
)
def test_what_the_schedule_acts_on_is_told(
    path: str, parameters: dict[str, Any], told: str
) -> None:
    with capture_logs() as lines:
        engine(path, {"parameters": parameters})
    assert [line["event"].endswith(told) for line in lines if line.get("model") == path] == [True]


@pytest.mark.parametrize("batch", [1, 7])
def test_answers_are_those_of_a_loop_by_hand(batch: int) -> None:
    """Each row is standardised by those before it, and predicted before its batch is learned."""
    values, truth = stream()
    subject = engine(
        SGD, {"parameters": LOGISTIC, "batch": batch}, schedule={"type": "constant", "rate": 0.1}
    )
    found = subject.run(values, truth).answers[:, 0]
    scaled = Scaling(values)
    alone = SGDClassifier(**LOGISTIC, random_state=0).set_params(eta0=0.1)
    rows = np.array([scaled(at) for at in range(len(truth))])[:, :2]
    expected = np.full(len(truth), 0.5)
    for start in range(0, len(truth), batch):
        here = slice(start, start + batch)
        if start:
            expected[here] = alone.predict_proba(rows[here])[:, 1]
        if len(truth[here]) == batch:
            alone.partial_fit(rows[here], truth[here].astype(int), classes=[0, 1])
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert ((found > 0.5) == truth).mean() > 0.85


def test_neither_polls_nor_a_restart_leave_a_trace() -> None:
    """The unfinished batch is kept; a rate that falls is followed."""
    values, truth = stream()
    more = {"parameters": LOGISTIC, "batch": 7}
    falling = {"type": "exponential", "rate": 0.5, "half_life": 100.0}
    whole, cut, resumed = (engine(SGD, more, schedule=falling) for _ in range(3))
    expected = whole.run(values, truth)
    said = [cut.run(values[a:b], truth[a:b]) for a, b in itertools.pairwise([0, 1, 9, 100, 250])]
    assert whole._in_python["model"]._estimator.eta0 == pytest.approx(0.5 * 0.5**3.99, rel=0.1)
    resumed.fill({name: array.copy() for name, array in cut.arrays().items()})
    said.append(resumed.run(values[250:], truth[250:]))
    found = b"".join(answers.answers.tobytes() for answers in said)
    assert found == expected.answers.tobytes()


def test_a_rate_that_cannot_be_set_is_the_samples_weight() -> None:
    falling = {"type": "exponential", "rate": 0.5, "half_life": 5.0}
    subject = engine(BAYES, {"batch": 3}, schedule=falling, classes={"weights": {"yes": 3.0}})
    subject.know(("no", "yes"))
    subject.run(np.arange(24.0).reshape(-1, 2), np.arange(12) % 2.0)
    factors = 0.5 ** (np.arange(12) / 5.0)
    expected = [factors[::2].sum(), 3.0 * factors[1::2].sum()]
    assert subject._in_python["model"]._estimator.class_count_ == pytest.approx(expected)


def test_classes_are_met_as_they_come_and_those_not_met_have_no_part() -> None:
    values = np.random.default_rng(4).normal(size=(900, 2))
    truth = (values[:, 0] > 0).astype(float)
    truth[400:][values[400:, 1] > 1] = 2.0
    answers = engine(BAYES, **MULTICLASS).run(values, truth)
    met = np.concatenate([[0], np.maximum.accumulate(truth)[:-1] + 1]).astype(int)
    for chances, count in zip(answers.answers, met, strict=True):
        assert chances[:count].sum() == pytest.approx(1.0 if count else 0.0)
    assert (answers.said == truth)[600:].mean() > 0.85


def test_probabilities_that_are_none_are_even_and_told_once() -> None:
    """Naive Bayes cannot divide by the variance of a field that never varies."""
    subject = engine(BAYES)
    with capture_logs() as lines:
        answers = subject.run(np.ones((250, 2)), np.arange(250) % 2.0).answers
    assert np.all(answers == 0.5)
    assert [line["log_level"] for line in lines if "even" in line["event"]] == ["warning"]


def test_numbers_are_learned_standardised() -> None:
    """Labels of a million would else throw a linear model at once."""
    path = "sklearn.linear_model.SGDRegressor"
    latest = {"type": "regression", "window": 100}  # at first nothing is known of the labels
    more = {"parameters": {"learning_rate": "constant"}}
    subject = engine(path, more, evaluation=latest, **REGRESSION)
    values, _ = stream()
    values = np.nan_to_num(values)
    subject.run(values, 1e6 + 1e3 * values[:, 1])
    assert subject.metrics()["windowed"]["r2"] > 0.8


def test_what_is_foretold_is_what_is_said_next_and_categories_are_inputs() -> None:
    """Perceptrons give no probabilities: all goes to the class that they name."""
    model = {"type": "sklearn", "path": "sklearn.linear_model.Perceptron", "batch": 4}
    subject = OnlineModel(features=("x",), categories=("kind",), model=model)
    kinds = np.random.default_rng(3).choice(["red", "blue", "green"], 200).tolist()
    for kind in kinds:
        record = {"x": 1.0, "kind": kind}
        assert subject.predict(record) == subject.learn(record, kind == "red")
    assert subject.metrics["windowed"]["accuracy"] > 0.9
    again = OnlineModel.from_config(
        {"stream": {"features": ["x"], "categories": ["kind"]}, "model": model}
    )
    again.restore(subject.state(), allow_pickle=True)
    assert again.predict(record) == subject.predict(record)


def test_what_an_estimator_cannot_learn_is_one_clear_error() -> None:
    values, truth = stream(20)
    with pytest.raises(DataError, match=r"\[model\] path = .*MultinomialNB.*below 0"):
        engine("sklearn.naive_bayes.MultinomialNB").run(values, truth)
