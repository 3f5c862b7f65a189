"""Errors meant for a person: what failed, where, and what to do; never a traceback."""

import os


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


class DataError(StreamlrError):
    """The stream does not hold what the configuration says."""

    exit_code = os.EX_DATAERR


class StorageError(StreamlrError):
    """A file or folder cannot be written, or its content is not usable."""

    exit_code = os.EX_CANTCREAT
