"""A vote of several detectors: drift when enough of them have seen one lately.

Members are any detectors here, native or River's, each a table of its own; what they watch is the
vote's. An alarm of a member counts for ``window`` values, and when ``needed`` members' alarms count
at once, there is drift, and all of them are used up. There is a warning where as many members
warned or alarmed.

Notes
-----
Members hear 32 values at a time, as River's do, and the strongest signal among them is told with
the value that follows: a vote speaks up to 32 samples later than a detector alone. Time a sample,
with native members: about 4 µs while they are silent, 15 µs while one has spoken lately. A member
of River's adds its own, and needs ``[checkpoint] allow_pickle``.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import (
    BeforeValidator,
    Field,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from streamlr import compiling, registry, state_tree
from streamlr.components import DRIFT, NO_SIGNAL, WARNING, Shape
from streamlr.detectors import blocks
from streamlr.detectors import none as detector
from streamlr.detectors.blocks import State, init, is_due, update
from streamlr.detectors.watch import ORDER, DetectorConfig, Range
from streamlr.errors import ConfigurationError

__all__ = ["State", "init", "is_due", "update"]

_NEVER = -(10**15)
_MOST = 16


def _member(table: Any) -> Any:  # noqa: ANN401 - unchecked
    """A member's table as its own file's ``Config``."""
    if isinstance(table, DetectorConfig):
        return table
    try:
        type_ = table.get("type") if isinstance(table, dict) else None
        if not isinstance(type_, str) or type_ in {"none", "vote"} or "watch" in table:
            message = "a member is a table with the type of a detector, and without watch"
            raise PydanticCustomError("member", message)
        known = registry.load("detectors", type_).Config
        return known.model_validate({**table, "type": type_.replace("-", "_")})
    except ConfigurationError as error:
        raise PydanticCustomError("member", "{why}", {"why": error.faults[0]}) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        context = {"why": f"{type_}: {key}: {first['msg']}"}
        raise PydanticCustomError("member", "{why}", context) from error


Member = Annotated[
    SerializeAsAny[DetectorConfig],
    BeforeValidator(_member),
    WithJsonSchema({"type": "object", "required": ["type"]}),
]


class Config(DetectorConfig):
    """Several detectors that vote."""

    type: Literal["vote"] = "vote"
    members: tuple[Member, ...] = Field(
        description="a detector's table each; 2 to 16",
        examples=[[{"type": "adwin"}, {"type": "hddm_w"}]],
    )
    needed: Annotated[int, Field(ge=1)] = Field(
        2, description="members that must alarm", validate_default=True
    )
    window: Annotated[int, Field(ge=1, le=10**9)] = Field(
        200, description="values for which a member's alarm counts"
    )

    @field_validator("members")
    @classmethod
    def _several(cls, members: tuple[DetectorConfig, ...]) -> tuple[DetectorConfig, ...]:
        if not 2 <= len(members) <= _MOST:
            message = "a vote has from 2 to {most} members"
            raise PydanticCustomError("members", message, {"most": _MOST})
        return members

    @field_validator("needed")
    @classmethod
    def _so_many(cls, needed: int, others: ValidationInfo) -> int:
        members = len(others.data.get("members", ())) or needed
        if needed > members:
            raise PydanticCustomError("needed", "there are {count} members", {"count": members})
        return needed

    @property
    def takes(self) -> Range:
        """What every member takes."""
        return max((member.takes for member in self.members), key=ORDER.index)

    @property
    def needs_pickle(self) -> bool:
        """Whether a member does."""
        return any(member.needs_pickle for member in self.members)


def feed(state: Any, values: np.ndarray, signals: np.ndarray) -> None:  # noqa: ANN401 - any state
    """Give a native member its values; a template, as :func:`streamlr.kernel.process` is."""
    for place in range(values.shape[0]):
        signals[place] = detector.update(state, values[place])


class _Native:
    """A member that is native, and its state."""

    def __init__(self, config: DetectorConfig, module: Any) -> None:  # noqa: ANN401 - a component
        self._state = module.init(config, Shape(1, 0, 1))
        self._feed: Callable[..., None] = compiling.fuse(
            feed, {"detector": module}, allocates=False
        )

    def signals(self, values: list[float]) -> list[int]:
        """Return the signal of each value."""
        told = np.zeros(len(values), np.int64)
        self._feed(self._state, np.array(values), told)
        return told.tolist()

    def arrays(self) -> dict[str, np.ndarray]:
        """Return its state."""
        return state_tree.flatten(self._state)

    def fill(self, arrays: dict[str, np.ndarray]) -> None:
        """Be in that state."""
        state_tree.fill(self._state, arrays)


class _Votes(NamedTuple):
    """When each member last spoke.

    Attributes
    ----------
    heard : int64 [1]
        Values so far.
    latest : int64 [2, members]
        Value of ``heard`` at the latest warning or alarm, and at the latest alarm.
    """

    heard: np.ndarray
    latest: np.ndarray


class Listener:
    """The members, and who of them spoke when."""

    def __init__(self, config: Config) -> None:
        self._members: list[Any] = [_listening(member) for member in config.members]
        self._needed, self._window = config.needed, config.window
        self._votes = _Votes(np.zeros(1, np.int64), np.full((2, len(self._members)), _NEVER))

    def hear(self, values: list[float]) -> int:
        """Return the strongest signal."""
        told = np.array([member.signals(values) for member in self._members])
        heard, latest = self._votes
        if not told.any() and (heard[0] - latest >= self._window).all():  # as nearly always
            heard += len(values)
            return NO_SIGNAL
        return max(self._count(signals) for signals in told.T)

    def _count(self, signals: np.ndarray) -> int:
        heard, latest = self._votes
        heard += 1
        latest[0, signals != NO_SIGNAL] = heard[0]
        latest[1, signals == DRIFT] = heard[0]
        warned, drifted = (heard[0] - latest < self._window).sum(axis=1).tolist()
        if drifted >= self._needed:
            latest[:] = _NEVER
            return DRIFT
        return WARNING if warned >= self._needed else NO_SIGNAL

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the votes, and the members' own under their numbers."""
        members = {
            f"{number}.{name}": array
            for number, member in enumerate(self._members)
            for name, array in member.arrays().items()
        }
        return state_tree.flatten(self._votes) | members

    def fill(self, arrays: dict[str, np.ndarray]) -> None:
        """Be what they say."""
        state_tree.fill(self._votes, {name: arrays[name] for name in self._votes._fields})
        for number, member in enumerate(self._members):
            member.fill(state_tree.below(arrays, f"{number}."))


def _listening(config: DetectorConfig) -> Any:  # noqa: ANN401 - a listener, or a native member
    module = registry.load("detectors", config.type)  # type: ignore[attr-defined]
    return module.listener(config) if hasattr(module, "listener") else _Native(config, module)


def listener(config: Config) -> blocks.Listener:
    """Nobody has spoken."""
    return Listener(config)
