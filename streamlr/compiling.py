"""Compile components one by one, and fuse a configuration's stages into one cached kernel.

A component's functions are decorated with :func:`hot` or :func:`cold`; with
``NUMBA_DISABLE_JIT=1`` the very same functions run as plain Python, which is how the tests hold
both to the same bits.

numba caches a compiled function on disk only when it belongs to a file, and it looks at that
file alone to know whether it is stale. So a configuration's kernel is written out as a small
module of its own, whose name carries a hash of every source that goes into it: a warm start
finds it and compiles nothing, a changed source gets another name.
"""

import ast
import hashlib
import importlib.metadata
import importlib.util
import inspect
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

import numba
from numba.core.compiler import CompilerBase, DefaultPassBuilder

_USED_BY_ALL = ("arithmetic.py", "compiling.py", "components.py")
F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function: strict float64, no fast-math, division as in numpy."""
    return cast("F", numba.njit(**_COUNTED)(function))


def inlined(function: F) -> F:
    """Compile a small function into its callers: a call in a loop keeps it from vectorising."""
    return cast("F", numba.njit(**_COUNTED, forceinline=True)(function))


class _DistinctArrays(CompilerBase):
    """numba's compiler, told that the arrays a function is given do not overlap.

    Not knowing that, a loop over a few arrays begins by comparing where each of them ends, and a
    loop over more than a few is not vectorised at all.
    """

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]  # type: ignore[no-untyped-call]


def hot(function: F) -> F:
    """Compile a component's function into the kernel: for what runs at every event.

    Strict float64, no fast-math, division as in numpy. It is compiled into its caller, since
    handing over the arrays of a state costs more than many a stage does.

    In return for its speed the function keeps two promises:

    - an array that it writes to overlaps no other array that it is given;
    - it makes no array and returns none: the space it works in is part of its state. So no array
      needs a reference count, which would take longer than the arithmetic. numba refuses to
      compile what breaks this promise (``np.empty``, ``a[:] = b``, ``a.min()``): write loops.
    """
    return cast("F", numba.njit(**_UNCOUNTED, forceinline=True)(function))


def cold(function: F) -> F:
    """Compile a component's function that runs now and then: like ``hot``, but it stays a call."""
    return cast("F", numba.njit(**_UNCOUNTED)(function))


_COUNTED: dict[str, Any] = {"error_model": "numpy", "_nrt": True}
_UNCOUNTED: dict[str, Any] = {
    "error_model": "numpy",
    "_nrt": False,
    "pipeline_class": _DistinctArrays,
}
"""Whether arrays are reference-counted; left open, numba would take it from the first caller."""


def cache_directory() -> Path:
    """Folder for compiled kernels: ``STREAMLR_CACHE``, else the user's cache folder.

    Falls back to a private temporary folder where that cannot be written (a read-only root, a
    service user without a home): the daemon then starts cold, which costs seconds and no more.
    """
    chosen = os.environ.get("STREAMLR_CACHE")
    user_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(chosen) if chosen else user_cache / "streamlr" / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="streamlr-kernels-"))


def fuse(
    template: Callable[..., Any],
    stages: Mapping[str, ModuleType],
    *,
    allocates: bool = True,
    lengths: Mapping[str, int] | None = None,
) -> Callable[..., Any]:
    """Compile ``template`` with each name in ``stages`` bound to that component's module.

    Parameters
    ----------
    template
        The kernel's function as plain Python; it reaches its stages by module-level names.
    stages
        Stage name in the template → the component's module; those it does not name are left out.
    allocates
        Whether the template makes arrays. One that does not is compiled without reference counts,
        as a function that is :func:`hot`.
    lengths
        What the template may take for granted: an array's length, as an expression of its
        parameters (``"state.model.prediction.shape[0]"``) → its value. A loop of known length is
        unrolled and vectorised without a remainder: a quarter of the time of a race of 20 lanes.

    Returns
    -------
    Callable
        The compiled function, loaded from the cache when these very sources were compiled before.
    """
    names = template.__code__.co_names
    stages = {name: module for name, module in stages.items() if name in names}
    source = _module_source(template, stages, lengths or {}, allocates=allocates)
    name = f"streamlr_kernel_{_fingerprint(source, template, stages.values())}"
    if name not in sys.modules:
        path = cache_directory() / f"{name}.py"
        if not path.exists():
            _write_whole(path, source)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a .py path always has both
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    function: Callable[..., Any] = getattr(sys.modules[name], template.__name__)
    return function


def _module_source(
    template: Callable[..., Any],
    stages: Mapping[str, ModuleType],
    lengths: Mapping[str, int],
    *,
    allocates: bool,
) -> str:
    module = template.__module__
    options = 'cache=True, nogil=True, error_model="numpy"' + ("" if allocates else ", _nrt=False")
    imports = [f"import {stage.__name__} as {name}" for name, stage in stages.items()]
    used = [name for name in template.__code__.co_names if name in template.__globals__]
    imports += [f"from {module} import {name}" for name in used if name not in stages]
    return "\n".join(
        [
            f'"""Generated from {module}.{template.__name__}; not to be edited."""',
            "from __future__ import annotations",
            "import numba",
            *imports,
            f"@numba.njit({options})",
            _taking_for_granted(lengths, inspect.getsource(template)),
        ]
    )


def _taking_for_granted(lengths: Mapping[str, int], source: str) -> str:
    """Put a check of the lengths before the first statement: behind it the compiler knows them."""
    first = ast.parse(source).body[0].body[0]  # type: ignore[attr-defined]
    lines = source.splitlines()
    checks = [
        f"    if {length} != {value}:\n        raise ValueError({length!r})"
        for length, value in lengths.items()
    ]
    return "\n".join(lines[: first.lineno - 1] + checks + lines[first.lineno - 1 :])


def _fingerprint(source: str, template: Callable[..., Any], modules: Iterable[ModuleType]) -> str:
    """Hash of the generated source and of every file whose code may be compiled into it."""
    # everything beside a stage's module counts: stages call functions of their own kind
    reached = {found for module in modules for found in _reached(module)}
    folders = {Path(inspect.getfile(module)).parent for module in reached}
    files = {file for folder in folders for file in folder.glob("*.py")}
    files |= {Path(__file__).with_name(name) for name in _USED_BY_ALL}
    files.add(Path(inspect.getfile(template)))
    digest = hashlib.blake2b(source.encode(), digest_size=12)
    versions = (numba.__version__, importlib.metadata.version("numpy"), platform.python_version())
    digest.update(" ".join(versions).encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _reached(module: ModuleType) -> Iterator[ModuleType]:
    """A stage's module, those of its own package that it names, and the one that it wraps."""
    yield module
    package = module.__name__.partition(".")[0]
    for name, found in vars(module).items():
        own = isinstance(found, ModuleType) and found.__name__.partition(".")[0] == package
        if own or name == "__wrapped__":
            yield found


def _write_whole(path: Path, text: str) -> None:
    """Write so that another process sees all of the file or none of it."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False) as file:
        file.write(text)
    Path(file.name).chmod(0o644)  # compiled once for all users, as in an image built by root
    Path(file.name).replace(path)
