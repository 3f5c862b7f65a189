"""A model in Python: what it says, what it keeps, what it refuses."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamlr import (
    ConfigurationError,
    DataError,
    OnlineModel,
    StorageError,
    UnavailableError,
    pipeline,
    registry,
)
from streamlr.checkpoint import format as file_format
from streamlr.library.answers import Prediction

FIELDS = ("x0", "x1")
TREE = {"type": "river", "path": "river.tree.HoeffdingTreeClassifier"}
SCALED = {
    "type": "river",
    "path": "river.compose.Pipeline",
    "parameters": {
        "steps": [
            {"path": "river.preprocessing.StandardScaler"},
            {"path": "river.linear_model.LogisticRegression"},
        ]
    },
}


def quick(**keywords: Any) -> OnlineModel:  # noqa: ANN401
    """Return a model of small kernels."""
    given: dict[str, Any] = {"features": FIELDS, "schedule": "constant", "detector": "none"}
    return OnlineModel(**{**given, **keywords})


def test_nothing_is_predicted_before_a_class_was_met() -> None:
    assert quick().predict({"x0": 1.0}) == Prediction(None, 0.0, {})
    said = quick().predict_many(np.ones((2, 2)))
    assert said.label.tolist() == [None, None]
    assert said.probability.tolist() == [0.0, 0.0]
    assert said.probabilities.shape == (2, 0)


def test_only_classes_that_were_met_have_a_probability() -> None:
    model = quick()
    model.learn({}, "no")
    assert model.predict({}).probabilities.keys() == {"no"}
    model.learn({}, "yes")
    said = model.predict({"x0": 1.0})
    assert said.probabilities.keys() == {"no", "yes"}
    assert sum(said.probabilities.values()) == pytest.approx(1.0)
    assert said.probability == max(said.probabilities.values()) == said.probabilities[said.label]


def test_what_learning_returns_was_said_before() -> None:
    model = quick()
    assert model.learn({"x0": 1.0}, "no").label is None
    assert model.learn({"x0": 2.0}, "yes").probabilities.keys() == {"no"}
    assert model.learn({"x0": 2.0}, "yes").probabilities.keys() == {"no", "yes"}


def test_a_number_has_no_probability() -> None:
    model = quick(task="regression")
    model.learn_many(np.ones((3, 2)), [1.0, 2.0, 3.0])
    said = model.predict({})
    assert isinstance(said.label, float)
    assert (said.probability, said.probabilities) == (None, {})
    many = model.predict_many([{}])
    assert many.label.tolist() == [said.label]
    assert np.isnan(many.probability).all()
    assert many.probabilities.shape == (1, 0)


def test_one_by_one_is_as_many_at_once() -> None:
    random = np.random.default_rng(2)
    values, labels = random.normal(size=(60, 2)), random.integers(0, 3, 60).tolist()
    one, many = (quick(task="multiclass") for _ in range(2))
    said = [
        one.learn(dict(zip(FIELDS, *pair, strict=True)), y)
        for *pair, y in zip(values.tolist(), labels, strict=True)
    ]
    together = many.learn_many(values, labels)
    assert [each.label for each in said] == together.label.tolist()
    assert [each.probability for each in said] == together.probability.tolist()
    rows = together.probabilities.tolist()
    for each, row in zip(said, rows, strict=True):
        assert dict(zip(together.classes, row, strict=True)) == {
            **dict.fromkeys(together.classes, 0.0),
            **each.probabilities,
        }
    assert one.state() == many.state()


def test_a_record_without_a_label_is_seen_and_not_learned() -> None:
    model = quick()
    model.learn_many([{"x0": 1.0}, {"x0": 2.0}], [None, float("nan")])
    assert (model.samples, model.classes) == (0, ())
    _, arrays = file_format.decode(model.state())
    assert arrays["counters.predicted"].tolist() == [2]
    assert arrays["features.seen"].tolist() == [2.0, 0.0]


def test_other_fields_are_passed_over_and_so_is_the_label() -> None:
    one, other = quick(), quick()
    one.learn({"x0": 1.0, "label": object(), "more": object(), 3: None}, "a")  # type: ignore[dict-item]
    other.learn({"x0": 1.0}, "a")
    assert one.state() == other.state()


def test_what_it_was_given_is_not_changed() -> None:
    values = np.array([[np.nan, 1e300], [1.0, np.inf]])
    before = values.copy()
    model = quick()
    model.learn_many(values, ["a", "b"])
    model.predict_many(values)
    assert values.tobytes() == before.tobytes()


@pytest.mark.parametrize(
    ("task", "labels", "told"),
    [
        ("binary", ["a", "b", "c"], "record 2: label 'c' would be one class more .*'multiclass'"),
        ("multiclass", ["a", "b", "c"], "one class more than the task's 2 .* a higher max_classes"),
        (
            "regression",
            [1.0, 2.0, "c"],
            "record 2: label 'c' is not a finite number; give a number",
        ),
    ],
)
def test_a_label_that_cannot_be_used_is_refused_and_nothing_learned(
    task: str, labels: list[Any], told: str
) -> None:
    model = quick(task=task, max_classes=2)
    before = model.state()
    with pytest.raises(DataError, match=told):
        model.learn_many(np.ones((3, 2)), labels)
    assert model.state() == before
    model.learn_many(np.ones((2, 2)), [5, 6])  # other classes are still welcome
    assert model.samples == 2


def test_a_field_that_cannot_be_read_is_refused_and_nothing_learned() -> None:
    model = quick()
    before = model.state()
    with pytest.raises(DataError, match="record 1: field 'x1' is 'two'"):
        model.learn_many([{"x0": 1.0}, {"x1": "two"}], ["a", "b"])
    with pytest.raises(DataError, match="record 0: field 'x1' is 'two'"):
        model.predict({"x1": "two"})
    assert model.state() == before


# --- what it is made of -----------------------------------------------------------------------


def test_components_are_named_or_whole_tables() -> None:
    model = quick(schedule={"type": "constant", "rate": 0.25})
    assert model.learning_rate == 0.25
    with pytest.raises(
        ConfigurationError, match=r"\[schedule\] type = 'rase'.*did you mean 'race'"
    ):
        quick(schedule="rase")
    with pytest.raises(ConfigurationError, match=r"\[features\] clip = 0.0"):
        quick(scaling={"clip": 0.0})


@pytest.mark.parametrize("label", ["x1", ""])
def test_faults_are_those_of_the_configuration(label: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\[stream\] "):
        quick(label=label)


def test_fields_are_found_in_a_sample() -> None:
    sample = [
        {"amount": np.float32(1.5), "country": "NO", "seen": f"2024-01-0{day}", "y": day}
        for day in range(1, 9)
    ]
    model = quick(features=(), sample=sample, label="y")
    assert (model.features, model.categories) == (("amount",), ("country",))
    assert model.left_out == {"seen": "timestamps"}
    assert model.samples == 0


def test_there_must_be_fields_or_a_sample() -> None:
    with pytest.raises(ConfigurationError, match=r"features: none are named.* or pass sample"):
        quick(features=())
    with pytest.raises(DataError, match="no field to learn from"):
        quick(features=(), sample=[{"note": None}])


TOML = """
name = "fraud"
[source]
type = "kafka"
bootstrap = "nowhere:1"
topic = "t"
[stream]
label = "y"
features = ["x0", "x1"]
[schedule]
type = "constant"
rate = 0.5
[detector]
type = "none"
[checkpoint]
directory = "/nowhere"
"""


def test_the_daemons_file_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fraud.toml"
    path.write_text(TOML)
    assert OnlineModel.from_config(path).learning_rate == 0.5
    monkeypatch.setenv("STREAMLR__SCHEDULE__RATE", "0.125")
    monkeypatch.setenv("STREAMLR__SOURCE__TOPIC", "other")
    assert OnlineModel.from_config(str(path)).learning_rate == 0.125


def test_tables_will_do() -> None:
    tables = {"stream": {"features": ["x0"]}, "schedule": {"type": "constant"}}
    assert OnlineModel.from_config(tables).features == ("x0",)


def test_a_file_that_is_wrong_is_told() -> None:
    with pytest.raises(UnavailableError, match="cannot read the configuration"):
        OnlineModel.from_config("/nowhere.toml")
    with pytest.raises(ConfigurationError, match=r"\[sorce\]: unknown table"):
        OnlineModel.from_config({"sorce": {}, "stream": {"features": ["x0"]}})
    with pytest.raises(ConfigurationError, match=r"\[stream\] = 3"):
        OnlineModel.from_config({"stream": 3})


# --- what it tells ----------------------------------------------------------------------------


def test_decisions_are_told_in_order_and_the_latest_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "DECISIONS_KEPT", 3)
    model = quick(schedule={"type": "step", "rate": 1.0, "factor": 0.5, "every": 10})
    model.learn_many(np.ones((55, 2)), [True] * 55)
    told = model.decisions
    assert len(told) == 3
    assert [each.event for each in told] == ["rate"] * 3
    assert [each.sample for each in told] == sorted(each.sample for each in told)
    assert told[-1].new == model.learning_rate


def test_it_says_what_it_is() -> None:
    model = quick(categories=("c",))
    model.learn({"x0": 1.0}, True)
    assert repr(model) == "<OnlineModel task='binary' features=2 categories=1 samples=1>"
    assert model.metrics["cumulative"]["accuracy"] == 0.0


# --- state ------------------------------------------------------------------------------------


def taught(**keywords: Any) -> OnlineModel:  # noqa: ANN401
    model = quick(**keywords)
    values = np.random.default_rng(1).normal(size=(80, len(FIELDS)))
    records = [dict(zip(FIELDS, row, strict=True)) for row in values.tolist()]
    model.learn_many(records, values[:, 0] > 0.0)
    return model


def test_a_saved_model_is_the_same(tmp_path: Path) -> None:
    model = taught(categories=(), label="y", max_classes=5)
    model.save(tmp_path / "model.safetensors")
    again = OnlineModel.load(str(tmp_path / "model.safetensors"))
    assert again.state() == model.state()
    record = {"x0": 0.3, "x1": -1.0}
    assert again.predict(record) == model.predict(record)
    assert again.learn(record, True) == model.learn(record, True)
    assert again.state() == model.state()
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_restored_model_predicts_as_it_did() -> None:
    model = taught()
    kept, record = model.state(), {"x0": 0.3}
    said = model.predict(record)
    model.learn_many(np.ones((50, 2)), [False] * 50)
    assert model.predict(record) != said
    model.restore(kept)
    assert model.predict(record) == said
    assert model.state() == kept


@pytest.mark.parametrize("model", [None, TREE], ids=["native", "River"])
def test_a_copy_goes_its_own_way(model: dict[str, Any] | None) -> None:
    original = taught(model=model)
    before, record = original.digest, {"x0": 1.0}
    said = original.predict(record)
    for copied in (copy.deepcopy(original), pickle.loads(pickle.dumps(original))):  # noqa: S301
        assert (copied.digest, copied.predict(record)) == (before, said)
        copied.learn_many(np.ones((50, 2)), [False] * 50)
        assert copied.predict(record) != said
    assert (original.digest, original.predict(record)) == (before, said)


def test_a_state_of_other_settings_is_refused() -> None:
    other = taught(schedule={"type": "constant", "rate": 0.5}).state()
    model = quick()
    before = model.state()
    with pytest.raises(StorageError, match=r"\[schedule\] rate was 0.5, is .*OnlineModel.load"):
        model.restore(other)
    with pytest.raises(StorageError, match=r"features were \('x0', 'x1'\), are \('x0',\)"):
        quick(features=("x0",)).restore(before)
    assert model.state() == before


def test_what_is_no_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the state cannot be read as a model: it is damaged"):
        quick().restore(b"nonsense")
    state = taught().state()
    damaged = tmp_path / "model"
    damaged.write_bytes(state[:-1] + bytes([state[-1] ^ 1]))
    with pytest.raises(StorageError, match=r"model cannot be read as a model: its checksum"):
        OnlineModel.load(damaged)
    with pytest.raises(UnavailableError, match=r"cannot read the model .*nowhere: No such file"):
        OnlineModel.load(tmp_path / "nowhere")
    with pytest.raises(StorageError, match=r"cannot write the model .*: No such file or directory"):
        quick().save(tmp_path / "nowhere" / "model")


VOTE = {"type": "vote", "members": [{"type": "adwin"}, {"type": "ddm"}], "needed": 2, "window": 50}
MADE_OF: list[dict[str, Any]] = [
    *({"schedule": name} for name in registry.names("schedules")),
    *({"detector": name} for name in registry.names("detectors") if name not in {"river", "vote"}),
    {"detector": VOTE},
    {"detector": {"type": "adwin", "watch": "feature:x1"}},
    {"detector": {"type": "river", "detector": "KSWIN", "watch": "loss"}},
    {"model": SCALED},
    {"task": "multiclass", "schedule": "race", "max_classes": 7},
    {"task": "regression", "schedule": "race", "categories": ("c",), "scaling": {"buckets": 8}},
    {"features": (), "sample": [{"c": "text"}], "label": "y"},
]


@pytest.mark.parametrize("keywords", MADE_OF, ids=str)
def test_whatever_it_is_made_of_a_file_tells(keywords: dict[str, Any], tmp_path: Path) -> None:
    model = quick(**keywords)
    model.save(tmp_path / "model")
    again = OnlineModel.load(tmp_path / "model", allow_pickle=True)
    assert (again.task, again.features, again.categories) == (
        model.task,
        model.features,
        model.categories,
    )
    assert again.digest == model.digest
    assert again.predict({}) == model.predict({})


def test_defaults_are_the_daemons() -> None:
    model = OnlineModel(features=FIELDS)
    named = OnlineModel(features=FIELDS, schedule="race", detector="adwin", model="logistic")
    assert model.state() == named.state()


# --- River ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [TREE, SCALED], ids=["tree", "pipeline"])
def test_a_river_model_predicts_without_a_trace(model: dict[str, Any]) -> None:
    one, other = (taught(model=model, features=("x0", "x1", "never met")) for _ in range(2))
    before = one.state()
    for _ in range(3):
        one.predict({"x0": 1.0, "never met": 1.0})
    assert one.state() == before
    record = {"x0": 0.5, "x1": 2.0}
    assert one.predict(record) == one.learn(record, True) == other.learn(record, True)


def test_a_pickle_is_read_only_where_it_is_allowed(tmp_path: Path) -> None:
    model = taught(model=TREE)
    model.save(tmp_path / "tree")
    with pytest.raises(StorageError, match=r"holds an object as a pickle.*allow_pickle=True"):
        OnlineModel.load(tmp_path / "tree")
    with pytest.raises(StorageError, match="the state holds an object"):
        quick(model=TREE).restore(model.state())
    again = OnlineModel.load(tmp_path / "tree", allow_pickle=True)
    assert again.predict({"x0": 1.0}) == model.predict({"x0": 1.0})
    assert again.samples == 80
