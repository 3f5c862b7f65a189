"""A snapshot is shared between threads: nobody changes it."""

import dataclasses

import pytest

from streamlr.telemetry.snapshot import Snapshot


def test_it_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Snapshot().records = 1  # type: ignore[misc]


def test_snapshots_share_nothing() -> None:
    assert Snapshot().alarms is not Snapshot().alarms
