"""Where records go: lines of a file or of standard output, or a Kafka topic."""

from typing import Protocol


class WriteError(Exception):
    """Records could not be written; the message says where, why and, if known, what to do."""


class ReaderLeftError(WriteError):
    """Whoever read the pipe that records went to has had enough."""


class Writer(Protocol):
    """A destination of records; every function but ``abandon`` may raise :class:`WriteError`."""

    def write(self, records: list[bytes]) -> None:
        """Send records, in order; some may still be on the way on return."""

    def finish(self) -> None:
        """Return when every record has arrived."""

    def abandon(self) -> None:
        """Let go at once, whatever has arrived."""
