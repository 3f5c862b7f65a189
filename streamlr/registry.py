"""Find components: a file in a kind's folder, or a third party's entry point, under its ``type``.

Nothing is imported before it is asked for. A third party offers a module through an entry point
in the group ``streamlr.<kind>`` (``streamlr.schedules``, …), named as its type.
"""

import functools
import importlib
import importlib.metadata
import pkgutil
from types import ModuleType

from streamlr.components import ComponentConfig
from streamlr.errors import ConfigurationError, did_you_mean

KINDS = (
    "sources",
    "decoders",
    "labels",
    "derivations",
    "features",
    "models",
    "evaluation",
    "detectors",
    "schedules",
    "frequencies",
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
        There is no such component, and the message lists those there are; or it cannot be
        imported.
    """
    wanted = _plain(type_)
    known = names(kind)
    if wanted not in known:
        hint = did_you_mean(wanted, known)
        choices = ", ".join(known)
        raise ConfigurationError(f"{kind}: there is no {type_!r}{hint}; choose one of: {choices}")
    entry = _entry(kind, wanted)
    if entry is not None:
        return _load_third_party(kind, entry)
    try:
        return importlib.import_module(f"streamlr.{kind}.{wanted}")
    except ImportError as error:  # a package that only this component needs
        raise ConfigurationError(f"{kind}: {wanted!r} cannot be imported: {error}") from error


def origin(kind: str, type_: str) -> str:
    """Who offers a component: ``streamlr``, or a third party's package and module.

    Examples
    --------
    >>> origin("schedules", "race")
    'streamlr'
    """
    entry = _entry(kind, _plain(type_))
    if entry is None:
        return "streamlr"
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown package"
    return f"{package} ({entry.value})"


def _entry(kind: str, wanted: str) -> importlib.metadata.EntryPoint | None:
    return next((entry for entry in _third_party(kind) if _plain(entry.name) == wanted), None)


def _load_third_party(kind: str, entry: importlib.metadata.EntryPoint) -> ModuleType:
    try:
        module: ModuleType = entry.load()
    except Exception as error:  # somebody else's code may fail in any way
        message = (
            f"{kind}: {entry.name!r} ({entry.value}) cannot be imported: "
            f"{type(error).__name__}: {error}"
        )
        raise ConfigurationError(message) from error
    model = getattr(module, "Config", None)
    if not (isinstance(model, type) and issubclass(model, ComponentConfig)):
        message = (
            f"{kind}: {entry.name!r} ({entry.value}) is no component: it has no class Config that "
            "is a streamlr.components.ComponentConfig"
        )
        raise ConfigurationError(message)
    return module


def _plain(type_: str) -> str:
    return type_.replace("-", "_")


def _third_party(kind: str) -> importlib.metadata.EntryPoints:
    return _installed(f"streamlr.{kind}")


@functools.cache
def _installed(group: str) -> importlib.metadata.EntryPoints:
    """Entry points of every distribution: reading them takes milliseconds, so only once."""
    return importlib.metadata.entry_points(group=group)
