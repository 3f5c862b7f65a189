"""What a sink says when the topic does not take its documents: the same for both clients."""

from streamlr.errors import UnavailableError
from streamlr.sinks.kafka import Config

_SAFE = "Nothing is lost: on restart, work goes on from the last checkpoint"


def not_taken(config: Config, table: str, reason: str) -> UnavailableError:
    """A document was refused, or its time ran out."""
    return UnavailableError(
        f"[{table}] topic: {config.topic!r} at {config.bootstrap} did not take a document: "
        f"{reason}. {_SAFE}"
    )


def too_large(config: Config, table: str, reason: str) -> UnavailableError:
    """A document is larger than the topic takes: a restart would not help."""
    return UnavailableError(
        f"[{table}] topic: {config.topic!r} at {config.bootstrap} takes no document of that size: "
        f"{reason}. Raise its max.message.bytes, or, where every document is small, set a "
        f"smaller batch size in [{table}.options]. {_SAFE}"
    )


def not_in_time(config: Config, table: str, left: str) -> UnavailableError:
    """The broker did not acknowledge in time."""
    return UnavailableError(
        f"[{table}] flush_seconds = {config.flush_seconds:g}: {config.bootstrap} did not "
        f"acknowledge {left} in that time. {_SAFE}"
    )


def cannot_read_back(config: Config, table: str, reason: str) -> UnavailableError:
    """What was written before a crash cannot be seen."""
    return UnavailableError(
        f"[{table}] topic: cannot read back {config.topic!r} at {config.bootstrap}, to see what "
        f"was written before the crash: {reason}"
    )
