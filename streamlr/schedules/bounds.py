"""Bounds of a learning rate, in tables and in state; and which of its many small moves are told."""

from typing import Annotated

import numpy as np
from pydantic import Field, ValidationInfo
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError

from streamlr.compiling import hot


def _at_most_the_rate(min_rate: float, others: ValidationInfo) -> float:
    rate = others.data.get("rate", min_rate)
    if min_rate > rate:
        raise PydanticCustomError("order", "it may not be above rate, {rate}", {"rate": rate})
    return min_rate


def _at_least_the_rate(max_rate: float, others: ValidationInfo) -> float:
    rate = others.data.get("rate", max_rate)
    if max_rate < rate:
        raise PydanticCustomError("order", "it may not be below rate, {rate}", {"rate": rate})
    return max_rate


Rate = Annotated[float, Field(gt=0, le=1e6)]
MinRate = Annotated[float, Field(gt=0, validate_default=True), AfterValidator(_at_most_the_rate)]
"""A lowest rate, in a table whose ``rate`` comes before it."""

MaxRate = Annotated[Rate, Field(validate_default=True), AfterValidator(_at_least_the_rate)]
"""A highest rate, in a table whose ``rate`` comes before it."""


@hot
def within(rate: float, lowest: float, highest: float) -> float:
    """The rate, or the bound that it went over.

    Examples
    --------
    >>> within(0.5, 0.1, 1.0), within(0.0, 0.1, 1.0), within(float("inf"), 0.1, 1.0)
    (0.5, 0.1, 1.0)
    """
    return min(max(rate, lowest), highest)


@hot
def moved(change: np.ndarray, rate: float, evidence: float) -> bool:
    """Whether a rate has doubled or halved since it was last told; if so, ``change`` tells it.

    ``change`` [3] (old rate, new rate, evidence) holds the first rate twice at the beginning.
    """
    if rate < 2.0 * change[1] and change[1] < 2.0 * rate:
        return False
    change[0] = change[1]
    change[1] = rate
    change[2] = evidence
    return True
