"""Things made once and kept between test runs, in `.cache/` at the repository root."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

CACHE = Path(__file__).resolve().parents[2] / ".cache"


def made_once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Return `folder`, made by `fill` if it is not there yet.

    `fill` gets a new empty folder, which becomes `folder` in one step when `fill` returns: a
    run that is cut off leaves nothing half made. Of several processes one fills, the others
    wait for it.
    """
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_name(f"{folder.name}.lock")):
            if not folder.exists():
                _fill_and_rename(folder, fill)
    return folder


def _fill_and_rename(folder: Path, fill: Callable[[Path], None]) -> None:
    with TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as scratch:
        made = Path(scratch) / folder.name
        made.mkdir()
        fill(made)
        made.rename(folder)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        # Given back when the file is closed, so also when this process is killed.
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
