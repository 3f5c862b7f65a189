"""Where a time stands in the day, the week, the month and the year.

As a cycle, each is a sine and a cosine, so that 23:59 and 00:00 are next to each other; as a
category, each hour, weekday, day and month has weights of its own. A model that is linear in them
can say "high at 8 and at 18" with categories, and needs less data with cycles.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from pydantic import Field as Key
from pydantic import field_validator
from pydantic_core import PydanticCustomError

from streamlr import category_codes
from streamlr.components import ComponentConfig
from streamlr.derivations import Derivation, Field, OfOneRecord, Rows

_MINUTES, _DAY = 1440, 86_400
_OFFSET_SECONDS = 900
"""A zone's offset is looked up once for each quarter of an hour: none changes amid one today."""

_EARLIEST, _LATEST = -6.2e10, 2.5e11  # the years 5 and 9892: no calendar is asked beyond


class Config(ComponentConfig):
    """Where a time stands in the day, the week, the month and the year."""

    type: Literal["calendar"] = "calendar"
    field: Annotated[str, Key(min_length=1)] = Key(
        description="field that holds a time: ISO 8601, or seconds (or milli-, micro-, "
        "nanoseconds) since 1970",
        examples=["created_at"],
    )
    parts: Annotated[tuple[Literal["hour", "weekday", "day", "month"], ...], Key(min_length=1)] = (
        Key(("hour", "weekday", "month"), description="of the time that are looked at")
    )
    form: Literal["cycle", "category"] = Key(
        "cycle", description="a sine and a cosine for each part, or a categorical column"
    )
    time_zone: str = Key(
        "UTC", description="whose clock and calendar, such as 'Europe/Oslo'", examples=["UTC"]
    )
    name: str = Key("", description="what the columns' names begin with; empty: the field's")

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:  # none, or no name of a file
            message = (
                "this machine knows no such time zone; write it as in 'Europe/Oslo' (IANA) or 'UTC'"
            )
            if not available_timezones():
                message = "this machine knows no time zones; install its package tzdata"
            raise PydanticCustomError("time_zone", "{message}", {"message": message}) from error
        return name

    @field_validator("parts")
    @classmethod
    def _each_once(cls, parts: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(parts)) < len(parts):
            raise PydanticCustomError("repeated", "each part may be named once")
        return parts


class _Part(NamedTuple):
    """A part of the time.

    Attributes
    ----------
    place
        Days since 1970 (whole) and the day's minute → where in the cycle: from 0.
    length
        Of the cycle.
    coarse
        Places that are one category.
    """

    place: Callable[[np.ndarray, np.ndarray], np.ndarray]
    length: int
    coarse: int = 1


def _months(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[D]").astype("datetime64[M]")


_PARTS = {
    "hour": _Part(lambda _days, minutes: minutes, _MINUTES, 60),
    "weekday": _Part(lambda days, _minutes: (days + 3) % 7, 7),  # 1970 began on a Thursday
    "day": _Part(
        lambda days, _minutes: days - _months(days).astype("datetime64[D]").astype(np.int64), 31
    ),
    "month": _Part(lambda days, _minutes: _months(days).astype(np.int64) % 12, 12),
}


def build(config: Config, task: str) -> Derivation:  # noqa: ARG001 - one signature for all
    """Work out the sines and cosines."""
    return Calendar(config)


class Calendar(OfOneRecord):
    """See :class:`streamlr.derivations.Derivation`."""

    def __init__(self, config: Config) -> None:
        self.fields = (Field("field", config.field, "time"),)
        self._zone = None if config.time_zone == "UTC" else ZoneInfo(config.time_zone)
        self._parts = [_PARTS[part] for part in config.parts]
        names = [f"{config.name or config.field}.{part}" for part in config.parts]
        cycles = tuple(f"{name}.{wave}" for name in names for wave in ("sin", "cos"))
        self._as_cycles = config.form == "cycle"
        self.numbers = cycles if self._as_cycles else ()
        self.categories = () if self._as_cycles else tuple(names)
        # a table has the same bits wherever in an array a record stands; a vectorised sine may not
        self._tables = [
            _waves(part.length)
            if self._as_cycles
            else _codes(part.length // part.coarse, category_codes.seed(name))
            for part, name in zip(self._parts, names, strict=True)
        ]

    def derive(self, rows: Rows, *, remember: bool) -> np.ndarray:  # noqa: ARG002 - one signature for all
        """Look the parts up."""
        seconds = rows.columns[:, 0]
        known = (seconds > _EARLIEST) & (seconds < _LATEST)  # false of NaN
        local = np.floor(np.where(known, seconds, 0.0)).astype(np.int64)
        if self._zone is not None:
            local += _offsets(local, self._zone)
        days, minutes = local // _DAY, local % _DAY // 60
        coarse = [1 if self._as_cycles else part.coarse for part in self._parts]
        found = [
            table[part.place(days, minutes) // places]
            for part, table, places in zip(self._parts, self._tables, coarse, strict=True)
        ]
        return np.where(known[:, None], np.hstack(found), np.nan)


def _waves(length: int) -> np.ndarray:
    """Sine and cosine of each place in a cycle: float64 [length, 2]."""
    turns = [math.tau * place / length for place in range(length)]
    return np.array([(math.sin(turn), math.cos(turn)) for turn in turns])


def _codes(count: int, column: np.uint64) -> np.ndarray:
    """Codes of 0 to count - 1: float64 [count, 1]."""
    return category_codes.of_column(np.arange(count, dtype=np.float64), column)[:, None]


def _offsets(seconds: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Seconds east of UTC at each moment."""
    quarters, places = np.unique(seconds // _OFFSET_SECONDS, return_inverse=True)
    moments = [
        datetime.fromtimestamp(quarter * _OFFSET_SECONDS, UTC).astimezone(zone)
        for quarter in quarters.tolist()
    ]
    offsets = [moment.utcoffset() for moment in moments]
    found = [0 if offset is None else round(offset.total_seconds()) for offset in offsets]
    return np.array(found, np.int64)[places]
