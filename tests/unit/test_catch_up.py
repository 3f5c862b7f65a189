"""Far behind: every record learned, or learned without a word, or left out; nothing uncounted."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from streamlr import config, state_tree
from streamlr.catch_up import CatchUp
from streamlr.checkpoint.store import Store
from streamlr.config import CatchUpConfig
from streamlr.errors import ConfigurationError
from streamlr.service import Service
from streamlr.sources import Lag

SAMPLES = 5000
FEATURES = [f"x{place}" for place in range(4)]


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def tables(folder: Path, policy: str, **catch_up: object) -> dict[str, Any]:
    """Read a simulated stream of known length in polls of 100."""
    return {
        "source": {"type": "simulator", "samples": SAMPLES, "options": {"features": 4}},
        "stream": {"label": "target", "features": FEATURES},
        "schedule": {"type": "constant"},
        "sink": {"type": "file", "path": str(folder / "out.ndjson")},
        "checkpoint": {"directory": str(folder / "state")},
        "loop": {"poll_records": 100},
        "web": {"enabled": False},
        "catch_up": {"policy": policy, "when_lag_above": 1000, "until_lag_below": 250, **catch_up},
    }


def run(folder: Path, policy: str, **catch_up: object) -> Service:
    made = Service(config.build(tables(folder, policy, **catch_up)))
    made.run()
    return made


def offsets(folder: Path) -> list[int]:
    return [
        json.loads(line)["offset"] for line in (folder / "out.ndjson").read_bytes().splitlines()
    ]


def digest(made: Service) -> str:
    assert made.pipeline is not None
    return state_tree.digest(made.pipeline.engine.state)


def counted(made: Service) -> tuple[float | None, float | None]:
    labels = {"pipeline": "streamlr"}
    names = ("streamlr_records_skipped_total", "streamlr_predictions_withheld_total")
    skipped, withheld = (made.metrics.get_sample_value(name, labels) for name in names)
    return skipped, withheld


def told(lines: list[Any], event: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == event]


def test_learn_takes_every_record(tmp_path: Path, lines: list[Any]) -> None:
    made = run(tmp_path, "learn")
    assert (made.snapshot.learned, counted(made)) == (SAMPLES, (0, 0))
    assert offsets(tmp_path) == list(range(SAMPLES))
    assert not told(lines, "far behind, catching up")


def test_learn_only_learns_the_same_and_emits_once_it_has_caught_up(
    tmp_path: Path, lines: list[Any]
) -> None:
    (tmp_path / "learn").mkdir()
    expected = digest(run(tmp_path / "learn", "learn"))
    lines.clear()
    made = run(tmp_path, "learn_only")
    assert digest(made) == expected
    first = SAMPLES - 250 - 50  # the poll that brings the lag to 200
    assert offsets(tmp_path) == list(range(first, SAMPLES))
    assert counted(made) == (0, first)
    (begun,) = told(lines, "far behind, catching up")
    assert (begun["log_level"], begun["policy"]) == ("warning", "learn_only")
    (ended,) = told(lines, "caught up")
    assert ended["predictions_withheld"] == first


def test_skip_goes_on_near_the_end_and_counts_what_it_leaves_out(
    tmp_path: Path, lines: list[Any]
) -> None:
    made = run(tmp_path, "skip")
    assert offsets(tmp_path) == list(range(SAMPLES - 250, SAMPLES))
    assert counted(made) == (SAMPLES - 250, 0)
    (line,) = told(lines, "records skipped to catch up")
    assert (line["records"], line["old"], line["new"]) == (4750, {0: 0}, {0: 4750})
    assert line["log_level"] == "warning"


def test_the_same_decision_is_the_same_state(tmp_path: Path) -> None:
    everything = run(tmp_path / "all", "skip", when_lag_above=SAMPLES)  # never behind
    early = run(tmp_path / "early", "skip")
    other_mark = run(tmp_path / "other", "skip", when_lag_above=3000)
    assert everything.snapshot.learned == SAMPLES
    assert digest(early) == digest(other_mark) != digest(everything)


def test_it_can_skip_to_the_very_end(tmp_path: Path) -> None:
    made = run(tmp_path, "skip", until_lag_below=0)
    assert (made.snapshot.learned, counted(made)) == (0, (SAMPLES, 0))


def test_counts_outlive_the_daemon(tmp_path: Path, lines: list[Any]) -> None:
    run(tmp_path, "skip")
    lines.clear()
    again = run(tmp_path, "skip")
    assert counted(again) == (SAMPLES - 250, 0)
    assert not told(lines, "records skipped to catch up")


def test_a_daemon_killed_after_skipping_counts_once(tmp_path: Path, lines: list[Any]) -> None:
    class KilledError(Exception):
        """Nothing more is done."""

    def die(_service: Service) -> None:
        raise KilledError

    killed = Service(config.build(tables(tmp_path, "skip")), die)
    with pytest.raises(KilledError):
        killed.run()
    assert len(told(lines, "records skipped to catch up")) == 1
    again = run(tmp_path, "skip")
    assert len(told(lines, "records skipped to catch up")) == 1
    assert counted(again) == (SAMPLES - 250, 0)
    assert again.snapshot.learned == 250
    stored = Store(tmp_path / "state" / "streamlr", 3).newest()
    assert stored is not None
    assert (stored[0].skipped, stored[0].withheld) == (SAMPLES - 250, 0)


def test_it_stays_behind_until_the_lower_mark() -> None:
    catch_up = CatchUp(CatchUpConfig(policy="learn_only", when_lag_above=10, until_lag_below=3))
    seen = []
    for lag in (10, 11, 10, 4, 3, 10, 11):
        changed = catch_up.look(Lag({0: lag - 1, 1: 1}))
        seen.append((catch_up.behind, changed))
    assert seen == [
        (False, False), (True, True), (True, False), (True, False),
        (False, True), (False, False), (True, True),
    ]  # fmt: skip


def test_partitions_share_what_is_left() -> None:
    catch_up = CatchUp(CatchUpConfig(policy="skip", when_lag_above=100, until_lag_below=20))
    targets = catch_up.targets({0: 5, 1: 7, 2: 9}, {0: 15, 1: 7, 2: 30}, Lag({0: 500, 1: 3}))
    # the second is nearer to its end than that; of the third nothing is known
    assert targets == {0: 515 - 6, 1: 7, 2: 9}


def test_the_marks_must_be_in_order(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        config.build(tables(tmp_path, "skip", until_lag_below=1000))
    message = str(caught.value)
    assert message == "[catch_up] until_lag_below = 1000: must be less than when_lag_above"
