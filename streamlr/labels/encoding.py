"""What labels are to a kernel: class indices, in the order in which they are met, or numbers.

Class indices are given in the order of first appearance, so nothing is known of a class before
its first label.
"""

import itertools
import math
from abc import ABC, abstractmethod
from typing import Any, Protocol

import numpy as np

from streamlr.records import Decoded, Reject

NO_LABEL = float("nan")
_NONE = type(None)


class Labels(Protocol):
    """Turns labels into what a kernel learns, and back."""

    @property
    def met(self) -> tuple[Any, ...]:
        """Classes in the order of their indices; none for numbers."""
        ...

    def encode(self, decoded: Decoded) -> tuple[Decoded, np.ndarray]:
        """Return the records that can be used, and the truth [kept]: NaN where there is no label.

        Rows whose label cannot be used are rejected.
        """
        ...

    def names(self, said: np.ndarray) -> list[Any]:
        """Return what is predicted as it would stand in the stream; None for nothing."""
        ...

    def keep(self, count: int) -> None:
        """Forget all classes but the first ``count``, as if the others had not been met."""
        ...


class _Labels(ABC):
    """What both kinds share: the common case at once, else label by label."""

    def encode(self, decoded: Decoded) -> tuple[Decoded, np.ndarray]:
        """Turn labels into numbers; see :class:`Labels`."""
        try:
            return decoded, self._all(decoded.labels)
        except (KeyError, TypeError, ValueError, OverflowError):
            pass
        truth, kept, rejects = [], np.ones(len(decoded.labels), np.bool_), []
        for place, label in enumerate(decoded.labels):
            code, detail, reason = self._one(label)
            if reason:
                kept[place] = False
                rejects.append(Reject(int(decoded.rows[place]), reason, detail))
            else:
                truth.append(code)
        if rejects:
            decoded = decoded.without(rejects, kept)
        return decoded, np.array(truth, np.float64)

    @abstractmethod
    def _all(self, labels: list[Any]) -> np.ndarray:
        """Return every label's number, or raise where one cannot be had at once."""

    @abstractmethod
    def _one(self, label: Any) -> tuple[float, str, str]:  # noqa: ANN401 - any scalar
        """Return the number, or in words why there is none, and the reason's label."""


class Classes(_Labels):
    """The classes met so far, in the order of their indices.

    Parameters
    ----------
    limit
        How many there may be.
    met
        Labels already known, from a checkpoint.

    Notes
    -----
    Labels are compared as Python does: ``1``, ``1.0`` and ``true`` are one class, ``"1"`` is
    another.
    """

    def __init__(self, limit: int, met: tuple[Any, ...] = ()) -> None:
        self._limit = limit
        self._index: dict[Any, float] = {label: float(code) for code, label in enumerate(met)}
        self._known = {**self._index, None: NO_LABEL}

    @property
    def met(self) -> tuple[Any, ...]:
        """Labels in the order of their indices."""
        return tuple(self._index)

    def names(self, said: np.ndarray) -> list[Any]:
        """Return the labels of class indices."""
        names = (*self._index, None)  # NO_CLASS is -1: the last
        return [names[code] for code in said.astype(np.int64).tolist()]

    def keep(self, count: int) -> None:
        """Forget all classes but the first ``count``."""
        self._index = dict(itertools.islice(self._index.items(), count))
        self._known = {**self._index, None: NO_LABEL}

    def _all(self, labels: list[Any]) -> np.ndarray:
        return np.fromiter(map(self._known.__getitem__, labels), np.float64, len(labels))

    def _one(self, label: Any) -> tuple[float, str, str]:  # noqa: ANN401 - any scalar
        if label is None:
            return NO_LABEL, "", ""
        if label not in self._index:
            if len(self._index) == self._limit:
                return 0.0, self._refusal(label), "too_many_classes"
            self._index[label] = self._known[label] = float(len(self._index))
        return self._index[label], "", ""

    def _refusal(self, label: Any) -> str:  # noqa: ANN401 - any scalar
        known = ", ".join(repr(met) for met in self.met[:10])
        known += ", …" if len(self._index) > 10 else ""
        return f"label {label!r} would be one class more than the task's {self._limit} ({known})"


class Unlabelled:
    """Where there are no labels: every record is learned from as it comes; see :class:`Labels`.

    A label that the records bring is passed on beside the prediction, and that is all.
    """

    met: tuple[Any, ...] = ()

    def encode(self, decoded: Decoded) -> tuple[Decoded, np.ndarray]:
        """Return every record as one to learn from."""
        return decoded, np.zeros(len(decoded.rows))

    def names(self, said: np.ndarray) -> list[Any]:
        """Return the scores themselves."""
        return said.tolist()  # type: ignore[no-any-return]

    def keep(self, count: int) -> None:
        """Forget nothing: there are no classes."""


class Numbers(_Labels):
    """Labels that are numbers."""

    met: tuple[Any, ...] = ()

    def names(self, said: np.ndarray) -> list[Any]:
        """Return the numbers themselves."""
        return said.tolist()  # type: ignore[no-any-return]

    def keep(self, count: int) -> None:
        """Forget nothing: there are no classes."""

    def _all(self, labels: list[Any]) -> np.ndarray:
        kinds = set(map(type, labels))
        if not kinds <= {int, float, _NONE} and not kinds <= {str, _NONE}:  # texts come from CSV
            raise TypeError
        truth = np.array(labels, np.float64)  # None is NaN
        missing = labels.count(None) if _NONE in kinds else 0
        if np.isfinite(truth).sum() + missing < len(labels):
            raise ValueError
        return truth

    def _one(self, label: Any) -> tuple[float, str, str]:  # noqa: ANN401 - any scalar
        if label is None:
            return NO_LABEL, "", ""
        try:
            number = float(label)
        except (ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            return 0.0, f"label {label!r} is not a finite number", "wrong_type"
        return number, "", ""
