"""Errors meant for a person: what failed, where, and what to do; never a traceback."""

import difflib
import os
from collections.abc import Iterable

_SHOWN = 20  # names in a message: a table may have thousands


class StreamlrError(Exception):
    """Something that the operator can mend; the message says how.

    Attributes
    ----------
    exit_code
        What the command exits with, after BSD's ``sysexits``.
    """

    exit_code = os.EX_SOFTWARE


class ConfigurationError(StreamlrError):
    """The configuration is wrong; every fault found is a line of its own."""

    exit_code = os.EX_CONFIG

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class UnavailableError(StreamlrError):
    """A server or file that is needed cannot be reached."""

    exit_code = os.EX_UNAVAILABLE


class NotNowError(UnavailableError):
    """It cannot be reached now: to be asked again, for it may come back by itself."""


class DataError(StreamlrError):
    """The stream does not hold what the configuration says."""

    exit_code = os.EX_DATAERR


class StorageError(StreamlrError):
    """A file or folder cannot be written, or its content is not usable."""

    exit_code = os.EX_CANTCREAT


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A hint for whoever mistyped, to put behind the word; empty when nothing is like it.

    Examples
    --------
    >>> did_you_mean("rase", ["race", "step"])
    " (did you mean 'race'?)"
    """
    close = difflib.get_close_matches(word, list(choices), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def listed(names: Iterable[str], wanted: str) -> str:
    """Names there are, in their order; of very many only those most like the wanted one."""
    there = list(names)
    if len(there) <= _SHOWN:
        return ", ".join(there) or "none"
    likest = difflib.get_close_matches(wanted, there, n=_SHOWN, cutoff=0.0)
    return f"{', '.join(likest)}, … ({len(there)} in all)"
