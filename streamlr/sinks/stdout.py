"""Standard output, a line of JSON each: for pipes and first tries.

What went down a pipe cannot be taken back: after a crash, lines since the last checkpoint are
written again.
"""

import sys
from collections.abc import Sequence
from typing import Literal

from streamlr.components import ComponentConfig
from streamlr.emission import Document
from streamlr.errors import StorageError
from streamlr.sinks import Mark


class Config(ComponentConfig):
    """Lines on standard output."""

    type: Literal["stdout"] = "stdout"


def build(config: Config, table: str) -> "StdoutSink":  # noqa: ARG001 - one signature for every sink
    """Nothing to prepare."""
    return StdoutSink()


class StdoutSink:
    """Lines on standard output."""

    writes = True

    def open(self, mark: Mark | None) -> None:
        """Already open."""

    def write(self, documents: Sequence[Document]) -> None:
        """A line each; whoever reads the pipe sees whole polls at once."""
        try:
            sys.stdout.buffer.writelines(document.line() + b"\n" for document in documents)
            sys.stdout.buffer.flush()
        except BrokenPipeError as error:
            message = "standard output was closed by its reader"
            raise StorageError(message) from error
        except OSError as error:
            message = f"cannot write standard output: {error.strerror}"
            raise StorageError(message) from error

    def flush(self) -> Mark:
        """Flushed at every write."""
        return {}

    def beside(self, partition: int) -> "StdoutSink":  # noqa: ARG002 - one signature for every sink
        """There is one standard output."""
        return self

    def close(self) -> None:
        """Not ours to close."""
