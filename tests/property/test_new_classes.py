"""A class is met when its first label comes: nothing before that knows that it will."""

import numpy as np
import pytest

from streamlr.components import NO_CLASS
from streamlr.labels.encoding import Classes
from streamlr.records import Decoded
from tests.contract.engines import CASES, CLASSES, Case, Events, Said, engine, run, stream_of

ROWS = 700
LATE = 400
"""Where the last class is first met."""

every_multiclass = pytest.mark.parametrize(
    "case", [case for case in CASES if case.task == "multiclass"], ids=str
)


def streams(case: Case) -> tuple[Events, Events]:
    """Return a stream in which another class appears, and one in which it never does."""
    values, labels = stream_of(case, ROWS)
    labels = np.minimum(labels, CLASSES - 2)
    late = labels.copy()
    late[LATE::3] = CLASSES - 1
    return Events(values, late), Events(values, labels)


def probabilities(case: Case, said: Said) -> np.ndarray:
    return np.frombuffer(said.answers).reshape(ROWS, engine(**case._asdict()).shape.outputs)


@every_multiclass
def test_a_class_that_comes_later_changes_nothing_before(case: Case) -> None:
    with_it, without = (run(engine(**case._asdict()), stream) for stream in streams(case))
    assert with_it.label[: LATE + 1] == without.label[: LATE + 1]
    before, after = np.split(probabilities(case, with_it), [LATE + 1])
    assert before.tobytes() == probabilities(case, without)[: LATE + 1].tobytes()
    assert np.all(before[:, CLASSES - 1 :] == 0.0)
    assert np.all(after[:, CLASSES - 1] > 0.0)


@every_multiclass
def test_probabilities_of_the_classes_met_sum_to_one(case: Case) -> None:
    with_it, _ = streams(case)
    said = run(engine(**case._asdict()), with_it)
    first = int(np.flatnonzero(~np.isnan(with_it.labels))[0])
    sums = probabilities(case, said).sum(axis=1)
    assert np.all(sums[: first + 1] == 0.0)
    assert sums[first + 1 :] == pytest.approx(1.0)
    assert set(said.label[: first + 1]) == {NO_CLASS}


@every_multiclass
def test_how_many_there_may_be_changes_nothing(case: Case) -> None:
    with_it, _ = streams(case)
    roomy = {"label": "target", "task": "multiclass", "max_classes": 2 * CLASSES}
    said, other = (
        run(engine(**case._asdict()), with_it),
        run(engine(**case._asdict(), stream=roomy), with_it),
    )
    assert other.label == said.label
    wide = np.frombuffer(other.answers).reshape(ROWS, -1)[:, : CLASSES + 1]
    assert wide.tobytes() == said.answers
    assert other.journal == said.journal


def test_more_classes_than_there_may_be_are_rejected_with_the_reason() -> None:
    classes = Classes(limit=3)
    labels = ["a", "b", "c", "d", "a", None, "e"]
    rows = np.arange(len(labels))
    kept, truth = classes.encode(Decoded(rows, np.zeros((len(rows), 1)), labels, []))
    assert classes.met == ("a", "b", "c")
    assert kept.rows.tolist() == [0, 1, 2, 4, 5]
    assert truth[:4].tolist() == [0.0, 1.0, 2.0, 0.0]
    assert [(reject.row, reject.reason, reject.detail) for reject in kept.rejects] == [
        (
            3,
            "too_many_classes",
            "label 'd' would be one class more than the task's 3 ('a', 'b', 'c')",
        ),
        (
            6,
            "too_many_classes",
            "label 'e' would be one class more than the task's 3 ('a', 'b', 'c')",
        ),
    ]
