"""Sinks: where predictions and dead letters go.

A component offers ``build(config, table) -> Sink``; ``table`` is ``sink`` or ``dead_letters``,
for error messages.

A mark says how far a sink's output stood at a checkpoint. After a crash the stream is read
again from the checkpoint, the same documents are made again, and the mark lets the sink leave
out or take back those it wrote after it: each document is there once.
"""

from collections.abc import Sequence
from typing import Protocol

from streamlr.emission import Document

Mark = dict[str, int]


class Sink(Protocol):
    """Somewhere that documents are written to, in order."""

    writes: bool

    def open(self, mark: Mark | None) -> None:
        """Get ready; with a mark, so that what was written after it is not written twice.

        Raises
        ------
        StorageError, UnavailableError
            It cannot be written.
        """
        ...

    def write(self, documents: Sequence[Document]) -> None:
        """Take documents; they may be on their way until ``flush``."""
        ...

    def flush(self) -> Mark:
        """Wait until all is written durably; tell where the output stands.

        Raises
        ------
        StorageError, UnavailableError
            Something was not written.
        """
        ...

    def beside(self, partition: int) -> "Sink":
        """Another one, for the documents of one source partition; not open yet.

        It uses the connections of this one, which is open before and closed after it.
        """
        ...

    def close(self) -> None:
        """Let go; what was not flushed may be lost."""
        ...
