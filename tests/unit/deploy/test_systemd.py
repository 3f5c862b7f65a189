"""The unit file, by systemd's own tool, which needs no running systemd."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streamlr.errors import ConfigurationError, DataError

_UNIT = Path(__file__).parents[3] / "deploy" / "systemd" / "streamlr@.service"
_WORST_EXPOSURE = 15  # tenths, of 100; a unit without any hardening has 96


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        message = "`systemd-analyze` is not on PATH: install it (Debian: apt-get install systemd)"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return found


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Return the unit, with a program that is there: that it is would be checked as well."""
    copy = tmp_path / _UNIT.name
    copy.write_text(_UNIT.read_text().replace("/opt/streamlr/bin/streamlr", sys.executable))
    return copy


def test_systemd_understands_every_line(analyze: str, unit: Path) -> None:
    command = [analyze, "verify", "--recursive-errors=no", str(unit)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    # what it does not know it passes over, with a word on standard error
    assert (result.returncode, result.stderr) == (0, "")


def test_systemd_finds_it_hardened(analyze: str, unit: Path) -> None:
    command = [
        analyze,
        "security",
        "--offline=true",
        "--no-pager",
        f"--threshold={_WORST_EXPOSURE}",
    ]
    result = subprocess.run([*command, str(unit)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_no_restart_mends_is_not_restarted() -> None:
    lines = _UNIT.read_text().splitlines()
    (prevented,) = (line for line in lines if line.startswith("RestartPreventExitStatus="))
    codes = {int(code) for code in prevented.partition("=")[2].split()}
    assert codes == {ConfigurationError.exit_code, DataError.exit_code}
