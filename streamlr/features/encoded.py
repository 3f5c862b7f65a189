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


@hot
def read(
    state: Any,  # noqa: ANN401, ARG001 - any state
    values: np.ndarray,  # noqa: ARG001 - one signature for all features
    span: np.ndarray,  # noqa: ARG001
    code: np.ndarray,  # noqa: ARG001
    inputs: Inputs,
) -> int:
    """There are no texts: only the categorical columns."""
    return inputs.row.shape[0]  # type: ignore[no-any-return]


@hot
def look(state: Any, values: np.ndarray, inputs: Inputs) -> int:  # noqa: ANN401 - any state
    """As ``transform``; whatever was new was told when it was encoded."""
    transform(state, values, inputs)
    return 0


@hot
def find(
    state: Any,  # noqa: ANN401 - any state
    values: np.ndarray,
    span: np.ndarray,
    code: np.ndarray,
    new: int,  # noqa: ARG001 - one signature for all features
    inputs: Inputs,
) -> int:
    """As ``read``."""
    return read(state, values, span, code, inputs)


@hot
def update(state: Any, values: np.ndarray) -> None:  # noqa: ANN401 - any state
    """The row was taken in when it was encoded."""


@hot
def used(state: Any) -> int:  # noqa: ANN401, ARG001 - any state
    """No weights of a row each are moved."""
    return 0
