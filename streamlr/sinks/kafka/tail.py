"""Which documents the topic holds already, after a crash."""

import secrets
from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from streamlr.emission import Document
from streamlr.sinks import Mark

WRITER = "streamlr.writer"
_MARK_OF_WRITER = "writer"

Headers = Sequence[tuple[str, bytes]]


_Stream = tuple[str, int]
"""Topic, as a document names it, and partition."""


class _Origin(msgspec.Struct):
    partition: int
    offset: int
    topic: str = ""


class Tail:
    """What was written after a checkpoint's mark.

    Parameters
    ----------
    mark
        From the checkpoint; None: this is a first start.
    only
        The source partition whose documents these are; None: those of all of them.

    Attributes
    ----------
    header
        What goes with every document from now on.

    Notes
    -----
    Not the latest document counts but each: one in the middle may have failed where later ones
    did not, and it has to be sent. Until all that is there was made again, the mark stays where it
    is: after a second crash the same tail has to be seen.
    """

    def __init__(self, mark: Mark | None, only: int | None = None) -> None:
        self._mark = dict(mark or {})
        self._only = only
        # checkpoints of the first version have no writer: what they wrote is not signed
        self._unsigned = bool(mark) and _MARK_OF_WRITER not in self._mark
        self._writer = self._mark.pop(_MARK_OF_WRITER, 0) or secrets.randbits(53)
        self.header = (WRITER, b"%d" % self._writer)
        self._held: dict[_Stream, deque[int]] = {}

    def starts(self, partitions: int) -> dict[int, int]:
        """Where to begin to read: a partition without a mark was added after the checkpoint."""
        if not self._mark:
            return {}
        written = sorted({*map(int, self._mark), *self.written(partitions)})
        return {partition: self._mark.get(str(partition), 0) for partition in written}

    def written(self, partitions: int) -> Sequence[int]:
        """Partitions, of so many, that documents go to."""
        return range(partitions) if self._only is None else (self._only % partitions,)

    def mark(self, ends: dict[int, int]) -> Mark:
        """The mark of a topic that ends there."""
        if not self._held:
            self._mark = {str(partition): end for partition, end in ends.items()}
        return {**self._mark, _MARK_OF_WRITER: self._writer}

    def take_in(self, messages: Iterable[tuple[Headers | None, bytes | None]]) -> None:
        """See the tail's headers and values; those of other writers are passed over."""
        held: dict[_Stream, set[int]] = {}
        for headers, value in messages:
            found = dict(headers or ())
            if self._ours(found.get(WRITER)):
                origin = _origin(found, value)
                if origin is not None:
                    stream = (origin.topic, origin.partition)
                    held.setdefault(stream, set()).add(origin.offset)
        self._held = {stream: deque(sorted(offsets)) for stream, offsets in held.items()}

    def _ours(self, signature: bytes | None) -> bool:
        return signature == self.header[1] or (signature is None and self._unsigned)

    def left_out(self, documents: Sequence[Document]) -> Sequence[Document]:
        """The documents that the topic does not hold yet.

        They are made again in the order of their offsets, so each partition's are compared from
        the front.
        """
        if not self._held:
            return documents
        return [document for document in documents if not self._holds(document)]

    def _holds(self, document: Document) -> bool:
        stream = (document.topic, document.partition)
        held = self._held.get(stream)
        if held is None:
            return False
        found = False
        while held and held[0] <= document.offset:
            found = held.popleft() == document.offset
        if not held:
            del self._held[stream]
        return found


def _origin(headers: dict[str, bytes], value: bytes | None) -> _Origin | None:
    """The record that a document answers: in the headers, or in the document itself."""
    if "streamlr.offset" in headers:
        return _Origin(
            int(headers["streamlr.partition"]),
            int(headers["streamlr.offset"]),
            headers.get("streamlr.source", b"").decode(),
        )
    try:
        return msgspec.json.decode(value or b"", type=_Origin)
    except msgspec.DecodeError:
        return None  # not one of ours: somebody else writes here too
