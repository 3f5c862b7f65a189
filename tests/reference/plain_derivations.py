"""Derivations in plain Python, a record at a time: what the compiled ones are held to."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

Record = Mapping[str, Any]
_LENGTHS = {"hour": 1440, "weekday": 7, "day": 31, "month": 12}


def _value(number: float | None) -> float:
    return math.nan if number is None else float(number)


class Calendar:
    """Sine and cosine of the parts of a time."""

    def __init__(self, field: str, zone: str) -> None:
        self.field, self.zone = field, ZoneInfo(zone)

    def look(self, record: Record, _label: float) -> list[float]:
        if record[self.field] is None:
            return [math.nan] * 8
        moment = datetime.fromtimestamp(record[self.field], UTC).astimezone(self.zone)
        places = {
            "hour": moment.hour * 60 + moment.minute,
            "weekday": moment.weekday(),
            "day": moment.day - 1,
            "month": moment.month - 1,
        }
        turns = [math.tau * place / _LENGTHS[part] for part, place in places.items()]
        return [wave(turn) for turn in turns for wave in (math.sin, math.cos)]


class Ratio:
    """A quotient."""

    def __init__(self, numerator: str, denominator: str) -> None:
        self.numerator, self.denominator = numerator, denominator

    def look(self, record: Record, _label: float) -> list[float]:
        above, below = _value(record[self.numerator]), _value(record[self.denominator])
        return [math.nan if below == 0 else above / below]


class Recency:
    """Records of a key so far, and how long ago the last one came."""

    def __init__(self, key: str, time: str | None, keys: int) -> None:
        self.key, self.time, self.keys = key, time, keys
        self.held: dict[Any, tuple[int, int, float]] = {}  # the longest not seen comes first
        self.records, self.clock = 0, math.nan

    def look(self, record: Record, _label: float) -> list[float]:
        key = record[self.key]
        time = _value(record[self.time]) if self.time else math.nan
        self.clock = self.clock if math.isnan(time) else time
        said = [math.nan, math.nan]
        if key is not None:
            count, number, last = self.held.pop(key, (0, 0, math.nan))
            said[0] = math.log(1.0 + count)
            passed = self.clock - last if self.time else self.records - number
            if count and not math.isnan(passed):
                said[1] = math.log(1.0 + max(passed, 0.0))
            if not count and len(self.held) == self.keys:
                del self.held[next(iter(self.held))]
            latest = max(self.clock, last)
            self.held[key] = (count + 1, self.records, latest)
        self.records += 1
        return said


class History:
    """Labels of a key so far: the last ones, and their mean."""

    def __init__(self, key: str, targets: int, keys: int) -> None:
        self.key, self.targets, self.keys = key, targets, keys
        self.held: dict[Any, list[float]] = {}

    def look(self, record: Record, label: float) -> list[float]:
        key = record[self.key] if self.key else "all"
        labels = self.held.get(key, [])
        last = labels[: -self.targets - 1 : -1]
        said = [*last, *[math.nan] * (self.targets - len(last))]
        said.append(sum(labels) / len(labels) if labels else math.nan)
        if key is not None and not math.isnan(label):
            self.held.pop(key, None)
            if not labels and len(self.held) == self.keys:
                del self.held[next(iter(self.held))]
            self.held[key] = [*labels, label]
        return said


class Cross:
    """The code of several values: which record has the same is what counts."""

    def __init__(self, *fields: str) -> None:
        self.fields = fields
        self.met: dict[tuple[Any, ...], float] = {}

    def look(self, record: Record, _label: float) -> list[float]:
        values = tuple(record[field] for field in self.fields)
        if None in values:
            return [math.nan]
        return [self.met.setdefault(values, float(len(self.met)))]
