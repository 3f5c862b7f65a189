"""What cannot be written or read back: a full disk, a read-only folder, a checkpoint of others."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from streamlr.checkpoint import format as file_format

CANNOT_WRITE = 73
CONFIGURATION = """
[source]
type = "simulator"
samples = 20000
options = {{ features = 4 }}
[stream]
label = "target"
[schedule]
type = "constant"
[web]
enabled = false
[log]
format = "json"
{more}
"""
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")


def write(folder: Path, more: str) -> str:
    path = folder / "streamlr.toml"
    path.write_text(CONFIGURATION.format(more=more))
    return str(path)


def streamlr(
    arguments: Sequence[str],
    stdout: IO[bytes] | int = subprocess.PIPE,
    prefix: Sequence[str] = (),
) -> tuple[int, str]:
    """Exit code, and standard error."""
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "streamlr", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    return done.returncode, done.stderr.decode()


def refused(arguments: Sequence[str], stdout: IO[bytes] | int = subprocess.PIPE) -> str:
    """The one message of a run that cannot write."""
    code, log = streamlr(arguments, stdout)
    assert code == CANNOT_WRITE, log
    assert "Traceback" not in log
    assert "Exception ignored" not in log
    (said,) = [line for line in log.splitlines() if line.startswith("streamlr: ")]
    return said


# --- a full disk ------------------------------------------------------------------------------


@pytest.fixture
def full() -> Iterator[IO[bytes]]:
    """Return a file that takes nothing, as on a full disk."""
    with Path("/dev/full").open("wb", buffering=0) as file:
        yield file


def test_predictions_on_a_full_disk(tmp_path: Path) -> None:
    said = refused(["run", write(tmp_path, '[sink]\ntype = "file"\npath = "/dev/full"')])
    assert said == "streamlr: [sink] path: cannot write /dev/full: No space left on device"


def test_predictions_to_a_full_standard_output(tmp_path: Path, full: IO[bytes]) -> None:
    said = refused(["run", write(tmp_path, '[sink]\ntype = "stdout"')], full)
    assert said == "streamlr: cannot write standard output: No space left on device"


@pytest.mark.parametrize("command", [["schema"], ["list"], ["list", "--json"]])
def test_a_command_to_a_full_standard_output(command: list[str], full: IO[bytes]) -> None:
    said = refused(command, full)
    assert said == "streamlr: cannot write standard output: No space left on device"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 256 KiB, some three checkpoints."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "streamlr-test", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets not even root mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@ROOT
def test_checkpoints_on_a_full_disk(tmp_path: Path, small_disk: Path) -> None:
    configuration = write(tmp_path, f'[checkpoint]\ndirectory = "{small_disk}"')
    (small_disk / "ballast").write_bytes(bytes(250_000))
    said = refused(["run", configuration])
    expected = (
        f"[checkpoint] directory: cannot write {small_disk}/streamlr: No space left on device"
    )
    assert said == f"streamlr: {expected}"
    assert list((small_disk / "streamlr").iterdir()) == []  # no half a file


@ROOT
def test_a_disk_that_fills_up_leaves_the_last_checkpoint(tmp_path: Path, small_disk: Path) -> None:
    """Predicting goes on while there is no room; it is told, and the end is an error."""
    room = f'[checkpoint]\ndirectory = "{small_disk}"\nkeep = 9\ninterval_seconds = 1e-9'
    configuration = write(tmp_path, room)
    code, log = streamlr(["run", configuration])
    assert code == CANNOT_WRITE
    assert "checkpoint failed, trying again at the next interval" in log
    assert "No space left on device" in log.splitlines()[-1]
    stored = sorted((small_disk / "streamlr").iterdir())
    assert stored
    for path in stored:
        file_format.decode(path.read_bytes())  # each is whole


# --- a folder that may not be written -----------------------------------------------------------


@pytest.fixture
def powerless() -> list[str]:
    """Return a command that takes from root the right to write where the mode forbids it."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to change that")
    return ["setpriv", "--bounding-set=-dac_override"]


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ('[checkpoint]\ndirectory = "{}/state"', "[checkpoint] directory"),
        ('[checkpoint]\ndirectory = "{}"', "[checkpoint] directory"),
        ('[sink]\ntype = "file"\npath = "{}/out.ndjson"', "[sink] path"),
        ('[dead_letters]\ntype = "file"\npath = "{}/dead.ndjson"', "[dead_letters] path"),
    ],
)
def test_a_folder_that_may_not_be_written(
    tmp_path: Path, powerless: list[str], more: str, key: str
) -> None:
    folder = tmp_path / "read only"
    folder.mkdir(mode=0o500)
    code, log = streamlr(["run", write(tmp_path, more.format(folder))], prefix=powerless)
    assert code == CANNOT_WRITE, log
    said = log.splitlines()[-1]
    assert said.startswith(f"streamlr: {key}: cannot write {folder}")
    assert said.endswith(": Permission denied")


# --- a checkpoint that does not fit -------------------------------------------------------------


@pytest.fixture
def checkpointed(tmp_path: Path) -> tuple[str, Path]:
    """Return a configuration, and the checkpoint that it left."""
    configuration = write(tmp_path, f'[checkpoint]\ndirectory = "{tmp_path}/state"\nkeep = 1')
    assert streamlr(["run", configuration])[0] == 0
    (path,) = (tmp_path / "state" / "streamlr").iterdir()
    return configuration, path


def test_a_checkpoint_of_another_format(checkpointed: tuple[str, Path]) -> None:
    configuration, path = checkpointed
    with safe_open(path, "numpy") as file:
        envelope = msgspec.json.decode(file.metadata()["streamlr"])
    envelope["version"] = 99
    save_file(load_file(path), path, {"streamlr": msgspec.json.encode(envelope).decode()})
    code, log = streamlr(["run", configuration])
    assert code == CANNOT_WRITE
    assert "streamlr: [checkpoint] directory: no checkpoint there can be read:\n" in log
    assert (
        f"  {path}: it is of format 99, this streamlr reads format {file_format.VERSION}\n" in log
    )
    assert log.endswith("Move them away to begin anew\n")


def test_a_checkpoint_of_another_state(checkpointed: tuple[str, Path]) -> None:
    """As a version with another model would have left it."""
    configuration, path = checkpointed
    header, arrays = file_format.decode(path.read_bytes())
    arrays["model.momentum"] = arrays.pop("model.weights")
    path.write_bytes(file_format.encode(header, arrays))
    said = refused(["run", configuration])
    assert said.startswith("streamlr: the checkpoint does not fit this version of streamlr: ")
    assert "model.momentum, model.weights" in said
