"""What the report says of the machine and the code."""

import subprocess
from pathlib import Path

import pytest

from benchmarks.harness import machine


def test_the_machine_is_described() -> None:
    described = machine.describe()
    assert set(described) == {"cpu", "cores", "memory_bytes", "python", "os"}
    assert all(described.values())


def test_the_processor_is_the_first_of_cpuinfo(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: AMD: EPYC\nmodel name\t: other\n")
    assert machine.cpu_model(cpuinfo) == "AMD: EPYC"


def test_the_architecture_stands_in_for_a_processor_without_a_name(tmp_path: Path) -> None:
    assert machine.cpu_model(tmp_path / "nothing")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "nobody")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "nobody@example.org")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    git(tmp_path, "init")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "commit.gpgSign=false", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_repository_without_a_commit_has_none(repository: Path) -> None:
    (repository / "file").touch()
    assert machine.commit(repository) is None


def test_the_commit_and_whether_files_differ(repository: Path) -> None:
    git(repository, "commit", "--allow-empty", "--no-verify", "-m", "first")
    head = git(repository, "rev-parse", "HEAD")
    assert machine.commit(repository) == head
    (repository / "file").touch()
    assert machine.commit(repository) == f"{head}-dirty"


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert machine.commit(tmp_path) is None


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.commit(tmp_path) is None
