"""Piecewise: points of (sample, rate), and between them the rate stays or goes straight on.

With ``between = "constant"`` a point's rate holds until the next point; with ``"linear"`` the rate
goes in a line from point to point. After the last point it stays. i, the samples learned before
this one, is the sample of a point.

References
----------
optax's ``join_schedules`` of ``constant_schedule`` or ``linear_schedule``; numpy's ``interp`` for
the line; a step is a sample.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError

from streamlr.compiling import hot
from streamlr.components import Inputs, Shape
from streamlr.schedules import constant
from streamlr.schedules.bounds import Rate

FAMILY = "static"
REASONS = ("unchanged", "point reached")
_POINT = 1

Sample = Annotated[int, Field(ge=0, le=10**15)]
Point = tuple[Sample, Rate]


def ascending(samples: Sequence[int]) -> Sequence[int]:
    """Refuse samples of which one is not above the one before."""
    if any(later <= earlier for earlier, later in pairwise(samples)):
        raise PydanticCustomError("order", "each has to be above the one before")
    return samples


def _from_the_start_and_ascending(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if points[0][0] != 0:
        raise PydanticCustomError("start", "the first point has to be at sample 0")
    ascending([sample for sample, _ in points])
    return points


class Config(constant.OneRate):
    """A rate by points of (sample, rate)."""

    type: Literal["piecewise"] = "piecewise"
    points: Annotated[
        tuple[Point, ...],
        Field(min_length=1, max_length=1000),
        AfterValidator(_from_the_start_and_ascending),
    ] = Field(
        ((0, 0.05), (10_000, 0.02), (100_000, 0.01)),
        description="samples learned before, and the learning rate then; the first is at 0",
    )
    between: Literal["constant", "linear"] = Field(
        "constant", description="how the rate goes from point to point"
    )


class State(NamedTuple):
    """The rate and the points.

    Attributes
    ----------
    rates : float64 [1]
        Current learning rate.
    change : float64 [3]
        Rate of the point before, rate of the point, samples learned, at the latest point.
    sample : int64 [points]
        Samples learned when each is reached.
    target : float64 [points]
        Learning rate of each.
    reached : int64 [1]
        Points reached.
    samples : int64 [1]
        Samples learned.
    linear : int64 [1]
        Whether the rate goes in a line.
    """

    rates: np.ndarray
    change: np.ndarray
    sample: np.ndarray
    target: np.ndarray
    reached: np.ndarray
    samples: np.ndarray
    linear: np.ndarray


def init(config: Config, shape: Shape) -> State:  # noqa: ARG001 - one signature for every schedule
    """The first point's rate."""
    samples, rates = zip(*config.points, strict=True)
    return State(
        rates=np.array(rates[:1]),
        change=np.zeros(3),
        sample=np.array(samples),
        target=np.array(rates),
        reached=np.ones(1, np.int64),
        samples=np.zeros(1, np.int64),
        linear=np.array([int(config.between == "linear")]),
    )


lanes = constant.lanes
read_out = constant.read_out
move = constant.move
rate = constant.rate


@hot
def update(
    state: State,
    prediction: np.ndarray,  # noqa: ARG001
    target: float,  # noqa: ARG001
    loss: float,  # noqa: ARG001
    signal: int,  # noqa: ARG001
    severity: float,  # noqa: ARG001
    inputs: Inputs,  # noqa: ARG001
) -> int:
    """Set the rate of this sample; each point reached is told."""
    samples, coming = state.samples[0], state.reached[0]
    state.samples[0] += 1
    if coming == state.sample.shape[0]:
        return 0
    before, after = state.target[coming - 1], state.target[coming]
    if samples < state.sample[coming]:
        if state.linear[0] > 0:
            start = state.sample[coming - 1]
            share = (samples - start) / (state.sample[coming] - start)
            state.rates[0] = (1.0 - share) * before + share * after
        return 0
    state.reached[0] += 1
    state.rates[0] = after
    state.change[0] = before
    state.change[1] = after
    state.change[2] = samples
    return _POINT if after != before else 0
