"""Sources: where records come from, and where reading stands.

A component offers ``build(config, name) -> Source``. A kind of source that comes with its own
decoder names it in ``DECODER``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from streamlr.records import Positions, RawBatch, Topics

INTERNAL = ("arff", "splitting")
"""Files in this folder that are not sources."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far reading is behind.

    Attributes
    ----------
    records
        Records of each partition not read yet.
    """

    records: dict[int, int] = field(default_factory=dict)


class Keeper(Protocol):
    """Keeps state by partition, for a source whose partitions come and go.

    All three are called amid a ``poll``, which waits for their end: no records are at work then.
    """

    def take(self, partitions: Sequence[int]) -> Positions:
        """Hold partitions that were gained; where to read each."""
        ...

    def hand_over(self, partitions: Sequence[int]) -> Positions:
        """Make safe what was done with their records, and let go; how far each is safe."""
        ...

    def lose(self, partitions: Sequence[int]) -> None:
        """Let go of what others hold already: nothing of it may be written any more."""
        ...


def by_itself(config: Any) -> Any:  # noqa: ANN401 - a source's Config
    """The same stream, read without joining its consumer group."""
    return config.model_copy(update={"group": ""}) if getattr(config, "group", "") else config


class Source(Protocol):
    """A stream of records in partitions, each with ascending offsets.

    Notes
    -----
    ``poll`` must not block for longer than asked. Records come in order within a partition,
    each once, starting at the positions given to ``open``.
    """

    decoder: str
    finished: bool
    topics: Topics

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:
        """Connect and stand at ``positions``, or where the configuration says when there are none.

        Parameters
        ----------
        positions
            From a checkpoint.
        topics
            The source's ``topics`` at that checkpoint: what gives the numbers a meaning.

        Returns
        -------
        Positions
            Where reading starts, partition by partition.

        Raises
        ------
        UnavailableError
            The source cannot be reached or has no such stream.
        DataError
            The records at ``positions`` are gone.
        """
        ...

    def poll(self, records: int, seconds: float) -> RawBatch | None:
        """Next records, at most ``records``; None when none came within ``seconds``."""
        ...

    def commit(self, positions: Positions) -> None:
        """Tell the source that everything before ``positions`` is checkpointed."""
        ...

    def lag(self) -> Lag:
        """How far behind reading is, as far as it can be told without asking a server."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...


class GroupSource(Source, Protocol):
    """One whose partitions may be shared with other members of a group."""

    def share(self, keeper: Keeper) -> None:
        """Read the partitions that the group gives, and where the keeper says; before ``open``."""
        ...
