"""Stages fused into one module that numba caches on disk: a warm start compiles nothing."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamlr import compiling

KERNEL = """
import stage
__all__ = []
def process(x):
    return stage.double(x) + 1
"""
STAGE = """
from streamlr.compiling import compiled
@compiled
def double(x):
    return {factor} * x
"""
OTHER = """
from streamlr.compiling import compiled
@compiled
def double(x):
    return 100 * x
"""
FRESH = """
import kernel, stage
from streamlr import compiling
subject = compiling.fuse(kernel.process, {"stage": stage})
print(subject(3), sum(subject.stats.cache_hits.values()), sum(subject.stats.cache_misses.values()))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder with a template and two stages that can be imported."""
    for name, text in {"kernel": KERNEL, "stage": STAGE.format(factor=2), "other": OTHER}.items():
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("STREAMLR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("streamlr_kernel_"):
            del sys.modules[name]


def fuse(stage: str, **options: Any) -> Any:  # noqa: ANN401 - a dispatcher of numba's
    template = importlib.import_module("kernel").process
    return compiling.fuse(template, {"stage": importlib.import_module(stage)}, **options)


@pytest.mark.usefixtures("folder")
def test_the_template_is_bound_to_its_stages() -> None:
    one, other = fuse("stage"), fuse("other")
    assert (one(3), other(3)) == (7, 301)
    assert fuse("stage") is one


@pytest.mark.usefixtures("folder")
def test_lengths_taken_for_granted_are_checked() -> None:
    of_three = fuse("stage", lengths={"x.shape[0]": 3})
    assert of_three(np.ones(3)).tolist() == [3.0, 3.0, 3.0]
    with pytest.raises(ValueError, match=r"^x.shape\[0\]$"):
        of_three(np.ones(4))
    assert fuse("stage", lengths={"x.shape[0]": 4})(np.ones(4)).tolist() == [3.0] * 4


def test_a_fresh_process_compiles_nothing(folder: Path) -> None:
    cold = fuse("stage")
    assert cold(3) == 7
    assert sum(cold.stats.cache_misses.values()) == 1
    done = subprocess.run(
        [sys.executable, "-c", FRESH], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("7 1 0\n", "")
    assert not list((folder / "cache").glob("*.tmp"))


def test_another_source_is_another_kernel(folder: Path) -> None:
    assert fuse("stage")(3) == 7
    (folder / "stage.py").write_text(STAGE.format(factor=50))
    del sys.modules["stage"]
    assert fuse("stage")(3) == 151
    names = {path.name for path in (folder / "cache").glob("streamlr_kernel_*.py")}
    assert len(names) == 2


def test_a_source_beside_the_stage_counts_too(folder: Path) -> None:
    """Stages call functions of their own kind."""
    first = fuse("stage")
    (folder / "other.py").write_text(OTHER.replace("100", "200"))
    assert fuse("stage") is not first


@pytest.mark.usefixtures("folder")
def test_a_source_that_the_stage_wraps_counts_too(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a warm-up wraps a schedule, which may be somebody else's."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "inner.py").write_text("ONE = 1")
    monkeypatch.syspath_prepend(elsewhere)
    stage, inner = importlib.import_module("stage"), importlib.import_module("inner")
    alone = fuse("stage")
    monkeypatch.setattr(stage, "__wrapped__", inner, raising=False)
    around = fuse("stage")
    assert around is not alone
    (elsewhere / "inner.py").write_text("ONE = 2")
    assert fuse("stage") is not around
    del sys.modules["inner"]


def test_a_source_in_a_folder_of_its_package_counts_too() -> None:
    """As the parts of a race do for whoever uses one of them."""
    lane = importlib.import_module("streamlr.schedules.racing.autostep")
    assert lane in compiling._reached(importlib.import_module("streamlr.schedules.autostep"))


# --- where it is kept -------------------------------------------------------------------------


def test_the_folder_may_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMLR_CACHE", str(tmp_path / "a" / "b"))
    assert compiling.cache_directory() == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()


def test_else_it_is_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STREAMLR_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert compiling.cache_directory() == tmp_path / "xdg" / "streamlr" / "kernels"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert compiling.cache_directory() == tmp_path / "home" / ".cache" / "streamlr" / "kernels"


def test_else_it_is_a_private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STREAMLR_CACHE", str(tmp_path / "file" / "kernels"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = compiling.cache_directory()
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700
