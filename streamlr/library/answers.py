"""What a model says: of one record, and of many."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was said of one record.

    Attributes
    ----------
    label
        The class or the number predicted; None before any class was met.
    probability
        Of the class predicted, 0 before any was met; None of a number.
    probabilities
        Class met → its probability; empty for a number.
    """

    label: Any
    probability: float | None
    probabilities: dict[Any, float]


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What was said of many records.

    Attributes
    ----------
    label : [records]
        Classes or numbers predicted. Of the labels' own type where they are all of one; else, or
        where a prediction was made before any class was met (None), Python objects.
    probability : float64 [records]
        Of the class predicted, 0 before any was met; NaN of a number.
    probabilities : float64 [records, classes]
        Of each class, 0 before it was met; no columns for a number.
    classes
        The classes, in the order of the columns.
    """

    label: np.ndarray
    probability: np.ndarray
    probabilities: np.ndarray
    classes: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.label)


def as_array(labels: list[Any]) -> np.ndarray:
    """Labels as an array of their own type, or of objects where they are of several.

    Examples
    --------
    >>> as_array(["a", "b"]), as_array([1, None])
    (array(['a', 'b'], dtype='<U1'), array([1, None], dtype=object))
    """
    alike = set(map(type, labels)) in ({bool}, {int}, {float}, {str})
    array = np.array(labels, None if alike else object)
    return array if array.dtype.kind in "bifU" else array.astype(object)


def probabilities(answers: np.ndarray, truth: np.ndarray, before: int, classes: int) -> np.ndarray:
    """The probability of each class, 0 up to the record that first brings it.

    Parameters
    ----------
    answers : float64 [records, outputs]
        P(class 1) of two, or the probability of each class.
    truth : float64 [records]
        Class indices; NaN where there is no label.
    before, classes
        How many classes had been met before the first record, and after the last.
    """
    if answers.shape[1] == 1:
        answers = np.column_stack([1.0 - answers[:, 0], answers[:, 0]])
    chances = np.array(answers[:, :classes])
    for new in range(before, classes):
        chances[: np.argmax(truth == new) + 1, new] = 0.0
    return chances
