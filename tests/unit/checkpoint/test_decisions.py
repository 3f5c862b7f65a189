"""What a checkpoint remembers of the decisions: the latest of them, whatever their numbers are."""

import dataclasses
import math

import msgspec
import numpy as np

from streamlr.checkpoint import decisions
from streamlr.checkpoint import format as file_format
from streamlr.checkpoint.format import Header
from streamlr.records import Journal

ENTRY = Journal(7, "rate", "drift alarm", 0.1, 0.8, 0.25)
HEADER = Header(
    pipeline="p",
    components={},
    features=("a",),
    categories=(),
    label="y",
    classes=(),
    positions={0: 1},
    marks={},
)


def stored(*entries: Journal) -> list[Journal]:
    """Return what a checkpoint of these says."""
    header = msgspec.structs.replace(HEADER, decisions=decisions.tail(entries))
    read, _ = file_format.decode(file_format.encode(header, {"x": np.zeros(1)}))
    return [decision.entry() for decision in read.decisions]


def test_they_come_back_as_they_were() -> None:
    alarm = Journal(5, "drift", "", 0.0, 0.0, 1e-300)
    assert stored(alarm, ENTRY) == [alarm, ENTRY]


def test_only_the_latest_are_kept() -> None:
    entries = [dataclasses.replace(ENTRY, sample=n) for n in range(decisions.KEPT + 5)]
    assert stored(*entries) == entries[5:]


def test_a_number_that_is_none_does_not_spoil_the_checkpoint() -> None:
    (one,) = stored(dataclasses.replace(ENTRY, old=math.nan, evidence=math.inf))
    assert math.isnan(one.old)
    assert math.isnan(one.evidence)
    assert one.new == ENTRY.new


def test_none_takes_no_room() -> None:
    with_none = msgspec.structs.replace(HEADER, decisions=())
    assert msgspec.json.encode(with_none) == msgspec.json.encode(HEADER)
    assert b"decisions" not in msgspec.json.encode(HEADER)
