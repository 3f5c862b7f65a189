"""A unit of state for each partition: its own model, positions, classes and checkpoints.

In a consumer group a partition's state moves with it. Who gives it up flushes the outputs, writes
a checkpoint and forgets it; who gets it loads the newest checkpoint and reads on from its offset.
Who lost it (its session ended, others have it) writes nothing more; should its client ask it to
hand over what others have, its checkpoint comes before theirs (``Store.claim``). All members share
one folder:

    DIRECTORY/NAME/beginning.json            the schema, the settings, where each partition began
    DIRECTORY/NAME/partition-N/checkpoint-…  with its topic before it, where several are read

Memory is that of one model times the partitions held.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import structlog
from msgspec import structs

from streamlr import figures
from streamlr.checkpoint import beginning
from streamlr.checkpoint.format import Header
from streamlr.checkpoint.store import Store
from streamlr.config import Configuration
from streamlr.errors import StorageError
from streamlr.pipeline import Pipeline, require_same
from streamlr.records import (
    PARTITIONS,
    Positions,
    RawBatch,
    Schema,
    Topics,
    origin,
    partition_name,
)
from streamlr.sinks import Sink
from streamlr.sources import Keeper, Source
from streamlr.telemetry.events import Events
from streamlr.units import Told
from streamlr.units.overlap import Overlap
from streamlr.units.unit import Unit

log = structlog.get_logger("streamlr")
_FOLDER = re.compile(r"(?:(?P<topic>.+)-)?partition-(?P<partition>\d+)")


class ByPartition:
    """The pipelines of the partitions held; see :class:`streamlr.units.Units`.

    Notes
    -----
    Partitions go by the source's numbers here. In a pipeline and its checkpoints they go by their
    own, beside their topic: members may number the topics of a pattern differently.
    """

    def __init__(self, config: Configuration, events: Events) -> None:
        self._config = config
        self._events = events
        directory = config.checkpoint.directory
        self._folder = directory / config.name if directory is not None else None
        self._shares = bool(getattr(config.source, "group", ""))
        self._held: dict[int, Unit] = {}
        self._begun: Header | None = None
        self._first: Positions = {}
        self.topics: Topics = ()
        self.departed: Counter[str] = Counter()
        self._overlap = Overlap(second_core=config.loop.second_core)

    @property
    def keeper(self) -> Keeper | None:
        """In a group, what is here."""
        return self if self._shares else None

    def open(self, decoder: str, sinks: dict[str, Sink], opened: ExitStack) -> None:
        """Open the sinks; without a group, be what all checkpoints say."""
        self._decoder, self._sinks = decoder, sinks
        for sink in self._sinks.values():
            sink.open(None)
            opened.callback(sink.close)
        begun = beginning.read(self._folder) if self._folder is not None else None
        if begun is None:
            return
        self._know(begun)
        if not self._shares:
            self.take(sorted({*begun.positions, *self._stored()}))
            records = sum(unit.records for unit in self._held.values())
            self._events.restored(records, self.positions or {}, self.topics)

    def _know(self, begun: Header) -> None:
        require_same(begun, self._config)
        self._begun = begun
        self.topics = begun.topics
        self._blank = self._pipeline(self._sinks)
        self._blank.engine.warm_up()  # before a partition comes
        self._events.know_reasons(self._blank.engine.reasons[1:])

    def _stored(self) -> list[int]:
        """Partitions that have a folder, also of topics that came to be later."""
        if self._folder is None:
            return []
        found = [
            match for path in self._folder.iterdir() if (match := _FOLDER.fullmatch(path.name))
        ]
        topics = {match["topic"] for match in found if match["topic"]}
        self.topics += tuple(sorted(topics.difference(self.topics)))
        first = {topic: place * PARTITIONS for place, topic in enumerate(self.topics)}
        return [first.get(match["topic"], 0) + int(match["partition"]) for match in found]

    @property
    def schema(self) -> Schema | None:
        """What every partition reads; None until it is fixed."""
        return self._begun.schema if self._begun else None

    @property
    def positions(self) -> Positions | None:
        """Where reading stands, of the partitions held; none are in a group that is yet to join."""
        if self._begun is None:
            return None
        return {number: _position(unit) for number, unit in sorted(self._held.items())}

    @property
    def pipelines(self) -> list[Pipeline]:
        """In the order of their partitions."""
        return [unit.pipeline for _, unit in sorted(self._held.items())]

    @property
    def figures_of(self) -> list[Pipeline]:
        """Those held; of none, the figures of a model that has learned nothing."""
        return self.pipelines or [self._blank]

    def fix(self, schema: Schema, positions: Positions, topics: Topics) -> None:
        """Tell the other members, unless one of them was first."""
        blank = Pipeline(self._config, schema, self._decoder, self._sinks)
        proposed = structs.replace(blank.header({}, topics), positions=positions)
        folder = self._folder
        self._know(beginning.write(folder, proposed) if folder is not None else proposed)

    def begin(self, positions: Positions, topics: Topics) -> None:
        """Without a group hold all; in one, know where partitions begin that come to be later."""
        self.topics = topics
        self._first = dict(positions)
        if not self._shares:
            self.take([number for number in positions if number not in self._held])

    def take(self, partitions: Sequence[int]) -> Positions:
        """Load their newest checkpoints; where there is none, begin, with a checkpoint at once."""
        positions: Positions = {}
        for number in partitions:
            unit = self._held[number] = self._unit(number)
            if self._shares:
                self.departed.subtract(figures.counts(unit.pipeline))
            positions[number] = _position(unit)
        if partitions:
            log.info("state taken", partitions=self._by_name(positions))
        return positions

    def _unit(self, number: int) -> Unit:
        topic, partition = origin(number, self.topics)
        name = f"{topic}-partition-{partition}" if topic else f"partition-{partition}"
        store = Store(self._folder / name, self._config.checkpoint.keep) if self._folder else None
        sinks = {table: sink.beside(partition) for table, sink in self._sinks.items()}
        unit = Unit(self._pipeline(sinks), sinks, store, self._events)
        stored = None
        if store is not None:
            stored = store.newest()
            store.claim()
        marks = stored[0].marks if stored is not None else {}
        for table, sink in sinks.items():
            sink.open(marks.get(table))
        if stored is not None:
            unit.pipeline.restore(*stored)
            unit.keep(*stored)
        else:
            assert self._begun is not None  # noqa: S101 - partitions come after the schema
            first = self._begun.positions.get(number, self._first.get(number, 0))
            unit.pipeline.positions = {partition: first}
            unit.checkpoint((topic,) if topic else ())
        return unit

    def _pipeline(self, sinks: dict[str, Sink]) -> Pipeline:
        assert self.schema is not None  # noqa: S101 - as above
        return Pipeline(self._config, self.schema, self._decoder, sinks)

    def hand_over(self, partitions: Sequence[int]) -> Positions:
        """Checkpoint them for whoever is next; a full disk leaves it the checkpoint before."""
        self._overlap.settle()
        safe: Positions = {}
        for number in self._among(partitions):
            try:
                self._checkpoint(number)
                safe[number] = _position(self._held[number])
            except StorageError as error:
                self._events.checkpoint_failed(str(error))
        self._forget(partitions)
        log.info("state handed over", partitions=self._by_name(safe))
        return safe

    def lose(self, partitions: Sequence[int]) -> None:
        """Forget them: whoever has them now goes on from the checkpoint before."""
        self._overlap.settle()
        lost = {number: _position(self._held[number]) for number in self._among(partitions)}
        self._forget(partitions)
        log.warning("state lost with its partitions", partitions=self._by_name(lost))

    def _among(self, partitions: Sequence[int]) -> list[int]:
        return [number for number in partitions if number in self._held]

    def _forget(self, partitions: Sequence[int]) -> None:
        for number in self._among(partitions):
            unit = self._held.pop(number)
            self.departed.update(figures.counts(unit.pipeline))
            for sink in unit.sinks.values():
                sink.close()

    def process(self, raw: RawBatch, *, withhold: bool) -> Iterator[Told]:
        """Each partition's records through its own pipeline."""
        for number, part in raw.by_partition():
            if number not in self._held:
                self.take([number])  # it was added just now
            _, partition = origin(number, self.topics)
            mine = replace(part, positions={partition: raw.positions[number]})
            self._overlap.process(self._held[number].pipeline, mine, part, withhold=withhold)
        yield from self._overlap.told()

    @property
    def busy(self) -> bool:
        """Whether records are under way."""
        return self._overlap.busy

    def settle(self) -> Iterator[Told]:
        """Finish what is under way."""
        self._overlap.settle()
        yield from self._overlap.told()

    def skip(self, positions: Positions) -> int:
        """Go on at later positions; count and return what lies between."""
        return sum(
            self._held[number].pipeline.skip({origin(number, self.topics)[1]: position})
            for number, position in positions.items()
        )

    def checkpoint(self, source: Source) -> None:
        """One file for each partition."""
        for number in self._held:
            self._checkpoint(number)
        if self._folder is not None:
            source.commit(self.positions or {})

    def _checkpoint(self, number: int) -> None:
        topic, _ = origin(number, self.topics)
        self._held[number].checkpoint((topic,) if topic else ())

    def flush(self) -> None:
        """Wait until every document is durable."""
        for unit in self._held.values():
            unit.flush()

    def digest(self) -> str:
        """Hash over the states of the partitions held; of one, that one's."""
        found = {
            partition_name(number, self.topics): unit.pipeline.digest()
            for number, unit in self._held.items()
        }
        if len(found) == 1:
            return next(iter(found.values()))
        whole = hashlib.blake2b(repr(sorted(found.items())).encode(), digest_size=16)
        return whole.hexdigest()

    def _by_name(self, positions: Positions) -> dict[str, int]:
        return {partition_name(number, self.topics): n for number, n in positions.items()}


def _position(unit: Unit) -> int:
    """Of the one partition."""
    return next(iter(unit.pipeline.positions.values()))
