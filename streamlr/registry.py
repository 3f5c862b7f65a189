"""Find components: a file in a kind's folder, or a third party's entry point, under its ``type``.

Nothing is imported before it is asked for. A third party offers a module through an entry point
in the group ``streamlr.<kind>`` (``streamlr.schedules``, …), named as its type.
"""

import difflib
import functools
import importlib
import importlib.metadata
import pkgutil
from types import ModuleType

from streamlr.errors import ConfigurationError

KINDS = (
    "sources",
    "decoders",
    "features",
    "models",
    "evaluation",
    "detectors",
    "schedules",
    "sinks",
)


def names(kind: str) -> tuple[str, ...]:
    """Types of a kind, in alphabetical order.

    Examples
    --------
    >>> "race" in names("schedules")
    True
    """
    package = importlib.import_module(f"streamlr.{kind}")
    files = {module.name for module in pkgutil.iter_modules(package.__path__)}
    internal = set(getattr(package, "INTERNAL", ()))
    return tuple(sorted((files - internal) | {_plain(entry.name) for entry in _third_party(kind)}))


def load(kind: str, type_: str) -> ModuleType:
    """Import the component's module; ``drift-boost`` and ``drift_boost`` are one name.

    Raises
    ------
    ConfigurationError
        There is no such component, and the message lists those there are; or a third party's
        cannot be imported.
    """
    wanted = _plain(type_)
    known = names(kind)
    if wanted not in known:
        close = difflib.get_close_matches(wanted, known, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        choices = ", ".join(known)
        raise ConfigurationError(f"{kind}: there is no {type_!r}{hint}; choose one of: {choices}")
    for entry in _third_party(kind):
        if _plain(entry.name) == wanted:
            return _load_third_party(kind, entry)
    return importlib.import_module(f"streamlr.{kind}.{wanted}")


def _load_third_party(kind: str, entry: importlib.metadata.EntryPoint) -> ModuleType:
    try:
        module: ModuleType = entry.load()
    except (ImportError, AttributeError) as error:
        message = f"{kind}: {entry.name!r} ({entry.value}) cannot be imported: {error}"
        raise ConfigurationError(message) from error
    return module


def _plain(type_: str) -> str:
    return type_.replace("-", "_")


def _third_party(kind: str) -> importlib.metadata.EntryPoints:
    return _installed(f"streamlr.{kind}")


@functools.cache
def _installed(group: str) -> importlib.metadata.EntryPoints:
    """Entry points of every distribution: reading them takes milliseconds, so only once."""
    return importlib.metadata.entry_points(group=group)
