"""Decoders: a poll's raw records → numeric columns and labels, with a verdict on each row.

A component offers ``build(config, schema) -> Decoder`` and ``sample(config, payload) ->
list[dict]``: records as plain mappings, for inferring a schema (a record it cannot read is left
out there; it is rejected when it is decoded), and ``original(payload, row) -> bytes``, for dead
letters. One that needs more than the records offers ``prepare(config, payload)``: it is called
before they are sampled or decoded, and once without any at start; raises ``NotNowError`` while
what they need cannot be had, and is called again until it can. ``misfit(source)`` may say why
the records of a type of source are not of its kind.
"""

from collections.abc import Collection, Iterable
from itertools import compress
from typing import Any, Protocol

import numpy as np

from streamlr import registry
from streamlr.components import ComponentConfig
from streamlr.errors import DataError, did_you_mean, listed
from streamlr.json_scanner.scanner import Scanned
from streamlr.records import Decoded, Reject


class Decoder(Protocol):
    """Reads the fields of one schema."""

    def decode(self, payload: Any) -> Decoded:  # noqa: ANN401 - each decoder's own kind of payload
        """Decode every row or reject it; never raises for bad data.

        Raises
        ------
        DataError
            The stream has columns, and one that is needed is not among them.
        """
        ...


def settings(configured: ComponentConfig, type_: str) -> ComponentConfig:
    """The table ``[decoder]``; the defaults of a source's own decoder, which it does not mean."""
    own: type[ComponentConfig] = registry.load("decoders", type_).Config
    return configured if isinstance(configured, own) else own()


def absent(missing: Iterable[str], there: Collection[str]) -> DataError:
    """Say which columns of the schema a stream of columns does not have."""
    names = sorted(missing)
    hinted = ", ".join(f"{name!r}{did_you_mean(name, there)}" for name in names)
    return DataError(
        f"[stream] there is no column {hinted}; columns there: {listed(there, names[0])}"
    )


def completed(scanned: Scanned, others: Decoded | None) -> Decoded:
    """Put records that a scanner left unread back to their places among those that it read.

    Parameters
    ----------
    scanned
        What the scanner made of a poll.
    others
        What another reader made of ``scanned.unread``; None where there are none.
    """
    values, labels = scanned.values, scanned.labels
    rows = np.arange(len(labels))
    if others is None:
        return Decoded(rows, values, labels, [])
    read = scanned.unread[others.rows]
    values[read] = others.values
    for row, label in zip(read.tolist(), others.labels, strict=True):
        labels[row] = label
    if not others.rejects:
        return Decoded(rows, values, labels, [])
    rejects = [
        Reject(int(scanned.unread[reject.row]), reject.reason, reject.detail)
        for reject in others.rejects
    ]
    kept = np.ones(len(labels), np.bool_)
    kept[[reject.row for reject in rejects]] = False
    return Decoded(rows[kept], values[kept], list(compress(labels, kept.tolist())), rejects)
