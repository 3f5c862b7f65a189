"""Labels get class indices in the order in which they are met."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr.components import NO_CLASS
from streamlr.labels.encoding import Classes, Numbers
from streamlr.records import Decoded, Reject


def decoded(labels: list[Any], rejects: list[int] | None = None) -> Decoded:
    """Return rows whose only value is their own number."""
    taken = rejects or []
    rows = [row for row in range(len(labels) + len(taken)) if row not in taken]
    return Decoded(
        rows=np.array(rows, np.int64),
        values=np.array(rows, np.float64).reshape(-1, 1),
        labels=labels,
        rejects=[Reject(row, "malformed", "") for row in taken],
    )


def without_nan(truth: npt.NDArray[np.float64]) -> list[float | None]:
    """Return a truth as a list that compares: None where there is no label."""
    return [None if math.isnan(number) else number for number in truth.tolist()]


def indices(classes: Classes, *labels: object) -> list[float | None]:
    return without_nan(classes.encode(decoded(list(labels)))[1])


def test_classes_are_numbered_as_they_appear() -> None:
    classes = Classes(limit=2)
    assert indices(classes, "no", "yes", "no") == [0, 1, 0]
    assert indices(classes, "yes") == [1]
    assert classes.met == ("no", "yes")


def test_numbers_that_are_equal_are_one_class() -> None:
    classes = Classes(limit=2)
    assert indices(classes, 1, 1.0, True, 0.0, False, 0, -0.0) == [0, 0, 0, 1, 1, 1, 1]
    assert [type(label) for label in classes.met] == [int, float]  # as they were first met


def test_text_is_another_class_than_the_number() -> None:
    assert indices(Classes(limit=2), 1, "1") == [0, 1]


def test_huge_integers_are_told_apart() -> None:
    assert indices(Classes(limit=2), 2**70, 2**70 + 1, 2**70) == [0, 1, 0]


def test_classes_beyond_those_kept_are_met_anew() -> None:
    classes = Classes(limit=3)
    assert indices(classes, "a", "b", "c") == [0, 1, 2]
    classes.keep(1)
    assert classes.met == ("a",)
    assert indices(classes, "c", "a") == [1, 0]


def test_no_label_is_no_class() -> None:
    classes = Classes(limit=2)
    assert indices(classes, None, "a", None) == [None, 0, None]
    assert classes.met == ("a",)


def test_falsehood_is_a_label() -> None:
    assert indices(Classes(limit=2), 0, "", 0) == [0, 1, 0]
    assert indices(Classes(limit=1), False) == [0]


def test_a_class_too_many_is_rejected_and_the_rest_stays_aligned() -> None:
    classes = Classes(limit=2)
    kept, labels = classes.encode(decoded(["a", "c", "b", None, "d", "a"], rejects=[1, 6]))
    # rows: 0 a, 1 rejected before, 2 c, 3 b, 4 None, 5 d, 6 rejected before, 7 a
    assert without_nan(labels) == [0, 1, None, 0]
    assert kept.rows.tolist() == [0, 2, 4, 7]
    assert kept.values[:, 0].tolist() == [0.0, 2.0, 4.0, 7.0]
    assert kept.values.flags.c_contiguous
    assert kept.labels == ["a", "c", None, "a"]
    assert [(reject.row, reject.reason) for reject in kept.rejects] == [
        (1, "malformed"),
        (3, "too_many_classes"),
        (5, "too_many_classes"),
        (6, "malformed"),
    ]
    assert classes.met == ("a", "c")


def test_the_refusal_names_the_classes() -> None:
    classes = Classes(limit=2, met=("a", 1))
    (reject,) = classes.encode(decoded([2.5]))[0].rejects
    assert reject.detail == "label 2.5 would be one class more than the task's 2 ('a', 1)"


def test_what_was_met_before_is_known() -> None:
    classes = Classes(limit=2, met=("yes", "no"))
    assert indices(classes, "no", "yes") == [1, 0]
    assert classes.met == ("yes", "no")


def test_no_row_is_no_label() -> None:
    _, labels = Classes(limit=2).encode(decoded([]))
    assert labels.dtype == np.float64
    assert labels.tolist() == []


LABELS = st.lists(st.sampled_from([None, "a", "b", "c", 0, 1, 1.0, True]), max_size=12)


@given(LABELS, st.integers(0, 12))
def test_how_labels_are_cut_into_batches_leaves_no_trace(labels: list[Any], cut: int) -> None:
    whole, cut_up = Classes(limit=2), Classes(limit=2)
    kept, expected = whole.encode(decoded(labels))
    pieces = [cut_up.encode(decoded(piece)) for piece in (labels[:cut], labels[cut:])]
    truth = np.concatenate([piece for _, piece in pieces])
    assert truth.tobytes() == expected.tobytes()
    assert [label for piece, _ in pieces for label in piece.labels] == kept.labels
    assert cut_up.met == whole.met


@pytest.mark.parametrize("limit", [1, 2, 3])
@given(labels=LABELS)
def test_every_row_is_kept_or_rejected(limit: int, labels: list[Any]) -> None:
    classes = Classes(limit)
    kept, codes = classes.encode(decoded(labels))
    rejected = [reject.row for reject in kept.rejects]
    assert sorted([*kept.rows.tolist(), *rejected]) == list(range(len(labels)))
    assert len(kept.rows) == len(kept.values) == len(kept.labels) == len(codes)
    assert kept.values[:, 0].tolist() == kept.rows.tolist()
    for row, label, code in zip(kept.rows, kept.labels, codes, strict=True):
        assert label is labels[row]
        assert math.isnan(code) == (label is None)
        assert label is None or classes.met[int(code)] == label
    assert len(classes.met) <= limit


def test_it_can_say_what_it_was_given() -> None:
    classes = Classes(limit=2, met=("a", 1))
    assert classes.names(np.array([1.0, NO_CLASS, 0.0])) == [1, None, "a"]


# --- numbers ----------------------------------------------------------------------------------


def numbers(*labels: object) -> tuple[list[float | None], list[tuple[int, str, str]]]:
    """Return the truth of the rows kept, and what was rejected."""
    kept, truth = Numbers().encode(decoded(list(labels)))
    assert len(truth) == len(kept.rows) == len(kept.values) == len(kept.labels)
    assert kept.values[:, 0].tolist() == kept.rows.tolist()
    rejects = [(reject.row, reject.reason, reject.detail) for reject in kept.rejects]
    return without_nan(truth), rejects


def test_numbers_are_themselves() -> None:
    labels = [0, -1.5, 1e308, 2**53, -0.0]
    assert numbers(*labels) == (labels, [])
    assert Numbers().met == ()


def test_a_number_may_be_missing_or_come_as_text() -> None:
    """As it does from a CSV file."""
    assert numbers(None, "2.5", " 3 ", True, None, 1) == ([None, 2.5, 3.0, 1.0, None, 1.0], [])


@pytest.mark.parametrize(
    "label",
    ["high", "", "nan", "inf", "-Infinity", math.nan, math.inf, 10**400, -(10**400)],
    ids=range(9),
)
def test_what_is_no_finite_number_is_rejected_and_the_rest_stays(label: object) -> None:
    truth, rejects = numbers(1, label, 2.5)
    assert truth == [1.0, 2.5]
    assert rejects == [(1, "wrong_type", f"label {label!r} is not a finite number")]


def test_numbers_are_said_as_they_are() -> None:
    assert Numbers().names(np.array([1.5, -2.0])) == [1.5, -2.0]


@given(st.lists(st.none() | st.floats() | st.integers() | st.text(max_size=3), max_size=8))
def test_every_number_is_kept_or_rejected(labels: list[Any]) -> None:
    truth, rejects = numbers(*labels)
    assert len(truth) + len(rejects) == len(labels)
    assert all(number is None or math.isfinite(number) for number in truth)
