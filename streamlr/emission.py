"""What leaves the pipeline: predictions as JSON, rejects as they came with their reason."""

from base64 import b64encode
from collections.abc import Callable
from itertools import repeat
from typing import Any

import msgspec
from msgspec import structs

from streamlr.records import Predictions, RawBatch, Reject, origin


class Prediction(msgspec.Struct, gc=False):
    """One record's prediction, made before its label was used.

    Attributes
    ----------
    partition, offset
        The record it answers.
    prediction
        Predicted label as it stands in the stream; null before any label was seen. Without labels:
        how far the record is from what was expected of it.
    probability
        Of the predicted class; null for a number.
    label
        The true label where the record brought it.
    topic
        The record's topic, where several are read; else the document has no such field.
    rank
        Share of the records before, the latest counting most, that were nearer; only without
        labels.
    cluster
        That the record is of; only of a model that has clusters. Null before the first one is.
    """

    partition: int
    offset: int
    prediction: Any
    probability: float | None
    label: Any
    topic: str | msgspec.UnsetType = msgspec.UNSET
    rank: float | msgspec.UnsetType = msgspec.UNSET
    cluster: int | msgspec.UnsetType | None = msgspec.UNSET


class Document(msgspec.Struct, frozen=True, gc=False):
    """Something for a sink to write.

    Attributes
    ----------
    partition, offset
        The record that it comes from: what lets a sink see, after a crash, that it wrote it
        already.
    key
        The record's key.
    value
        The bytes to write.
    headers
        What goes beside the bytes; empty where they speak for themselves.
    topic
        As it stands in the bytes, or in the headers as the source; empty where it does not.
    """

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: dict[str, str]
    topic: str = ""

    def within(self, longest: int) -> "Document":
        """Itself, or the beginning of a dead letter that is longer, with its length beside it."""
        if not self.headers or len(self.value) <= longest:
            return self
        headers = {**self.headers, "streamlr.bytes": str(len(self.value))}
        return structs.replace(self, value=self.value[:longest], headers=headers)

    def line(self) -> bytes:
        """As one line of JSON, for sinks without headers."""
        if not self.headers:
            return self.value
        return msgspec.json.encode({**self.headers, "value_base64": b64encode(self.value).decode()})


def predictions(said: Predictions) -> list[Document]:
    """A document for each prediction, in order."""
    encode = msgspec.json.Encoder().encode
    rows = said.rows.tolist()
    keys = said.raw.keys() if said.raw.keys is not None else None
    numbers, topics = said.raw.partition[said.rows].tolist(), said.raw.topics
    columns = zip(
        [origin(number, topics) for number in numbers] if topics else zip(repeat(""), numbers),
        said.raw.offset[said.rows].tolist(),
        said.label,
        said.probability,
        said.truth,
        [None] * len(rows) if keys is None else [keys[row] for row in rows],
        said.rank if said.rank is not None else [msgspec.UNSET] * len(rows),
        said.cluster if said.cluster is not None else [msgspec.UNSET] * len(rows),
        strict=True,
    )
    documents = []
    for (topic, partition), offset, label, p, truth, key, rank, cluster in columns:
        made = Prediction(partition, offset, label, p, truth, topic or msgspec.UNSET, rank, cluster)
        documents.append(Document(partition, offset, key, encode(made), {}, topic))
    return documents


def dead_letters(
    raw: RawBatch, rejects: list[Reject], original: Callable[[Any, int], bytes], source: str
) -> list[Document]:
    """A document for each reject: the record's own bytes, the reason in the headers.

    The source's name stands for the topic where the batch does not name it.
    """
    letters = []
    keys = raw.keys() if raw.keys is not None else None
    for reject in rejects:
        topic, partition = origin(int(raw.partition[reject.row]), raw.topics)
        offset = int(raw.offset[reject.row])
        headers = {
            "streamlr.source": topic or source,
            "streamlr.partition": str(partition),
            "streamlr.offset": str(offset),
            "streamlr.reason": reject.reason,
            "streamlr.detail": reject.brief,
        }
        key = keys[reject.row] if keys is not None else None
        value = original(raw.payload, reject.row)
        letters.append(Document(partition, offset, key, value, headers, topic or source))
    return letters
