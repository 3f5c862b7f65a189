"""Rows that were encoded before: their inputs stand behind their values, and are taken from there.

A row is ``values`` [features + categories], then ``Inputs.value``, then ``Inputs.row``.
"""

from typing import Any

import numpy as np

from streamlr.compiling import hot
from streamlr.components import Inputs


@hot
def transform(state: Any, values: np.ndarray, inputs: Inputs) -> None:  # noqa: ANN401, ARG001 - any state
    """Fill ``inputs``."""
    wide, categories = inputs.value.shape[0], inputs.row.shape[0]
    first = values.shape[0] - wide - categories
    for place in range(wide):
        inputs.value[place] = values[first + place]
    for place in range(categories):
        inputs.row[place] = int(values[first + wide + place])


look = transform


@hot
def update(state: Any, values: np.ndarray) -> None:  # noqa: ANN401 - any state
    """The row was taken in when it was encoded."""


@hot
def used(state: Any) -> int:  # noqa: ANN401, ARG001 - any state
    """No weights of a row each are moved."""
    return 0
