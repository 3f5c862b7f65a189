"""River's classes by name, and objects of them by a table of parameters.

River is optional: nothing of it is imported before a configuration names it.
"""

import difflib
import importlib
import inspect
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from streamlr.errors import StorageError

_SEED = 0


class RiverError(ValueError):
    """There is no such class, or it does not take these parameters; the message says which."""


def find(name: str, modules: tuple[str, ...] = ()) -> type:
    """The class of this dotted path, or of this plain name in one of ``modules``.

    Raises
    ------
    RiverError
        There is none, or River is not installed.
    """
    try:
        importlib.import_module("river.base")
    except ImportError as error:
        message = "River is not installed; add it with: pip install 'streamlr[river]'"
        raise RiverError(message) from error
    module, _, plain = name.rpartition(".")
    if not module and not modules:
        raise RiverError("it must be a dotted path, as river.tree.HoeffdingTreeClassifier")
    for place in (module,) if module else modules:
        try:
            found = getattr(importlib.import_module(place), plain, None)
        except ImportError as error:
            raise RiverError(f"there is no module {place!r} ({error})") from error
        if inspect.isclass(found):
            return found
    where = [module] if module else modules
    known = tuple(dict.fromkeys(word for place in where for word in _classes(place)))
    raise RiverError(f"there is no class {plain!r} in {' or '.join(where)}{_hint(plain, known)}")


def make(class_: type, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any of River's
    """An object of the class.

    A parameter that is itself a River object is a table with its ``path``, beside that object's own
    parameters, and a list may hold such tables: a pipeline's ``steps``. A ``seed`` that is not
    given is 0: River would draw one, and no two runs would be alike.

    Raises
    ------
    RiverError
        It has no such parameter, lacks one, or refuses a value.
    """
    taken = inspect.signature(class_).parameters
    open_ended = any(each.kind is each.VAR_KEYWORD for each in taken.values())
    for name in parameters:
        if name not in taken and not open_ended:
            listed = ", ".join(taken) or "none"
            hint = _hint(name, tuple(taken))
            raise RiverError(
                f"the class {class_.__name__} has no parameter {name!r}{hint}; it has: {listed}"
            )
    given = {name: _object(value) for name, value in parameters.items()}
    rows = [each.name for each in taken.values() if each.kind is each.VAR_POSITIONAL]
    many = [one for name in rows for one in given.pop(name, ())]
    if "seed" in taken:
        given.setdefault("seed", _SEED)
    try:
        return class_(*many, **given)
    except Exception as error:
        raise RiverError(f"the class {class_.__name__} refuses them: {error}") from error


def last_step(model: Any) -> Any:  # noqa: ANN401 - any of River's
    """The model itself, or the one that a pipeline ends with."""
    steps = getattr(model, "steps", None)
    return last_step(list(steps.values())[-1]) if isinstance(steps, Mapping) and steps else model


def with_rates(model: Any) -> Iterator[Any]:  # noqa: ANN401 - any of River's
    """The linear models in it whose optimizer a schedule can drive.

    Not those that a tree or a wrapper makes copies of as it goes: a copy would not follow.
    """
    from river import base, optim  # noqa: PLC0415 - River is optional

    model = last_step(model)
    if isinstance(getattr(model, "optimizer", None), optim.base.Optimizer):
        yield model
    elif isinstance(model, base.Ensemble):
        for member in model:
            yield from with_rates(member)


def takes_weight(model: Any) -> bool:  # noqa: ANN401 - any of River's
    """Whether a sample can be learned with a weight: ``learn_one(x, y, w=2.0)``."""
    return "w" in inspect.signature(last_step(model).learn_one).parameters


def _object(value: Any) -> Any:  # noqa: ANN401 - any TOML value
    if isinstance(value, dict) and isinstance(value.get("path"), str):
        rest = {name: each for name, each in value.items() if name != "path"}
        return make(find(value["path"]), rest)
    if isinstance(value, list | tuple):
        return [_object(each) for each in value]
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


def pickled(thing: Any) -> np.ndarray:  # noqa: ANN401 - any of River's
    """The object's bytes, for a checkpoint that allows pickle."""
    return np.frombuffer(pickle.dumps(thing), np.uint8)


def unpickled(data: np.ndarray) -> Any:  # noqa: ANN401 - any of River's
    """The object of such bytes: this runs whatever code they name.

    Raises
    ------
    StorageError
        River, or Python, is not what wrote them.
    """
    try:
        return pickle.loads(data.tobytes())  # noqa: S301 - [checkpoint] allow_pickle said so
    except Exception as error:
        message = (
            f"the checkpoint's River object cannot be read: {error}. Install the version of River "
            "that wrote it, or choose another [checkpoint] directory to begin anew"
        )
        raise StorageError(message) from error
