"""Exports say what the model says: as a graph in another runtime, and by hand from the JSON."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from streamlr import OnlineModel, category_codes, export
from streamlr.components import Shape
from streamlr.errors import ConfigurationError, DataError, StorageError, UnavailableError
from streamlr.export import spoken
from streamlr.tasks import binary, by_threshold
from tests.reference.plain import Floats

FEATURES, CATEGORIES = ("amount", "hour"), ("country", "device")
ROWS = 800
# kernels are those of tests/property/test_library.py and unit/library: none is compiled for this
ONE_LANE: dict[str, Any] = {"schedule": "constant", "detector": "none"}


def records(rows: int = ROWS, seed: int = 1) -> list[dict[str, Any]]:
    """Two numbers, missing now and then, one of them huge once; two texts, missing now and then."""
    random = np.random.default_rng(seed)
    made = []
    for row in range(rows):
        record: dict[str, Any] = {
            "amount": 100.0 * random.normal() if row != 5 else 1e300,
            "hour": float(random.integers(24)),
            "country": str(random.choice(["NO", "DE", "FR"])),
            "device": f"device {random.integers(40)}",
        }
        for field in ("amount", "country", "device"):
            if random.random() < 0.1:
                record[field] = None
        made.append(record)
    return made


def label(record: dict[str, Any], task: str) -> Any:  # noqa: ANN401 - any label
    score = (record["amount"] or 0.0) / 100.0 + (record["country"] == "NO") - record["hour"] / 24.0
    if task == "regression":
        return 1000.0 + 50.0 * min(score, 9.0)
    return (
        score > 0 if task == "binary" else ["low", "middle", "high"][int(score > 0) + (score > 1)]
    )


def taught(task: str, **tables: Any) -> OnlineModel:  # noqa: ANN401
    model = OnlineModel(
        task=task,  # type: ignore[arg-type] # one of those there are
        features=FEATURES,
        categories=CATEGORIES,
        max_classes=5,
        **tables,
    )
    learned = records()
    model.learn_many(learned, [label(record, task) for record in learned])
    return model


def inputs(asked: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """What the page tells to feed a graph with."""
    numbers = [[np.nan if r[name] is None else r[name] for name in FEATURES] for r in asked]
    seeds = {name: category_codes.seed(name) for name in CATEGORIES}
    codes = [
        [
            0 if r[name] is None else int(category_codes.code(r[name], of))
            for name, of in seeds.items()
        ]
        for r in asked
    ]
    return {"numbers": np.array(numbers), "codes": np.array(codes, np.int64)}


def asked_of_graph(model: OnlineModel, folder: Path) -> dict[str, np.ndarray]:
    path = folder / "model.onnx"
    model.export(path, format="onnx")
    return asked_of(path.read_bytes())


def asked_of(graph: bytes) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs(others())), strict=True))


def others() -> list[dict[str, Any]]:
    """Return records of which some hold what the model never met."""
    found = records(100, seed=2)
    found[7]["country"], found[8]["device"] = "XX", "device of another kind"
    return found


CASES = [
    ("binary", {}),
    ("binary", ONE_LANE),
    ("binary", {"scaling": {"buckets": 12}}),  # fewer rows than values: some share them
    ("multiclass", {}),
    ("regression", {}),
]


@pytest.mark.parametrize(("task", "tables"), CASES)
def test_a_graph_says_what_the_model_says(
    task: str, tables: dict[str, Any], tmp_path: Path
) -> None:
    model = taught(task, **tables)
    expected, found = model.predict_many(others()), asked_of_graph(model, tmp_path)
    if task == "regression":
        np.testing.assert_allclose(found["prediction"], expected.label, rtol=1e-9)
        return
    np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=1e-9)
    assert found["probabilities"].std() > 0.1
    most = found["probabilities"].argmax(axis=1)
    assert found["label"].tolist() == most.tolist()


@pytest.mark.parametrize(("task", "tables"), CASES)
def test_the_json_says_all_that_is_needed(
    task: str, tables: dict[str, Any], tmp_path: Path
) -> None:
    model = taught(task, **tables)
    model.export(tmp_path / "model.json")
    expected = model.predict_many(others())
    found = by_hand(json.loads((tmp_path / "model.json").read_text()))
    if task == "regression":
        np.testing.assert_allclose(found, expected.label, rtol=1e-9)
    elif task == "binary":
        np.testing.assert_allclose(found, expected.probabilities[:, 1:], atol=1e-9)
    else:
        np.testing.assert_allclose(found, expected.probabilities, atol=1e-9)


def by_hand(told: dict[str, Any]) -> Floats:
    """Predict as the page has it."""
    given = inputs(others())
    mean, inverse = (
        np.array([one[key] for one in told["numbers"]]) for key in ("mean", "inverse_deviation")
    )
    scaled = np.clip((given["numbers"] - mean) * inverse, -told["clip"], told["clip"])
    said = 0.0
    for lane in told["lanes"]:
        sums = np.nan_to_num(scaled) @ np.array(lane["numbers"]) + lane["bias"]
        for at, codes in enumerate(given["codes"].tolist()):
            for code in codes:
                row = told["values"].get(str(code))
                if row is None and code and len(lane["values"]) == told["rows"]:
                    row = code % told["rows"]
                sums[at] += lane["values"][row] if row is not None else 0.0
        said = said + lane["share"] * answer(told, sums)
    if told["task"] == "regression":
        by = told["standardised_by"]
        return np.asarray(by["mean"] + by["deviation"] * said).ravel()
    return np.asarray(said)


def answer(told: dict[str, Any], sums: Floats) -> Floats:
    if told["task"] == "binary":
        return np.asarray(1 / (1 + np.exp(-sums)))
    if told["task"] == "multiclass":
        raised = np.exp(sums - sums.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))
    bound = told["standardised_by"]["bound"]
    return np.asarray(np.clip(sums, -bound, bound))


@pytest.mark.parametrize("positive", [0, 1])
def test_a_threshold_goes_along(positive: int) -> None:
    model = taught("binary", **ONE_LANE)
    engine, schema = model._pipeline.engine, model._schema
    known = spoken.of(engine, "logistic", "binary", schema, model.classes)
    graph = export.written(known._replace(positive=positive, threshold=0.9), "onnx")
    found = asked_of(graph)
    assert ((found["label"] == positive) == (found["probabilities"][:, positive] >= 0.9)).all()
    most = found["probabilities"].argmax(axis=1)
    assert found["label"].tolist() != most.tolist()


def test_an_engine_tells_its_threshold() -> None:
    task = by_threshold.init(Shape(1, 2, 1))
    assert spoken.threshold(task) == (1, 0.5)  # the class was not met yet
    task.positive[0], task.threshold[0] = 0, 0.2
    assert spoken.threshold(task) == (0, 0.2)
    assert spoken.threshold(binary.init(Shape(1, 2, 1))) == (1, 0.5)


def test_a_class_that_was_not_met_is_not_said(tmp_path: Path) -> None:
    model = OnlineModel(features=FEATURES, categories=CATEGORIES, **ONE_LANE)
    for record in records(30):
        model.learn(record, "fine")
    assert set(asked_of_graph(model, tmp_path)["label"].tolist()) == {0}


def test_a_class_whose_label_waits_for_its_record_is_not_exported() -> None:
    """Of labels that come apart, one may be met that nothing was learned of yet."""
    model = taught("multiclass", **ONE_LANE)
    engine, met = model._pipeline.engine, (*model.classes, "early")
    found = spoken.of(engine, "softmax", "multiclass", model._schema, met)
    assert found.classes == model.classes
    assert found.weights.shape[1] == len(model.classes)


def test_the_same_model_is_the_same_bytes(tmp_path: Path) -> None:
    model = taught("binary")
    for form in ("json", "onnx"):
        written = []
        for name in ("a", "b"):
            model.export(tmp_path / name, format=form)
            written.append((tmp_path / name).read_bytes())
        assert written[0] == written[1]


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        ("mlp", ["[model] type = 'mlp'", "cannot be exported", "logistic (binary)"]),
        ({"type": "mapped", "features": 5}, ["[model] type = 'mapped'", "cannot be exported"]),
        ({"type": "river", "path": "river.naive_bayes.GaussianNB"}, ["'river'", "only streamlr's"]),
    ],
)
def test_what_is_not_linear_is_refused(model: Any, parts: list[str], tmp_path: Path) -> None:  # noqa: ANN401
    made = OnlineModel(features=("x",), model=model)
    with pytest.raises(ConfigurationError) as caught:
        made.export(tmp_path / "model.json")
    assert [part for part in parts if part not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ({"derive": [{"type": "history"}]}, r"\[\[derive\]\]"),
        ({"stream": {"features": ["x"], "texts": ["t"]}}, r"\[stream\] texts"),
        ({"labels": {"unlabelled": "pseudo"}}, r"\[labels\] unlabelled = 'pseudo'"),
    ],
)
def test_what_a_record_alone_does_not_tell_is_refused(
    tables: dict[str, Any], told: str, tmp_path: Path
) -> None:
    made = OnlineModel.from_config({"stream": {"features": ["x"]}, **tables})
    with pytest.raises(ConfigurationError, match=f"a model with {told} cannot be exported"):
        made.export(tmp_path / "model.json")


def test_what_knows_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no labelled record has been learned yet"):
        OnlineModel(features=("x",)).export(tmp_path / "model.json")


def test_what_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model = taught("binary")
    with pytest.raises(
        ConfigurationError, match=r"format 'onx'.*did you mean 'onnx'.*json or onnx"
    ):
        model.export(tmp_path / "model", format="onx")
    with pytest.raises(StorageError, match=r"cannot write .*no folder"):
        model.export(tmp_path / "no folder" / "model")
    monkeypatch.setitem(sys.modules, "onnx.helper", None)
    with pytest.raises(ConfigurationError, match=r"not installed; .* 'streamlr\[onnx\]'"):
        model.export(tmp_path / "model", format="onnx")


def test_folders_without_one_model_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no checkpoint in it"):
        OnlineModel.of_checkpoint(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "checkpoint-00000000000000000001.safetensors").write_bytes(b"")
    with pytest.raises(StorageError, match=r"several models below it; name one of .*/a, .*/b"):
        OnlineModel.of_checkpoint(tmp_path)
    with pytest.raises(StorageError, match=r"no checkpoint in .*/a can be read"):
        OnlineModel.of_checkpoint(tmp_path / "a")
    with pytest.raises(StorageError, match=r"safetensors cannot be read as a checkpoint"):
        OnlineModel.of_checkpoint(next((tmp_path / "a").iterdir()))


def test_exporting_loads_nothing_of_onnx_until_it_is_asked_for() -> None:
    program = "import streamlr.library.online_model, sys; print('onnx' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert run.stdout.strip() == b"False"
