"""One unit of state for the whole stream: one model over all partitions, with one owner."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from streamlr.checkpoint import beginning
from streamlr.checkpoint.format import schema_of
from streamlr.checkpoint.store import Store
from streamlr.config import Configuration
from streamlr.pipeline import Pipeline, require_same
from streamlr.records import Positions, RawBatch, Schema, Topics
from streamlr.sinks import Mark, Sink
from streamlr.sources import Keeper, Source
from streamlr.telemetry.events import Events
from streamlr.units import Told
from streamlr.units.overlap import Overlap
from streamlr.units.unit import Unit


class Whole:
    """The pipeline of all partitions; see :class:`streamlr.units.Units`."""

    def __init__(self, config: Configuration, events: Events) -> None:
        self._config = config
        self._events = events
        self._store: Store | None = None
        self._unit: Unit | None = None
        self.topics: Topics = ()
        self.departed: Counter[str] = Counter()
        self._overlap = Overlap(second_core=config.loop.second_core)

    @property
    def keeper(self) -> Keeper | None:
        """The partitions stay."""
        return None

    def open(self, decoder: str, sinks: dict[str, Sink], opened: ExitStack) -> None:
        """Find the newest checkpoint, and have the sinks stand at its marks."""
        self._decoder, self._sinks = decoder, sinks
        marks: dict[str, Mark] = {}
        directory = self._config.checkpoint.directory
        if directory is not None:
            folder = directory / self._config.name
            beginning.require_none(folder)
            self._store = Store(folder, self._config.checkpoint.keep)
            marks = self._resume(self._store)
        for table, sink in self._sinks.items():
            sink.open(marks.get(table))
            opened.callback(sink.close)

    def _resume(self, store: Store) -> dict[str, Mark]:
        stored = store.newest()
        if stored is None:
            return {}
        header, arrays = stored
        require_same(header, self._config)  # before anything is made of a schema that may not fit
        unit = self._start(schema_of(header))
        unit.pipeline.restore(header, arrays)
        self.topics = header.topics
        self._events.restored(unit.records, header.positions, header.topics)
        return header.marks

    def _start(self, schema: Schema) -> Unit:
        pipeline = Pipeline(self._config, schema, self._decoder, self._sinks)
        pipeline.engine.warm_up()
        self._events.know_reasons(pipeline.engine.reasons[1:])
        self._events.deriving(pipeline.deriver.numbers, pipeline.deriver.categories)
        self._unit = Unit(pipeline, self._sinks, self._store, self._events)
        return self._unit

    @property
    def schema(self) -> Schema | None:
        """What is read; None until it is fixed."""
        return self._unit.pipeline.deriver.reads if self._unit else None

    @property
    def positions(self) -> Positions | None:
        """Where reading stands."""
        return dict(self._unit.pipeline.positions) if self._unit else None

    @property
    def pipelines(self) -> list[Pipeline]:
        """The one, once it is there."""
        return [self._unit.pipeline] if self._unit else []

    @property
    def figures_of(self) -> list[Pipeline]:
        """The same."""
        return self.pipelines

    def fix(self, schema: Schema, positions: Positions, topics: Topics) -> None:  # noqa: ARG002 - begin tells
        """Make the pipeline."""
        self._start(schema).pipeline.positions = dict(positions)

    def begin(self, positions: Positions, topics: Topics) -> None:  # noqa: ARG002 - it holds all
        """Know the topics, for the checkpoints."""
        self.topics = topics

    def process(self, raw: RawBatch, *, withhold: bool) -> Iterator[Told]:
        """All records together."""
        assert self._unit is not None  # noqa: S101 - records come after opening
        self._overlap.process(self._unit.pipeline, raw, raw, withhold=withhold)
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
        assert self._unit is not None  # noqa: S101 - as above
        return self._unit.pipeline.skip(positions)

    def checkpoint(self, source: Source) -> None:
        """One file."""
        if self._unit is not None and self._store is not None:
            self._unit.checkpoint(self.topics)
            source.commit(self._unit.pipeline.positions)

    def flush(self) -> None:
        """Wait until every document is durable."""
        if self._unit is not None:
            self._unit.flush()

    def digest(self) -> str:
        """Hash of every bit of the state."""
        assert self._unit is not None  # noqa: S101 - as above
        return self._unit.pipeline.digest()
