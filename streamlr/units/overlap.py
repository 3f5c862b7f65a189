"""Overlap: a second core learns from one poll's records while the next ones are read and decoded.

Only where it is asked for: it saves waiting, not work. Where two cores are two threads of one, as
virtual machines often have them, the work becomes more by a third and nothing is saved.

The kernel of a pipeline runs on a thread beside; all other stages, on the caller's. Kernels run in
the order of their records, one at a time, so nothing depends on which thread is the faster.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from streamlr.engine import Answers
from streamlr.pipeline import Pipeline, Ready
from streamlr.records import RawBatch
from streamlr.units import Told

_WORTH = 256
"""Records: with fewer, waking the other thread takes longer than it saves, and an answer waits."""


class _UnderWay(NamedTuple):
    pipeline: Pipeline
    ready: Ready
    of_source: RawBatch
    answers: Future[Answers]


class Overlap:
    """At most one poll's records under way.

    Parameters
    ----------
    second_core
        Whether there is one to learn on; else nothing ever is under way.
    """

    def __init__(self, *, second_core: bool) -> None:
        self._alone = not second_core
        self._beside = ThreadPoolExecutor(1, "learn")
        self._under_way: _UnderWay | None = None
        self._told: deque[Told] = deque()

    @property
    def busy(self) -> bool:
        """Whether there is something under way."""
        return self._under_way is not None

    def process(
        self, pipeline: Pipeline, raw: RawBatch, of_source: RawBatch, *, withhold: bool
    ) -> None:
        """Take records through a pipeline.

        Parameters
        ----------
        raw
            With partitions and positions as the pipeline knows them.
        of_source
            The same records as the source gave them: to tell of.
        """
        ready = pipeline.decode(raw, withhold=withhold)
        if self._alone or len(raw) < _WORTH:
            self.settle()
            self._emit(pipeline, ready, of_source, pipeline.run(ready))
            return
        before = self._wait()
        answers = self._beside.submit(pipeline.run, ready)
        self._under_way = _UnderWay(pipeline, ready, of_source, answers)
        if before is not None:
            self._emit(*before)

    def settle(self) -> None:
        """Finish what is under way."""
        through = self._wait()
        if through is not None:
            self._emit(*through)

    def told(self) -> Iterator[Told]:
        """What there is to tell of records that are through; once."""
        while self._told:
            yield self._told.popleft()

    def _wait(self) -> tuple[Pipeline, Ready, RawBatch, Answers] | None:
        found, self._under_way = self._under_way, None
        return (*found[:3], found.answers.result()) if found is not None else None

    def _emit(
        self, pipeline: Pipeline, ready: Ready, of_source: RawBatch, answers: Answers
    ) -> None:
        self._told.append((of_source, *pipeline.emit(ready, answers)))
