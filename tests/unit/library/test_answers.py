"""What is said of many records, as arrays."""

from typing import Any

import numpy as np
import pytest

from streamlr.library.answers import as_array, probabilities

NAN = float("nan")


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        ([True, False], "b"),
        ([1, 2], "i"),
        ([0.5], "f"),
        (["up", "down"], "U"),
        ([1, "1"], "O"),
        ([1, True], "O"),
        (["up", None], "O"),
        ([2**70], "O"),
        ([], "O"),
    ],
)
def test_labels_keep_their_type_where_they_are_alike(labels: list[Any], kind: str) -> None:
    array = as_array(labels)
    assert array.dtype.kind == kind
    assert array.tolist() == labels
    assert list(map(type, array.tolist())) == list(map(type, labels))


def test_of_two_classes_both_are_told() -> None:
    told = probabilities(np.array([[0.25], [1.0]]), np.full(2, NAN), 2, 2)
    assert told.tolist() == [[0.75, 0.25], [0.0, 1.0]]


def test_a_class_has_no_probability_before_it_was_met() -> None:
    answers = np.array([[0.5], [0.4], [0.3], [0.2]])
    told = probabilities(answers, np.array([0.0, NAN, 1.0, 1.0]), 0, 2)
    assert told.tolist() == [[0.0, 0.0], [0.6, 0.0], [0.7, 0.0], [0.8, 0.2]]


def test_classes_that_were_never_met_are_left_out() -> None:
    assert probabilities(np.array([[0.9, 0.1, 0.0]]), np.empty(0), 2, 2).tolist() == [[0.9, 0.1]]
    assert probabilities(np.array([[0.5]]), np.empty(0), 0, 0).shape == (1, 0)
