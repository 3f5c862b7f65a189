"""What detectors watch, and what is refused before anything runs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamlr import config
from streamlr.assembly import pending
from streamlr.components import NO_CLASS
from streamlr.engine import Engine
from streamlr.errors import ConfigurationError, DataError
from streamlr.kernel import LEARN, PREDICT
from streamlr.service import Service

ROWS = 30  # fewer than a block: what a River detector is given lies there to be seen
NAMES = ("x", "amount")


def tables(detector: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": {"type": "simulator"},
        "stream": {"label": "target"},
        "schedule": {"type": "constant"},
        "detector": detector,
        **others,
    }


def engine(watch: str, task: str) -> Engine:
    detector = {"type": "river", "detector": "PageHinkley", "watch": watch}
    made = config.build(tables(detector, stream={"label": "target", "task": task}))
    return Engine(made, len(NAMES), names=NAMES)


def rows(task: str) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    values = random.normal(size=(ROWS, 2)) * [1.0, 1000.0]
    if task == "regression":
        return values, values[:, 0] * 50 + 7
    return values, (values[:, 0] > 0).astype(float) + (values[:, 1] > 800) * (task == "multiclass")


def given(subject: Engine) -> np.ndarray:
    state = subject.state.detector
    return np.array(state.values[: state.held[0]])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_error_is_watched_unless_something_else_is_named(task: str) -> None:
    subject, (values, truth) = engine("error", task), rows(task)
    said = subject.run(values, truth).said
    if task == "regression":
        assert given(subject).max() <= 1.0
        assert given(subject).std() > 0
    else:
        assert given(subject).tolist() == (said != truth).tolist()


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_loss_is_watched(task: str) -> None:
    subject, (values, truth) = engine("loss", task), rows(task)
    answers = subject.run(values, truth)
    if task == "regression":
        assert given(subject) == pytest.approx(np.abs(answers.said - truth))
    else:
        p = answers.answers[2:, 0]  # both classes are known by then
        assert given(subject)[2:] == pytest.approx(-np.log(np.where(truth[2:] == 1, p, 1 - p)))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_what_was_said_is_watched(task: str) -> None:
    subject, (values, truth) = engine("prediction", task), rows(task)
    answers = subject.run(values, truth)
    certainty = subject.certainty(answers)
    expected = answers.said if task == "regression" else np.array(certainty, np.float64)
    assert given(subject).tolist() == expected.tolist()


def test_a_field_is_watched_as_it_came_and_left_out_where_it_is_missing() -> None:
    subject, (values, truth) = engine("feature:amount", "binary"), rows("binary")
    values[3, 1] = np.nan
    subject.run(values, truth)
    assert given(subject).tolist() == np.delete(values[:, 1], 3).tolist()
    assert subject.state.counters.learned[0] == ROWS


def test_a_field_is_kept_until_the_label_comes() -> None:
    subject, (values, truth) = engine("feature:amount", "binary"), rows("binary")
    subject.state = subject.state._replace(pending=pending(subject.shape, 2))
    events, slots = np.array([PREDICT, PREDICT, LEARN, LEARN]), np.array([0, 1, 1, 0])
    nothing = np.full((2, 2), np.nan)
    labels = np.array([np.nan, np.nan, *truth[:2]])
    said = subject.run_events(events, np.vstack([values[:2], nothing]), labels, slots).said
    assert said[0] == NO_CLASS
    assert given(subject).tolist() == [values[1, 1], values[0, 1]]


def refused(detector: dict[str, Any], **others: dict[str, Any]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        config.build(tables(detector, **others))
    assert len(caught.value.faults) == 1
    return caught.value.faults[0]


REGRESSION = {"stream": {"label": "target", "task": "regression"}}


@pytest.mark.parametrize(
    ("detector", "others", "parts"),
    [
        ({"type": "adwin", "watch": "errors"}, {}, ["watch = 'errors'", "feature:NAME"]),
        ({"type": "adwin", "watch": "feature:"}, {}, ["watch = 'feature:'", "feature:NAME"]),
        ({"type": "ddm", "watch": "loss"}, {}, ["watch = 'loss'", "ddm", "0 to 1", "any number"]),
        ({"type": "hddm_a", "watch": "feature:x"}, {}, ["hddm_a", "0 to 1"]),
        ({"type": "hddm_w", "watch": "prediction"}, REGRESSION, ["hddm_w", "regression"]),
        ({"type": "eddm", "watch": "prediction"}, {}, ["eddm", "0 or 1", "here comes 0 to 1"]),
        ({"type": "eddm"}, REGRESSION, ["watch = 'error'", "eddm", "regression"]),
        ({"type": "river", "detector": "FHDDM", "watch": "loss"}, {}, ["river", "0 or 1"]),
        (
            {"type": "vote", "members": [{"type": "adwin"}, {"type": "ddm"}], "watch": "loss"},
            {},
            ["vote", "0 to 1"],
        ),
        (
            {"type": "adwin", "watch": "feature:age"},
            {"stream": {"label": "target", "features": ["x", "y"]}},
            ["watch = 'feature:age'", "x, y"],
        ),
        ({"type": "river", "detector": "KSWINN"}, {}, ["'KSWINN'", "did you mean 'KSWIN'"]),
        ({"type": "river", "detector": "no.such.X"}, {}, ["there is no module 'no.such'"]),
        ({"type": "river", "detector": "river.stats.Mean"}, {}, ["Mean is no drift detector"]),
        (
            {"type": "river", "detector": "KSWIN", "parameters": {"alfa": 0.1}},
            {},
            ["parameters", "'alfa'", "did you mean 'alpha'", "window_size"],
        ),
        (
            {"type": "river", "detector": "KSWIN", "parameters": {"alpha": 3.0}},
            {},
            ["parameters", "KSWIN refuses them", "between 0 and 1"],
        ),
        ({"type": "river"}, {}, ["detector is missing"]),
        ({"type": "vote", "members": [{"type": "ddm"}]}, {}, ["members", "from 2 to 16 members"]),
        (
            {"type": "vote", "members": [{"type": "ddm"}, {"type": "vote"}]},
            {},
            ["members.1", "a member is a table with the type of a detector"],
        ),
        (
            {"type": "vote", "members": [{"type": "ddm"}, {"type": "adwinn"}]},
            {},
            ["members.1", "did you mean 'adwin'"],
        ),
        (
            {"type": "vote", "members": [{"type": "ddm"}, {"type": "adwin", "delta": 2.0}]},
            {},
            ["members.1", "adwin: delta", "less than 1"],
        ),
        (
            {"type": "vote", "members": [{"type": "ddm"}, {"type": "adwin"}], "needed": 3},
            {},
            ["needed = 3", "there are 2 members"],
        ),
        (
            {"type": "river", "detector": "KSWIN"},
            {"checkpoint": {"directory": "checkpoints"}},
            ["[detector]", "[checkpoint] allow_pickle = true", "set no directory"],
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    detector: dict[str, Any], others: dict[str, Any], parts: list[str]
) -> None:
    fault = refused(detector, **others)
    assert fault.startswith("[detector]")
    assert [part for part in parts if part not in fault] == []


@pytest.mark.parametrize(
    "detector",
    [
        {"type": "ddm", "watch": "prediction"},
        {"type": "eddm"},
        {"type": "adwin", "watch": "loss"},
        {"type": "river", "detector": "river.drift.binary.HDDMA"},
        {"type": "river", "detector": "KSWIN", "watch": "feature:x"},
    ],
)
def test_what_fits_is_taken(detector: dict[str, Any]) -> None:
    assert config.build(tables(detector)).detector.type == detector["type"]


def test_a_vote_of_native_members_needs_no_pickle() -> None:
    vote = {"type": "vote", "members": [{"type": "adwin"}, {"type": "ddm"}]}
    assert config.build(tables(vote, checkpoint={"directory": "checkpoints"})).checkpoint.directory
    vote["members"] = [{"type": "adwin"}, {"type": "river", "detector": "EDDM"}]
    assert "allow_pickle" in refused(vote, checkpoint={"directory": "checkpoints"})


def daemon(folder: Path, detector: dict[str, Any]) -> Service:
    made = tables(
        detector,
        source={"type": "file", "path": str(folder / "rows.csv")},
        checkpoint={"directory": str(folder / "checkpoints"), "allow_pickle": True},
        web={"enabled": False},
    )
    return Service(config.build(made))


def write(path: Path, count: int) -> None:
    random = np.random.default_rng(4)
    values = random.normal(size=(count, 2))
    labels = (values[:, 0] > 0) ^ (np.arange(count) // 300 % 2 == 1)
    lines = [f"{x},{y},{int(label)}" for (x, y), label in zip(values, labels, strict=True)]
    path.write_text("\n".join(["x,y,target", *lines, ""]))


@pytest.mark.parametrize(
    "detector",
    [
        {"type": "river", "detector": "HDDMW"},
        {"type": "vote", "members": [{"type": "adwin"}, {"type": "river", "detector": "DDM"}]},
    ],
    ids=["river", "vote"],
)
def test_the_daemon_goes_on_from_its_checkpoint(tmp_path: Path, detector: dict[str, Any]) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
        write(folder / "rows.csv", 1500)
    uninterrupted = daemon(whole, detector)
    uninterrupted.run()
    write(parts / "rows.csv", 700)
    daemon(parts, detector).run()
    write(parts / "rows.csv", 1500)
    resumed = daemon(parts, detector)
    resumed.run()
    assert resumed.snapshot.records == 1500
    assert resumed.snapshot.alarms == uninterrupted.snapshot.alarms
    assert resumed.snapshot.alarms["drift"] > 0
    assert resumed.snapshot.metrics == uninterrupted.snapshot.metrics


def test_a_watched_field_that_the_stream_lacks_ends_the_start(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", 50)
    with pytest.raises(DataError, match=r"watch = 'feature:age': 'age' is not one of .*: x, y"):
        daemon(tmp_path, {"type": "adwin", "watch": "feature:age"}).run()
