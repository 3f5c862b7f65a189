"""Objects of other libraries, by a dotted path and a table of parameters.

A parameter that is itself such an object is a table with its ``path``, beside that object's own
parameters, and a list may hold such tables.
"""

import difflib
import importlib
import inspect
from collections.abc import Mapping
from typing import Any


class PathError(ValueError):
    """There is no such class, or it does not take these parameters; the message says which."""


def find(name: str, modules: tuple[str, ...] = ()) -> type:
    """The class of this dotted path, or of this plain name in one of ``modules``.

    Raises
    ------
    PathError
        There is none.
    """
    module, _, plain = name.replace(":", ".").rpartition(".")
    for place in (module,) if module else modules:
        try:
            found = getattr(importlib.import_module(place), plain, None)
        except ImportError as error:
            raise PathError(f"there is no module {place!r} ({error})") from error
        if inspect.isclass(found):
            return found
    where = [module] if module else modules
    known = tuple(dict.fromkeys(word for place in where for word in _classes(place)))
    raise PathError(f"there is no class {plain!r} in {' or '.join(where)}{_hint(plain, known)}")


def check(class_: type, parameters: Mapping[str, Any]) -> None:
    """Check that a class has these parameters, and that those which are objects can be.

    Raises
    ------
    PathError
        It has no such parameter, or there is no such class.
    """
    taken = inspect.signature(class_).parameters
    open_ended = any(each.kind is each.VAR_KEYWORD for each in taken.values())
    for name, value in parameters.items():
        if name not in taken and not open_ended:
            listed = ", ".join(taken) or "none"
            hint = _hint(name, tuple(taken))
            raise PathError(
                f"the class {class_.__name__} has no parameter {name!r}{hint}; it has: {listed}"
            )
        for each in value if isinstance(value, list | tuple) else (value,):
            if _is_object(each):
                check(find(each["path"]), _rest(each))


def make(class_: type, parameters: Mapping[str, Any], filled: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any class's
    """An object of the class.

    Parameters
    ----------
    filled
        Values of parameters that are not given, for every class that has one of that name.

    Raises
    ------
    PathError
        It has no such parameter, lacks one, or refuses a value.
    """
    check(class_, parameters)
    taken = inspect.signature(class_).parameters
    given = {name: _object(value, filled) for name, value in parameters.items()}
    rows = [each.name for each in taken.values() if each.kind is each.VAR_POSITIONAL]
    many = [one for name in rows for one in given.pop(name, ())]
    own = {name: value for name, value in filled.items() if name in taken}
    try:
        return class_(*many, **{**own, **given})
    except Exception as error:
        raise PathError(f"the class {class_.__name__} refuses them: {error}") from error


def _is_object(value: Any) -> bool:  # noqa: ANN401 - any TOML value
    return isinstance(value, dict) and isinstance(value.get("path"), str)


def _rest(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in table.items() if name != "path"}


def _object(value: Any, filled: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any TOML value
    if _is_object(value):
        return make(find(value["path"]), _rest(value), filled)
    if isinstance(value, list | tuple):
        return [_object(each, filled) for each in value]
    return value


def _classes(module: str) -> list[str]:
    return [
        name
        for name, _ in inspect.getmembers(importlib.import_module(module), inspect.isclass)
        if not name.startswith("_")
    ]


def _hint(word: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else ""
