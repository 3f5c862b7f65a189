"""Finding the streams: every file in ``simulators/streams/`` is one, by its file name."""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Protocol, cast

from simulators import options as stream_options
from simulators import streams
from simulators.options import Options
from simulators.stream import Stream

_MAXIMUM_SEED = 2**64 - 1


class StreamModule(Protocol):
    """What a file in ``simulators/streams/`` holds."""

    __doc__: str
    Config: type[Options]
    Simulator: Callable[[Options, int], Stream]


def names() -> tuple[str, ...]:
    """Return the name of every stream, in alphabetical order."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(streams.__path__)))


def stream_module(name: str) -> StreamModule:
    """Return the file of a stream, or raise the ValueError of :func:`make`."""
    if name not in names():
        raise ValueError(f"unknown simulator {name!r}; allowed: {', '.join(names())}")
    return cast("StreamModule", importlib.import_module(f"{streams.__name__}.{name}"))


def make(name: str, /, seed: int = 0, **options: object) -> Stream:
    """Make a stream.

    Parameters
    ----------
    name : str
        One of :func:`names`.
    seed : int, 0 to 2**64 - 1
        Streams that differ in their seed alone are independent.
    **options : int or float
        Fields of the stream's ``Config``; the others take their defaults.

    Raises
    ------
    ValueError
        If the name or an option is unknown, or a value is of the wrong type or out of range; the
        message names the key, the value and what is allowed.

    Examples
    --------
    >>> make("sea", seed=1, noise=2)
    Traceback (most recent call last):
        ...
    ValueError: simulator 'sea': noise=2 must be a number from 0 to 0.5
    """
    module = stream_module(name)
    if type(seed) is not int or not 0 <= seed <= _MAXIMUM_SEED:
        raise ValueError(f"seed={seed!r} must be an integer from 0 to {_MAXIMUM_SEED}")
    try:
        config = stream_options.build(module.Config, options)
    except ValueError as error:
        raise ValueError(f"simulator {name!r}: {error}") from None
    return module.Simulator(config, seed)


def describe(name: str) -> str:
    """Return a stream's description in a line: what it is, then its options and their defaults."""
    module = stream_module(name)
    summary = module.__doc__.partition("\n")[0].rstrip(".")
    return f"{summary} ({stream_options.defaults(module.Config)})"
