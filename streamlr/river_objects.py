"""River's classes by name, and objects of them by a table of parameters.

River is optional: nothing of it is imported before a configuration names it.
"""

import importlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from streamlr import by_path, pickles

_SEED = 0


RiverError = by_path.PathError
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
    if "." not in name and not modules:
        raise RiverError("it must be a dotted path, as river.tree.HoeffdingTreeClassifier")
    return by_path.find(name, modules)


def make(class_: type, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any of River's
    """An object of the class, and of those that its parameters name, as a pipeline's ``steps``.

    A ``seed`` that is not given is 0: River would draw one, and no two runs would be alike.

    Raises
    ------
    RiverError
        It has no such parameter, lacks one, or refuses a value.
    """
    return by_path.make(class_, parameters, {"seed": _SEED})


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


def pickled(thing: Any) -> np.ndarray:  # noqa: ANN401 - any of River's
    """The object's bytes, for a checkpoint that allows pickle."""
    return pickles.pickled(thing)


def unpickled(data: np.ndarray) -> Any:  # noqa: ANN401 - any of River's
    """The object of such bytes: this runs whatever code they name.

    Raises
    ------
    StorageError
        River, or Python, is not what wrote them.
    """
    return pickles.unpickled(data, "River")
