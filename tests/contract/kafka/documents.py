"""Predictions and dead letters as the pipeline makes them."""

import msgspec

from streamlr.emission import Document, Prediction


def document(offset: int, partition: int = 0, size: int = 0) -> Document:
    """The prediction for a record; ``size`` makes it at least so large."""
    said = Prediction(partition, offset, "x" * size, 0.5, None)
    return Document(partition, offset, b"%d" % offset, msgspec.json.encode(said), {})


def documents(start: int, stop: int, partition: int = 0) -> list[Document]:
    """The predictions for a range of records."""
    return [document(offset, partition) for offset in range(start, stop)]


def letter(offset: int, partition: int = 0) -> Document:
    """The dead letter of a record."""
    headers = {
        "streamlr.source": "records",
        "streamlr.partition": str(partition),
        "streamlr.offset": str(offset),
        "streamlr.reason": "malformed",
    }
    return Document(partition, offset, None, b"{not json", headers, "records")
