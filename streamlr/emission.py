"""What leaves the pipeline: predictions as JSON, rejects as they came with their reason."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from streamlr.records import Predictions, RawBatch, Reject


class Prediction(msgspec.Struct, gc=False):
    """One record's prediction, made before its label was used.

    Attributes
    ----------
    partition, offset
        The record it answers.
    prediction
        Predicted label as it stands in the stream; null before any label was seen.
    probability
        Of the predicted class; null for a number.
    label
        The true label where the record brought it.
    """

    partition: int
    offset: int
    prediction: Any
    probability: float | None
    label: Any


@dataclass(frozen=True, slots=True)
class Document:
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
    """

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: dict[str, str]

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
    columns = zip(
        said.raw.partition[said.rows].tolist(),
        said.raw.offset[said.rows].tolist(),
        said.label,
        said.probability,
        said.truth,
        [None] * len(rows) if keys is None else [keys[row] for row in rows],
        strict=True,
    )
    return [
        Document(partition, offset, key, encode(Prediction(partition, offset, label, p, truth)), {})
        for partition, offset, label, p, truth, key in columns
    ]


def dead_letters(
    raw: RawBatch, rejects: list[Reject], original: Callable[[Any, int], bytes], source: str
) -> list[Document]:
    """A document for each reject: the record's own bytes, the reason in the headers."""
    letters = []
    keys = raw.keys() if raw.keys is not None else None
    for reject in rejects:
        partition, offset = int(raw.partition[reject.row]), int(raw.offset[reject.row])
        headers = {
            "streamlr.source": source,
            "streamlr.partition": str(partition),
            "streamlr.offset": str(offset),
            "streamlr.reason": reject.reason,
            "streamlr.detail": reject.detail,
        }
        key = keys[reject.row] if keys is not None else None
        letters.append(Document(partition, offset, key, original(raw.payload, reject.row), headers))
    return letters
