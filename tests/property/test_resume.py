"""Stopped or killed anywhere and started again: the same state, the same output, bit for bit."""

import json
import math
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import structlog
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamlr import config, state_tree
from streamlr.checkpoint.format import Header
from streamlr.checkpoint.store import Store, Written
from streamlr.service import Observer, Service
from tests.contract.engines import BUCKETS, CATEGORIES, FEATURES, drifting

ROWS = 600


class KilledError(Exception):
    """Nothing more is finished, nothing is checkpointed."""


ENDS = ("stopped", "killed", "killed before a checkpoint", "killed after a checkpoint")


@dataclass(frozen=True)
class Life:
    """One run of the daemon.

    Attributes
    ----------
    records
        In a poll.
    turns
        The end comes after so many polls, or at that checkpoint (the first one is at the start).
    end
        One of ``ENDS``.
    checkpoints
        At every poll, or only at the start and when stopped.
    """

    records: int
    turns: int
    end: str
    checkpoints: bool


CLASSES = ("down", "up", "left", "right")


@lru_cache(maxsize=1)
def lines(task: str) -> list[bytes]:
    """Return a stream with all that can go wrong in it."""
    values, labels = drifting(ROWS, 1, task, CATEGORIES)
    chance = random.Random(4)
    written = []
    for row, label in zip(values.tolist(), labels.tolist(), strict=True):
        record: dict[str, Any] = {
            f"x{place}": None if value != value else value  # noqa: PLR0124 - NaN
            for place, value in enumerate(row[:FEATURES])
        }
        for place, code in enumerate(row[FEATURES:]):
            record[f"c{place}"] = None if math.isnan(code) else f"value {code:.0f}"
        record["y"] = label if task == "regression" else CLASSES[int(np.nan_to_num(label))]
        if math.isnan(label):
            record["y"] = None
        kind = chance.random()
        if kind < 0.02:
            record["y"] = "sideways"  # no number; one class too many, but for the first rows
        elif kind < 0.04:
            record["x1"] = "text"
        whole = json.dumps(record).encode()
        written.append(whole[:-5] if 0.04 < kind < 0.06 else whole)
    return written


def live(
    folder: Path, schedule: str, task: str, life: Life | None, **tables: object
) -> tuple[str, bool]:
    """Run the daemon; return its state's digest, and whether the stream came to its end."""
    service = Service(
        config.build(
            {
                "source": {"type": "file", "path": str(folder / "in.ndjson")},
                "stream": {"label": "y", "infer_from": 10, "task": task, "max_classes": 5},
                "features": {"type": "scaling", "buckets": BUCKETS},
                "schedule": {"type": schedule},
                "detector": {"type": "none" if schedule == "constant" else "adwin"},
                "sink": {"type": "file", "path": str(folder / "out.ndjson")},
                "dead_letters": {"type": "file", "path": str(folder / "dead.ndjson")},
                "checkpoint": {
                    "directory": str(folder / "checkpoints"),
                    "interval_seconds": 1e-9 if life and life.checkpoints else 1e9,
                },
                "loop": {"poll_records": life.records if life else 500},
                "web": {"enabled": False},
                **tables,
            }
        ),
        observer=_end_after(life),
    )
    with patch("streamlr.units.whole.Store", partial(DyingStore, life)), suppress(KilledError):
        service.run()
    assert service.pipeline is not None
    return state_tree.digest(service.pipeline.engine.state), service.source.finished


def _end_after(life: Life | None) -> Observer:
    polls = 0

    def observe(service: Service) -> None:
        nonlocal polls
        polls += 1
        if life is not None and polls >= life.turns:
            if life.end == "killed":
                raise KilledError
            service.stop()

    return observe


class DyingStore(Store):
    """The power goes right before a checkpoint's file is there, or right after."""

    def __init__(self, life: Life | None, directory: Path, keep: int) -> None:
        super().__init__(directory, keep)
        self._life = life
        self._writes = 0

    def write(self, sequence: int, header: Header, arrays: Mapping[str, np.ndarray]) -> Written:
        self._writes += 1
        dies = self._life is not None and self._writes >= self._life.turns
        if self._life is not None and dies and self._life.end == "killed before a checkpoint":
            raise KilledError
        written = super().write(sequence, header, arrays)
        if self._life is not None and dies and self._life.end == "killed after a checkpoint":
            raise KilledError
        return written


def output(folder: Path) -> tuple[bytes, bytes]:
    return (folder / "out.ndjson").read_bytes(), (folder / "dead.ndjson").read_bytes()


def prepare(folder: Path, task: str) -> None:
    (folder / "in.ndjson").write_bytes(b"\n".join(lines(task)) + b"\n")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))


@lru_cache(maxsize=1)
def uninterrupted(schedule: str, task: str) -> tuple[str, tuple[bytes, bytes]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, task)
        digest, finished = live(folder, schedule, task, None)
        assert finished
        return digest, output(folder)


def finish(
    folder: Path, schedule: str, task: str, lives: Sequence[Life], **tables: object
) -> tuple[str, tuple[bytes, bytes]]:
    for life in lives:
        live(folder, schedule, task, life, **tables)
    digest, _ = live(folder, schedule, task, None, **tables)
    return digest, output(folder)


lives = st.lists(
    st.builds(
        Life,
        records=st.integers(1, 250),
        turns=st.integers(1, 6),
        end=st.sampled_from(ENDS),
        checkpoints=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize(
    ("schedule", "task"),
    [("constant", "binary"), ("race", "binary"), ("race", "multiclass"), ("race", "regression")],
)
@settings(max_examples=6)
@given(lives=lives)
@example(lives=[Life(100, 3, "killed", False), Life(30, 2, "killed", True)])
@example(lives=[Life(7, 4, end, True) for end in ENDS])
@example(lives=[Life(90, 2, end, False) for end in ENDS])
def test_any_lives_end_as_one(schedule: str, task: str, lives: list[Life]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, task)
        assert finish(folder, schedule, task, lives) == uninterrupted(schedule, task)


def test_the_stream_has_it_all() -> None:
    """Else the test above would show little."""
    _, (out, dead) = uninterrupted("constant", "binary")
    answers = [json.loads(line) for line in out.splitlines()]
    letters = [json.loads(line) for line in dead.splitlines()]
    reasons = {letter["streamlr.reason"] for letter in letters}
    assert reasons == {"malformed", "wrong_type", "too_many_classes"}
    assert sorted(
        [answer["offset"] for answer in answers]
        + [int(letter["streamlr.offset"]) for letter in letters]
    ) == list(range(ROWS))
    assert {answer["prediction"] for answer in answers} == {None, "up", "down"}
    assert {answer["label"] for answer in answers} == {None, "up", "down"}


def test_a_stop_after_every_record_ends_as_one() -> None:
    """The first few of them, each followed by a new start."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, "binary")
        one_record = Life(records=1, turns=1, end="stopped", checkpoints=False)
        lives = [one_record] * 12
        assert finish(folder, "constant", "binary", lives) == uninterrupted("constant", "binary")
