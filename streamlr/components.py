"""What every component's file holds, and the few words they share.

A component is one file in its kind's folder; the file's name is its ``type`` in the
configuration. In it are:

``Config``
    a frozen :class:`ComponentConfig`: the table of the configuration, ranges in the types;
``State``
    a NamedTuple of numpy arrays (float64 or int64): everything it remembers, so that a checkpoint
    holds it all. Scalars are arrays of one element;
``init(config, shape)``
    the state before the first record;
functions marked ``@hot`` or ``@cold``
    what the kernel calls, by the names that the kind's package docstring lists. They make no
    arrays: where one needs space to work in, it is part of the state, and called so there.
"""

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class ComponentConfig(BaseModel):
    """A table of the configuration: unknown keys are errors, values are checked."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Shape(NamedTuple):
    """Sizes that a component's arrays depend on.

    Attributes
    ----------
    features
        Number of numeric columns, the bias not counted.
    classes
        Number of classes that a stream may show.
    lanes
        Number of learners side by side in the model, one a learning rate.
    """

    features: int
    classes: int
    lanes: int


NO_SIGNAL, WARNING, DRIFT = 0, 1, 2
"""What a drift detector says of one value."""

NO_CLASS = -1
"""Class index of a missing label, and of a prediction made before any class was seen."""
