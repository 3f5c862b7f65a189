"""Units of state: what has a model of its own, the whole stream or each partition of it.

``whole.py`` is the case of one: a model over all partitions, with one owner. ``by_partition.py``
gives each partition its own, which moves with it from member to member of a consumer group.
``unit.py`` is what both are made of: a pipeline, its checkpoints, its outputs. ``overlap.py`` lets
a second core learn while the next records are read.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

from streamlr.config import Configuration
from streamlr.pipeline import Pipeline
from streamlr.records import Journal, Positions, RawBatch, Reject, Schema, Topics
from streamlr.sinks import Sink
from streamlr.sources import Keeper, Source
from streamlr.telemetry.events import Events

Told = tuple[RawBatch, list[Journal], list[Reject]]
"""Records that were processed, and what there is to tell of them."""


class Units(Protocol):
    """The pipelines of one stream, and where their state is kept.

    Attributes
    ----------
    topics
        Names of the topics, where there are several.
    departed
        What was counted by pipelines that are not here any more.
    """

    topics: Topics
    departed: Counter[str]

    def open(self, decoder: str, sinks: dict[str, Sink], opened: ExitStack) -> None:
        """Open the sinks, and be what the checkpoints say.

        Parameters
        ----------
        decoder
            Type of the decoder that understands the source's payload.
        sinks
            Where documents go, by their table; not open yet.
        opened
            Closes what was opened.

        Raises
        ------
        StorageError
            The checkpoints cannot be used.
        """
        ...

    @property
    def keeper(self) -> Keeper | None:
        """Who takes and gives up partitions as the source says; None where they stay."""
        ...

    @property
    def schema(self) -> Schema | None:
        """What all of them read; None until it is fixed."""
        ...

    @property
    def positions(self) -> Positions | None:
        """Where reading stands; None before anything is known."""
        ...

    @property
    def pipelines(self) -> list[Pipeline]:
        """Those that hold state."""
        ...

    @property
    def figures_of(self) -> list[Pipeline]:
        """Those that figures are made of: at least one, once the schema is fixed."""
        ...

    def fix(self, schema: Schema, positions: Positions, topics: Topics) -> None:
        """Begin from nothing: every unit reads this schema from now on.

        Parameters
        ----------
        schema
            What is proposed; another member may have been first, then it is that one's.
        positions
            Where each partition begins.
        """
        ...

    def begin(self, positions: Positions, topics: Topics) -> None:
        """Hold the partitions that the source stands at, those without state yet from there."""
        ...

    @property
    def busy(self) -> bool:
        """Whether records are under way still, that :meth:`process` was given."""
        ...

    def process(self, raw: RawBatch, *, withhold: bool) -> Iterator[Told]:
        """Take a poll's records through their pipelines; those that are through are told.

        The last of them may be under way still when this ends: the next call finishes them, or
        :meth:`settle`, which comes before anything that looks at the pipelines or keeps them.
        """
        ...

    def settle(self) -> Iterator[Told]:
        """Finish what is under way."""
        ...

    def skip(self, positions: Positions) -> int:
        """Go on at later positions; count and return what lies between."""
        ...

    def checkpoint(self, source: Source) -> None:
        """Make all state safe, then tell the source.

        Raises
        ------
        StorageError
            It cannot be written.
        """
        ...

    def flush(self) -> None:
        """Wait until every document is durable."""
        ...

    def digest(self) -> str:
        """Hash of every bit of all state."""
        ...


def build(config: Configuration, events: Events) -> Units:
    """The units that ``[state] unit`` asks for; nothing is opened yet."""
    from streamlr.units.by_partition import ByPartition  # noqa: PLC0415 - they know this module
    from streamlr.units.whole import Whole  # noqa: PLC0415

    kinds: dict[str, type[Whole | ByPartition]] = {"pipeline": Whole, "partition": ByPartition}
    return kinds[config.state.unit](config, events)
