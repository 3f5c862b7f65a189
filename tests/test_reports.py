"""A failure on CI ends with what was wrong."""

import os
import subprocess
import sys
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[1]

_FAILING = """
def test_a_server():
    for number in range(100):
        print("printed", number)
    raise TimeoutError("it did not get ready\\n--- end of its log\\nlogged 1\\nlogged 2")
"""


def test_a_long_failure_ends_with_the_first_line_of_its_message(tmp_path: Path) -> None:
    test = tmp_path / "test_failing.py"
    test.write_text(_FAILING)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.reports",
            "-ra",
            f"--rootdir={tmp_path}",
            test,
        ],
        env={**os.environ, "CI": "true"},
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    *before, last, summary = done.stdout.splitlines()
    assert last.endswith("test_a_server - TimeoutError: it did not get ready")
    assert "1 failed" in summary
    assert sum(line.startswith("printed") for line in before) == 30
    assert {"printed 70", "printed 99"} <= set(before)
    assert any(line.endswith("logged 2") for line in before)
