"""Where and of what code the figures are."""

import os
import platform
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""


def scratch(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """Make a folder for a benchmark's files, below ``.cache``; it goes with its context."""
    parent = ROOT / ".cache" / "benchmarks"
    parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=parent, prefix=prefix)


def describe() -> dict[str, str | int]:
    """Return the machine: ``cpu``, ``cores``, ``memory_bytes``, ``python`` and ``os``."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count() or 1,
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "os": platform.platform(),
    }


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the processor's name, or its architecture where it does not tell (ARM, macOS)."""
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def commit(folder: Path = ROOT) -> str | None:
    """Return git's hash of what is checked out, with ``-dirty`` where files differ from it.

    None where there is no git, no repository or no commit.
    """
    head = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if not head:
        return None
    return f"{head}-dirty" if _git(folder, "status", "--porcelain") else head


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
