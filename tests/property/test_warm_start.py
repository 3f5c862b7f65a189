"""A history first, then the stream: ended anywhere amid either, the same state, bit for bit."""

import json
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings

from tests.property.test_resume import ENDS, Life, finish, lines, live, lives, output, prepare

HISTORY_ROWS = 450


def prepare_history(folder: Path) -> dict[str, object]:
    """The stream, and as history the same records the other way round as CSV: it differs."""
    prepare(folder, "binary")
    rows = ["x0,x1,x2,target,other"]
    for line in reversed(lines("binary")[:HISTORY_ROWS]):
        try:
            record = json.loads(line)
        except ValueError:
            rows.append('"open,1,2,up,')
            continue
        label = None if record["y"] == "sideways" else record["y"]
        cells = [record["x0"], record["x1"], record["x2"], label, None]
        rows.append(",".join("" if cell is None else str(cell) for cell in cells))
    (folder / "history.csv").write_text("\n".join(rows) + "\n")
    return {"path": str(folder / "history.csv"), "target": "target"}


@lru_cache(maxsize=2)
def uninterrupted(schedule: str) -> tuple[str, tuple[bytes, bytes]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        warm_start = prepare_history(folder)
        digest, finished = live(folder, schedule, "binary", None, warm_start=warm_start)
        assert finished
        return digest, output(folder)


@pytest.mark.parametrize("schedule", ["constant", "race"])
@settings(max_examples=6)
@given(lives=lives)
@example(lives=[Life(100, 3, "killed", False), Life(30, 2, "killed", True)])
@example(lives=[Life(7, 4, end, True) for end in ENDS])
@example(lives=[Life(90, 6, end, True) for end in ENDS])
@example(lives=[Life(90, 2, end, False) for end in ENDS])
@example(lives=[Life(HISTORY_ROWS, 1, end, True) for end in ENDS])
def test_any_lives_end_as_one(schedule: str, lives: list[Life]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        warm_start = prepare_history(folder)
        found = finish(folder, schedule, "binary", lives, warm_start=warm_start)
        assert found == uninterrupted(schedule)
        # the history is behind it: it need not even be there any more
        (folder / "history.csv").unlink()
        assert live(folder, schedule, "binary", None, warm_start=warm_start)[0] == found[0]


def test_the_history_matters_and_is_not_emitted() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, "binary")
        cold, finished = live(folder, "constant", "binary", None)
        assert finished
        digest, (out, dead) = uninterrupted("constant")
        assert digest != cold
        emitted = [len(part.splitlines()) for part in (out, dead)]
        assert emitted == [len(part.splitlines()) for part in output(folder)]
        assert (
            json.loads(out.splitlines("binary")[0])["prediction"] is not None
        )  # it knew the classes
