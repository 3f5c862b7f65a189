"""What /decisions and /lanes answer: JSON of the latest snapshot.

A number that is not finite is null, as JSON has none.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

import msgspec

from streamlr.records import Journal
from streamlr.telemetry.snapshot import Snapshot, UnitView

_DEFAULT_LIMIT = 100


class BadQueryError(Exception):
    """The query cannot be answered; the message says what can."""


class Decided(msgspec.Struct, frozen=True):
    """Decisions of one unit of state.

    Attributes
    ----------
    partitions
        That it learns from.
    learned
        Labelled samples learned so far.
    decisions
        In order, the latest last.
    left_out
        Earlier ones that the limit left out.
    """

    partitions: tuple[str, ...]
    learned: int
    decisions: tuple[Journal, ...]
    left_out: int


def pages(latest: Callable[[], Snapshot]) -> dict[str, Callable[[str], bytes]]:
    """Path → what answers there, from the latest snapshot."""
    return {"/decisions": decisions(latest), "/lanes": lanes(latest)}


def decisions(latest: Callable[[], Snapshot]) -> Callable[[str], bytes]:
    """Answers ``since=SAMPLE&limit=N``: the latest N later than that sample, of each unit."""

    def answer(query: str) -> bytes:
        asked = _numbers(query, {"since": 0, "limit": _DEFAULT_LIMIT})
        units = [_decided(view, asked["since"], asked["limit"]) for view in latest().views]
        return msgspec.json.encode({"units": units})

    return answer


def _decided(view: UnitView, since: int, limit: int) -> Decided:
    later = tuple(entry for entry in view.decisions if entry.sample > since)
    left_out = max(0, len(later) - limit)
    return Decided(view.partitions, view.learned, later[left_out:], left_out)


def lanes(latest: Callable[[], Snapshot]) -> Callable[[str], bytes]:
    """Answers with the leading lanes of each unit's race, and the weight of each kind of lanes."""

    def answer(query: str) -> bytes:
        _numbers(query, {})
        units = [
            {
                "partitions": view.partitions,
                "learned": view.learned,
                "learning_rate": view.learning_rate,
                "lanes": [lane._asdict() for lane in view.lanes],
                "weights": view.weights,
                "pseudo_labels": view.guesses,
            }
            for view in latest().views
        ]
        return msgspec.json.encode({"units": units})

    return answer


def _numbers(query: str, defaults: dict[str, int]) -> dict[str, int]:
    """Parameters of a query, each a whole number.

    Raises
    ------
    BadQueryError
        A parameter is unknown, or no whole number in range.
    """
    found = dict(defaults)
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in defaults:
            known = ", ".join(defaults) or "no parameter"
            message = f"there is no parameter {name!r}; there is: {known}"
            raise BadQueryError(message)
        if not (text.isascii() and text.isdigit()):
            message = f"{name}={text}: must be a whole number, 0 or more"
            raise BadQueryError(message)
        found[name] = int(text)
    return found
