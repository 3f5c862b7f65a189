"""The library is the daemon: the same bits, however records are handed over, whatever is asked."""

import json
import math
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlr import OnlineModel, config, state_tree
from streamlr.library.answers import Prediction
from streamlr.service import Service
from tests.contract.engines import BUCKETS, CATEGORIES, FEATURES, drifting

ROWS = 700
CLASSES = ("down", "up", "left", "right")

RIVER = {
    "type": "river",
    "path": "river.tree.HoeffdingTreeClassifier",
    "parameters": {"grace_period": 25},
}
KSWIN = {"type": "river", "detector": "KSWIN", "watch": "loss"}
LINEAR = {"features": {"type": "scaling", "buckets": BUCKETS}}

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "binary": ("binary", LINEAR),
    "multiclass": ("multiclass", LINEAR),
    "regression": ("regression", LINEAR),
    "detector in Python": (
        "binary",
        {**LINEAR, "schedule": {"type": "drift_boost"}, "detector": KSWIN},
    ),
    "River": ("binary", {"model": RIVER, "detector": {"type": "none"}}),
}
every_case = pytest.mark.parametrize("case", CASES)


class Stream(NamedTuple):
    """Records, and their labels, None where there is none."""

    records: list[dict[str, Any]]
    labels: list[Any]


class Run(NamedTuple):
    """What the daemon made of the stream."""

    digest: str
    checkpoint: bytes
    said: list[tuple[Any, float | None]]


@lru_cache(maxsize=3)
def stream(task: str) -> Stream:
    """Return a drifting stream in which anything may be missing."""
    values, truth = drifting(ROWS, 1, task, CATEGORIES)
    names = [f"x{place}" for place in range(FEATURES)] + [f"c{c}" for c in range(CATEGORIES)]
    records: list[dict[str, Any]] = []
    for row in values.tolist():
        numbers, codes = row[:FEATURES], row[FEATURES:]
        texts = [code if math.isnan(code) else f"value {code:.0f}" for code in codes]
        fields = zip(names, [*numbers, *texts], strict=True)
        records.append({name: value for name, value in fields if value == value})  # noqa: PLR0124
    labels = [
        None if math.isnan(label) else label if task == "regression" else CLASSES[int(label)]
        for label in truth.tolist()
    ]
    return Stream(records, labels)


def tables(case: str) -> dict[str, Any]:
    """Return what the daemon and the library are both given."""
    task, components = CASES[case]
    numbers = [f"x{place}" for place in range(FEATURES)]
    categories = [f"c{place}" for place in range(CATEGORIES)]
    fields = {"features": numbers, "categories": categories}
    return {
        "name": "twice",
        "source": {"type": "file", "path": "in.ndjson"},
        "stream": {"label": "y", "task": task, "max_classes": 5, **fields},
        "sink": {"type": "file", "path": "out.ndjson"},
        "checkpoint": {"directory": "checkpoints", "allow_pickle": True},
        "web": {"enabled": False},
        "loop": {"poll_records": 61},
        **components,
    }


@lru_cache(maxsize=len(CASES))
def daemon(case: str) -> Run:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    with TemporaryDirectory() as name:
        folder = Path(name)
        source, out = folder / "in.ndjson", folder / "out.ndjson"
        records = zip(*stream(CASES[case][0]), strict=True)
        lines = [json.dumps({**record, "y": label}) for record, label in records]
        source.write_text("\n".join(lines) + "\n")
        here = tables(case)
        here["source"]["path"], here["sink"]["path"] = str(source), str(out)
        here["checkpoint"]["directory"] = str(folder)
        service = Service(config.build(here))
        service.run()
        assert service.pipeline is not None
        documents = [json.loads(line) for line in out.read_text().splitlines()]
        return Run(
            digest=state_tree.digest(service.pipeline.engine.state),
            checkpoint=max((folder / "twice").glob("*.safetensors")).read_bytes(),
            said=[(document["prediction"], document["probability"]) for document in documents],
        )


class Piece(NamedTuple):
    """A way to hand over some records: all at once or one by one, having asked about others."""

    records: int
    at_once: bool
    asked: int


plans = st.lists(
    st.builds(Piece, st.integers(1, 200), st.booleans(), st.integers(0, 3)), max_size=8
)


def follow(model: OnlineModel, plan: list[Piece], task: str) -> list[tuple[Any, float | None]]:
    """Hand over the stream as planned, and the rest of it at once; return what was said."""
    records, labels = stream(task)
    said: list[tuple[Any, float | None]] = []
    start = 0
    for piece in [*plan, Piece(ROWS, at_once=True, asked=0)]:
        stop = start + piece.records
        for record in records[start : start + piece.asked]:
            assert model.predict(record) == model.predict(record)
        model.predict_many(records[-piece.asked :] if piece.asked else [])
        if piece.at_once:
            many = model.learn_many(records[start:stop], labels[start:stop])
            chances = [None if np.isnan(p) else p for p in many.probability.tolist()]
            said += zip(many.label.tolist(), chances, strict=True)
        else:
            for record, label in zip(records[start:stop], labels[start:stop], strict=True):
                one = model.learn(record, label)
                said.append((one.label, one.probability))
        start = stop
    return said


@every_case
@settings(max_examples=6)
@given(plan=plans)
def test_however_handed_over_it_is_what_the_daemon_does(case: str, plan: list[Piece]) -> None:
    model = OnlineModel.from_config(tables(case))
    said = follow(model, plan, CASES[case][0])
    assert said == daemon(case).said
    assert model.digest == daemon(case).digest


@every_case
def test_asking_leaves_no_trace_and_foretells(case: str) -> None:
    """Whenever it is asked, about whatever record."""
    model = OnlineModel.from_config(tables(case))
    records, labels = stream(CASES[case][0])
    for start in range(0, 300, 50):
        before = model.state()
        foretold = model.predict(records[start])
        model.predict({"c0": f"never met {start}", "x0": 1e30})
        model.predict_many(records[400:420])
        assert model.state() == before
        assert model.learn(records[start], labels[start]) == foretold
        model.learn_many(records[start + 1 : start + 50], labels[start + 1 : start + 50])


@every_case
def test_a_checkpoint_of_the_daemons_opens(case: str, tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_bytes(daemon(case).checkpoint)
    opened = OnlineModel.load(tmp_path / "checkpoint", allow_pickle=True)
    assert opened.digest == daemon(case).digest
    own = OnlineModel.from_config(tables(case))
    follow(own, [], CASES[case][0])
    for record in stream(CASES[case][0]).records[:50]:
        assert opened.predict(record) == own.predict(record)
    if case != "River":  # whose pickles are alike in what they do alone
        assert opened.state() == own.state()


@every_case
def test_a_state_goes_on_as_if_nothing_had_been(case: str) -> None:
    records, labels = stream(CASES[case][0])
    whole, first = (OnlineModel.from_config(tables(case)) for _ in range(2))
    first.learn_many(records[:333], labels[:333])
    second = OnlineModel.from_config(tables(case))
    second.learn_many(records[500:600], labels[500:600])  # of which nothing may be left
    second.restore(first.state(), allow_pickle=True)
    second.learn_many(records[333:], labels[333:])
    whole.learn_many(records, labels)
    assert second.digest == whole.digest == daemon(case).digest
    assert second.predict(records[0]) == whole.predict(records[0]) != Prediction(None, 0.0, {})


@pytest.mark.parametrize("case", ["binary", "multiclass", "regression", "detector in Python"])
def test_the_stream_is_worth_it(case: str) -> None:
    """The rate changes under way, all classes come, and labels are missing."""
    task = CASES[case][0]
    model = OnlineModel.from_config(tables(case))
    follow(model, [], task)
    assert {entry.event for entry in model.decisions} >= {"rate"}
    assert len(model.classes) == {"binary": 2, "multiclass": 4, "regression": 0}[task]
    assert 0 < model.samples < ROWS
