"""No labels: every record is learned from as it comes."""

from typing import Any

import numpy as np

from streamlr.records import Decoded


class Unlabelled:
    """Stands where a stream's labels would; see :class:`streamlr.labels.inline.Labels`.

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
