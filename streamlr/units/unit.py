"""One unit of state: a pipeline, the folder that keeps it, and the outputs it writes.

The steps of a checkpoint, in this order, are what makes every record count exactly once:

1. flush the sinks: every document made so far is durable, and the marks say where the output
stands;
2. write the state, the positions and the marks in one atomic file;
3. commit the positions to the source, for whoever watches its lag.

Killed before 2, work resumes from the checkpoint before, and the marks in it keep documents
from being written twice. The third step is left to whoever holds the source.
"""

import time
from collections.abc import Mapping

import numpy as np

from streamlr.checkpoint.format import Header
from streamlr.checkpoint.store import Store
from streamlr.pipeline import Pipeline
from streamlr.records import Topics
from streamlr.sinks import Mark, Sink
from streamlr.telemetry.events import Events


class Unit:
    """A pipeline with what belongs to it.

    Parameters
    ----------
    pipeline
        Its state, and the stages around it.
    sinks
        Those that the pipeline writes to, by their table.
    store
        Where its checkpoints are; None: there are none.
    events
        Told of each checkpoint.
    """

    def __init__(
        self, pipeline: Pipeline, sinks: dict[str, Sink], store: Store | None, events: Events
    ) -> None:
        self.pipeline = pipeline
        self.sinks = sinks
        self._store = store
        self._events = events

    @property
    def records(self) -> int:
        """Records predicted since the first: what a checkpoint is called by."""
        return int(self.pipeline.engine.state.counters.predicted[0])

    def checkpoint(self, topics: Topics) -> None:
        """The first two of the steps at the top of this file.

        Raises
        ------
        StorageError
            It cannot be written.
        """
        if self._store is None:
            return
        began = time.monotonic()
        header = self.pipeline.header(self.flush(), topics)
        path, size = self._store.write(self.records, header, self.pipeline.arrays())
        self._events.checkpoint_written(str(path), time.monotonic() - began, size)

    def keep(self, header: Header, arrays: Mapping[str, np.ndarray]) -> None:
        """Write a former owner's checkpoint once more, as ours: its marks hold until the next."""
        if self._store is not None:
            self._store.write(self.records, header, arrays)

    def flush(self) -> dict[str, Mark]:
        """Wait until every document is durable; where the outputs stand then."""
        return {table: sink.flush() for table, sink in self.sinks.items()}
