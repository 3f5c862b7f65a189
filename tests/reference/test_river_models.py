"""River's models through the daemon's stages: the same answers as River's own loop."""

import math
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pytest
from river import anomaly, compose, datasets, linear_model, naive_bayes, optim, preprocessing, tree
from river.base import Classifier

from streamlr import config, state_tree
from streamlr.assembly import pending
from streamlr.engine import Answers, Engine
from streamlr.kernel import LEARN, PREDICT

TREE = {"type": "river", "path": "river.tree.HoeffdingTreeClassifier"}
LOGISTIC = {
    "type": "river",
    "path": "river.compose.Pipeline",
    "parameters": {
        "steps": [
            {"path": "river.preprocessing.StandardScaler"},
            {"path": "river.linear_model.LogisticRegression"},
        ]
    },
}
BAYES = {"type": "river", "path": "river.naive_bayes.GaussianNB"}
REGRESSION_TREE = {
    "type": "river",
    "path": "river.tree.HoeffdingTreeRegressor",
    "parameters": {"leaf_prediction": "mean"},
}


class Stream(NamedTuple):
    task: str
    names: tuple[str, ...]
    values: np.ndarray
    truth: np.ndarray


def load(rows: Iterable[tuple[dict[str, Any], Any]], task: str, count: int = 3000) -> Stream:
    """Numeric fields only; labels in the order of first appearance."""
    taken = list(islice(rows, count))
    names = tuple(name for name, value in taken[0][0].items() if not isinstance(value, str))
    values = np.array([[float(x[name]) for name in names] for x, _ in taken])
    labels = [y for _, y in taken]
    if task != "regression":
        index = {label: place for place, label in enumerate(dict.fromkeys(labels))}
        labels = [index[label] for label in labels]
    return Stream(task, names, values, np.array(labels, np.float64))


def phishing() -> Stream:
    return load(datasets.Phishing(), "binary")


def segments() -> Stream:
    return load(datasets.ImageSegments(), "multiclass")


def trump() -> Stream:
    return load(datasets.TrumpApproval(), "regression")


def engine(stream: Stream, model: dict[str, Any], **tables: dict[str, Any]) -> Engine:
    label = {"label": "y", "task": stream.task}
    base = {"source": {"type": "simulator"}, "stream": label, "detector": {"type": "ddm"}}
    made = config.build({**base, "model": model, **tables})
    return Engine(made, stream.values.shape[1], names=stream.names)


def by_river(model: Any, stream: Stream) -> list[Any]:  # noqa: ANN401 - any of River's
    """What River's own loop predicts."""
    said = []
    kind: Callable[[float], Any] = {"binary": bool, "multiclass": int, "regression": float}[
        stream.task
    ]
    for row, label in zip(stream.values.tolist(), stream.truth.tolist(), strict=True):
        fields = {name: x for name, x in zip(stream.names, row, strict=True) if not math.isnan(x)}
        said.append(model.predict_one(fields))
        model.learn_one(fields, kind(label))
    return said


@pytest.mark.parametrize(
    ("model", "river", "load_stream"),
    [
        (TREE, tree.HoeffdingTreeClassifier(), phishing),
        (TREE, tree.HoeffdingTreeClassifier(), segments),
        (BAYES, naive_bayes.GaussianNB(), segments),
    ],
)
def test_classes_are_those_of_rivers_own_loop(
    model: dict[str, Any], river: Classifier, load_stream: Callable[[], Stream]
) -> None:
    stream = load_stream()
    subject = engine(stream, model)
    answers = subject.run(stream.values, stream.truth)
    alone = by_river(river, stream)
    first = int((np.unique(stream.truth, return_index=True)[1]).max()) + 1
    assert answers.said[first:].tolist() == [float(label) for label in alone[first:]]
    right = np.mean([float(a) == b for a, b in zip(alone[1:], stream.truth[1:], strict=True)])
    accuracy = subject.metrics()["cumulative"]["accuracy"]
    assert accuracy == pytest.approx(right, abs=2 * first / len(alone))
    assert accuracy > 0.7


def test_scores_are_those_of_rivers_own_loop() -> None:
    """Half-space trees, scaled to what they expect; rows of a cloud, and one far away."""
    random = np.random.default_rng(3)
    values = random.standard_normal((2000, 3))
    values[1500] = 8.0
    names, at = ("a", "b", "c"), 1500
    stream = Stream("unsupervised", names, values, np.zeros(len(values)))
    steps = [{"path": "river.preprocessing.MinMaxScaler"}, {"path": "river.anomaly.HalfSpaceTrees"}]
    model = {"type": "river", "path": "river.compose.Pipeline", "parameters": {"steps": steps}}
    subject = engine(stream, model, detector={"type": "adwin"})
    answers = subject.run(values, stream.truth)
    alone = compose.Pipeline(preprocessing.MinMaxScaler(), anomaly.HalfSpaceTrees(seed=0))
    for row, said in zip(values.tolist(), answers.said.tolist(), strict=True):
        fields = dict(zip(names, row, strict=True))
        assert said == alone.score_one(fields)
        alone.learn_one(fields)
    told = subject.beside(answers)
    assert set(told) == {"rank"}
    assert told["rank"][at] > 0.99
    metrics = subject.metrics()["cumulative"]
    assert metrics["reconstruction_error"] == pytest.approx(np.mean(answers.said**2))
    assert math.isnan(metrics["variance_explained"])
    assert math.isnan(metrics["reconstruction_error_mean"])


def test_numbers_are_those_of_rivers_own_loop() -> None:
    stream = trump()
    subject = engine(stream, REGRESSION_TREE)
    said = subject.run(stream.values, stream.truth).said
    alone = by_river(tree.HoeffdingTreeRegressor(leaf_prediction="mean"), stream)
    assert said.tolist() == alone
    mae = subject.metrics()["cumulative"]["mae"]
    assert mae == pytest.approx(np.abs(np.array(alone) - stream.truth).mean())
    assert mae < 2.0


def logistic(rate: float) -> compose.Pipeline:
    model = linear_model.LogisticRegression(optim.SGD(rate), intercept_lr=rate)
    return preprocessing.StandardScaler() | model


@pytest.mark.parametrize("rate", [0.01, 0.3])
def test_the_schedule_drives_the_rate_of_a_linear_model(rate: float) -> None:
    stream = phishing()
    subject = engine(stream, LOGISTIC, schedule={"type": "constant", "rate": rate})
    answers = subject.run(stream.values, stream.truth)
    assert answers.said[5:].tolist() == [
        float(label) for label in by_river(logistic(rate), stream)[5:]
    ]


def test_a_rate_that_moves_is_followed() -> None:
    stream = phishing()
    schedule = {"type": "step", "rate": 0.5, "every": 300, "factor": 0.5}
    subject = engine(stream, LOGISTIC, schedule=schedule)
    subject.run(stream.values, stream.truth)
    driven = subject._in_python["model"]._driven
    assert [model.optimizer.learning_rate for model in driven] == [subject.learning_rate]
    assert subject.learning_rate == pytest.approx(0.5 ** (1 + len(stream.truth) // 300))


def test_what_is_missing_is_left_out_and_categories_are_texts() -> None:
    stream = phishing()
    values = stream.values.copy()
    values[::3, 0] = np.nan
    gappy = stream._replace(values=values)
    said = engine(gappy, BAYES).run(gappy.values, gappy.truth).said
    assert said[5:].tolist() == [float(c) for c in by_river(naive_bayes.GaussianNB(), gappy)[5:]]

    codes = np.where(stream.truth == 1, 123456.0, 98765.0)[:, None]
    made = config.build(
        {
            "source": {"type": "simulator"},
            "stream": {"label": "y"},
            "model": {**TREE, "parameters": {"grace_period": 20}},
        }
    )
    subject = Engine(made, 1, 1, ("noise", "kind"))
    noise = np.random.default_rng(1).normal(size=(len(codes), 1))
    subject.run(np.hstack([noise, codes]), stream.truth)
    assert subject.metrics()["windowed"]["accuracy"] > 0.99


def pieces(subject: Engine, stream: Stream, step: int, first: int = 0) -> list[Answers]:
    return [
        subject.run(stream.values[at : at + step], stream.truth[at : at + step])
        for at in range(first, len(stream.truth), step)
    ]


CASES = [(TREE, phishing), (BAYES, segments), (REGRESSION_TREE, trump)]


@pytest.mark.parametrize(("model", "load_stream"), CASES)
def test_any_cut_gives_the_same_bits(
    model: dict[str, Any], load_stream: Callable[[], Stream]
) -> None:
    stream = load_stream()
    stream.truth[::7] = np.nan
    whole, cut = engine(stream, model), engine(stream, model)
    answers = whole.run(stream.values, stream.truth)
    parts = pieces(cut, stream, 13)
    assert [s for part in parts for s in part.said.tolist()] == answers.said.tolist()
    assert state_tree.digest(cut.state) == state_tree.digest(whole.state)


@pytest.mark.parametrize(("model", "load_stream"), [*CASES, (LOGISTIC, phishing)])
def test_a_restored_engine_goes_on_as_if_nothing_had_happened(
    model: dict[str, Any], load_stream: Callable[[], Stream]
) -> None:
    stream, stop = load_stream(), 500
    whole, before, after = (engine(stream, model) for _ in range(3))
    answers = whole.run(stream.values, stream.truth)
    before.run(stream.values[:stop], stream.truth[:stop])
    after.fill({name: array.copy() for name, array in before.arrays().items()})
    then = after.run(stream.values[stop:], stream.truth[stop:])
    assert then.said.tolist() == answers.said[stop:].tolist()
    assert state_tree.digest(after.state) == state_tree.digest(whole.state)


def test_a_label_that_comes_late_is_learned_with_the_fields_of_its_time() -> None:
    stream = phishing()
    at_once, late = engine(stream, TREE), engine(stream, TREE)
    at_once.run(stream.values, stream.truth)
    late.state = late.state._replace(pending=pending(late.shape, 1))
    rows = len(stream.truth)
    events = np.tile([PREDICT, LEARN], rows)
    values = np.repeat(stream.values, 2, axis=0)
    values[1::2] = np.nan
    late.run_events(events, values, np.repeat(stream.truth, 2), np.zeros(2 * rows, np.int64))
    assert late.metrics() == at_once.metrics()
