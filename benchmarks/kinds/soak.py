"""``make soak``: millions of delayed pairs, a restart amid them, and what it took.

One daemon learns a stream in one go, another is killed in the middle and started again. Both must
end with the same bits, every pair learned once, and memory that grows no more once the window is
full.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.harness.machine import scratch
from benchmarks.kinds import delayed
from tests.servers.daemon import Daemon

_WINDOW_SHARE = 10  # of the pairs, one in so many waits
_LEAK = 1.25  # memory at the end to that when the window has been full for a while
_HOUR = 3600.0


def main() -> int:
    """Run, print what was seen, and return the exit code."""
    parser = ArgumentParser(prog="make soak", description="SOAK_PAIRS=N for fewer")
    parser.add_argument("--pairs", type=int, default=10_000_000)
    pairs = parser.parse_args().pairs
    window = pairs // _WINDOW_SHARE
    with scratch("soak-") as name:
        folder = Path(name)
        stream = folder / "pairs.ndjson"
        delayed.write(stream, pairs, window)
        print(
            f"{pairs:,} pairs, {window:,} waiting, {stream.stat().st_size / 1e9:.2f} GB of NDJSON"
        )
        whole, memory = _run(folder / "whole", stream, pairs, kill=False)
        killed, _ = _run(folder / "killed", stream, pairs, kill=True)
    grown = memory[-1] / memory[len(memory) // 2] if memory else 1.0
    shown = {key: whole[key] for key in ("records", "learned", "accuracy", "state", "cpu_seconds")}
    print(f"in one go: {shown}")
    print(f"killed and restarted: { ({key: killed[key] for key in shown}) }")
    print(f"resident: {max(memory, default=0) / 1e6:,.0f} MB, from the middle on × {grown:.2f}")
    faults = [
        f"{key} differs"
        for key in ("records", "learned", "accuracy", "state")
        if whole[key] != killed[key]
    ]
    faults += [f"{whole['learned']:,} pairs learned"] if whole["learned"] != pairs else []
    faults += ["memory still grows"] if grown > _LEAK else []
    print("\n".join(faults) or "same result, every pair learned once, no leak")
    return 1 if faults else 0


def _run(
    folder: Path, stream: Path, pairs: int, *, kill: bool
) -> tuple[dict[str, Any], list[float]]:
    """What the daemon says at its end, and its memory on the way, in bytes."""
    tables = _tables(stream, pairs // _WINDOW_SHARE, folder)
    memory: list[float] = []
    with Daemon(folder, tables) as daemon:
        daemon.start()
        port = daemon.port
        daemon.wait_for("ready")
        if kill:
            middle = pairs // 2
            daemon.wait_until(lambda: _checkpointed(folder) > middle, "get to the middle", _HOUR)
            daemon.kill()
            print(f"killed with {_checkpointed(folder):,} records in the newest checkpoint")
            daemon.start()

        def through() -> bool:
            if not kill:
                memory.extend(_resident(port))
            return bool(daemon.events("stopped"))

        daemon.wait_until(through, "learn all", _HOUR)
        assert daemon.exit_code() == 0  # noqa: S101 - it said so
        return daemon.events("stopped")[-1], memory


def _tables(stream: Path, window: int, folder: Path) -> dict[str, Any]:
    return {
        "source": {"type": "file", "path": str(stream)},
        "stream": {
            "label": "target",
            "features": [f"x{place}" for place in range(delayed.FEATURES)],
        },
        "labels": {
            "type": "delayed",
            "key": "id",
            "time": "ts",
            "pending": window + 1,
            "remember": window,
        },
        "checkpoint": {"directory": str(folder), "interval_seconds": window / 100_000},
        "log": {"format": "json", "level": "info"},
    }


def _checkpointed(folder: Path) -> int:
    """Records predicted at the newest checkpoint."""
    names = sorted(folder.glob("streamlr/checkpoint-*.safetensors"))
    return int(names[-1].stem.rpartition("-")[2]) if names else 0


def _resident(port: int) -> list[float]:
    """Memory in bytes now; nothing when the daemon has just ended."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return []
    name = "process_resident_memory_bytes "
    return [float(line.removeprefix(name)) for line in lines if line.startswith(name)]


if __name__ == "__main__":
    sys.exit(main())
