"""Records to scan, a few at a time."""

import math
from functools import cache

from streamlr.json_scanner.scanner import Scanned, Scanner
from streamlr.records import Schema


@cache
def scanner(features: tuple[str, ...] = ("a", "b"), label: str = "y") -> Scanner:
    """Return a scanner of these fields."""
    return Scanner(Schema(features, label))


def scan(*records: bytes, features: tuple[str, ...] = ("a", "b")) -> Scanned:
    """Scan the records of one poll."""
    return scanner(features).scan(records)


def understood(*records: bytes) -> list[bool]:
    """Return which records of one poll are understood."""
    unread = set(scan(*records).unread.tolist())
    return [row not in unread for row in range(len(records))]


def features(record: bytes) -> list[float | None]:
    """Return the features of a record that is understood, None for NaN."""
    scanned = scan(record)
    assert not len(scanned.unread), record
    return [None if math.isnan(value) else value for value in scanned.values[0].tolist()]
