"""Seconds since 1970, whichever way a record says them, and the same from both readers."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlr import event_times
from streamlr.decoders import json as json_decoder
from streamlr.json_scanner.scanner import Scanner
from streamlr.records import Schema

SCHEMA = Schema(("x",), "y", times=("ts",))
EARLIEST, LATEST = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 - zones are drawn
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def decoded(*values: object) -> list[float]:
    payload = [json.dumps({"ts": value}).encode() for value in values]
    found = json_decoder.build(json_decoder.Config(), SCHEMA).decode(payload).times
    times: list[float] = found["ts"].tolist()
    return times


@pytest.mark.parametrize(
    "value",
    [
        1_769_860_800,
        1_769_860_800_000,
        1_769_860_800_000_000,
        1_769_860_800_000_000_000,
        " 1769860800 ",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00",
        "2026-01-31T12:00:00.000000000Z",
        "2026-01-31T13:30:00+01:30",
        "2026-01-31T04:00-08:00",
    ],
)
def test_a_moment_is_the_same_in_every_form(value: float | str) -> None:
    assert decoded(value) == [event_times.seconds(value)] == [1769860800.0]


@given(st.datetimes(EARLIEST, LATEST, timezones=ZONES))
def test_the_scanner_reads_times_as_python_does(moment: datetime) -> None:
    for text in (moment.isoformat(), moment.isoformat(timespec="milliseconds")):
        expected = datetime.fromisoformat(text).timestamp()
        assert decoded(text) == [expected]
    date = moment.date().isoformat()
    assert decoded(date) == [datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()]


@given(st.floats(-1e18, 1e18))
def test_numbers_are_read_alike(number: float) -> None:
    assert decoded(number) == [event_times.seconds(number)]


def test_what_the_scanner_reads_by_itself() -> None:
    """These are the forms that streams have: nothing of them is left to the slower reader."""
    texts = [b'{"ts": "2026-01-31T12:00:00.123Z"}', b'{"ts": 1.5}', b'{"ts": null}', b"{}"]
    scanned = Scanner(SCHEMA).scan(texts)
    assert len(scanned.unread) == 0
    assert np.isnan(scanned.times["ts"]).tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    "wrong", ["soon", "2026-02-30", "2026-01-31T25:00:00Z", "2026-01-31T12:00:00+", True, [1]]
)
def test_what_is_no_time_rejects_the_record(wrong: object) -> None:
    payload = [json.dumps({"ts": wrong}).encode()]
    found = json_decoder.build(json_decoder.Config(), SCHEMA).decode(payload)
    assert [reject.reason for reject in found.rejects] == ["wrong_type"]


@pytest.mark.parametrize("wrong", [math.inf, math.nan, "-inf", "later"])
def test_what_is_no_time_is_said(wrong: float | str) -> None:
    with pytest.raises(ValueError, match=r"nan|inf|later"):
        event_times.seconds(wrong)
