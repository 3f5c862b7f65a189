"""The label is a field of the record; classes are met as they come.

Class indices are given in the order of first appearance, so nothing is known of a class before
its first label.
"""

from typing import Any

import numpy as np

from streamlr.components import NO_CLASS
from streamlr.records import Decoded, Reject


class Classes:
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
        self._index = {label: index for index, label in enumerate(met)}

    @property
    def met(self) -> tuple[Any, ...]:
        """Labels in the order of their indices."""
        return tuple(self._index)

    def encode(self, decoded: Decoded) -> tuple[Decoded, np.ndarray]:
        """Turn labels into class indices [kept]; NO_CLASS where there is none.

        Rows whose label would be one class too many are rejected.
        """
        index = self._index
        try:  # the common case: only classes already met
            return decoded, np.array([index[label] for label in decoded.labels], np.int64)
        except KeyError:
            pass
        codes = [self._code(label) for label in decoded.labels]
        kept = [place for place, code in enumerate(codes) if code is not None]
        rejects = [
            self._refusal(int(decoded.rows[place]), decoded.labels[place])
            for place, code in enumerate(codes)
            if code is None
        ]
        labels = np.array([code for code in codes if code is not None], np.int64)
        if not rejects:
            return decoded, labels
        return (
            Decoded(
                rows=decoded.rows[kept],
                values=np.ascontiguousarray(decoded.values[kept]),
                labels=[decoded.labels[place] for place in kept],
                rejects=sorted(decoded.rejects + rejects, key=lambda reject: reject.row),
            ),
            labels,
        )

    def _code(self, label: Any) -> int | None:  # noqa: ANN401 - any scalar
        if label is None:
            return NO_CLASS
        if label not in self._index:
            if len(self._index) == self._limit:
                return None
            self._index[label] = len(self._index)
        return self._index[label]

    def _refusal(self, row: int, label: Any) -> Reject:  # noqa: ANN401 - any scalar
        known = ", ".join(repr(met) for met in self.met)
        detail = f"label {label!r} would be one class more than the task's {self._limit} ({known})"
        return Reject(row, "too_many_classes", detail)
