"""Decoders: a poll's raw records → numeric columns and labels, with a verdict on each row.

A component offers ``build(config, schema) -> Decoder`` and ``sample(payload, stream) ->
list[dict]``: records as plain mappings, for inferring a schema (a record it cannot read is left
out there; it is rejected when it is decoded), and ``original(payload, row) -> bytes``, for dead
letters.
"""

from collections.abc import Collection, Iterable
from typing import Any, Protocol

from streamlr.errors import DataError, did_you_mean, listed
from streamlr.records import Decoded


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


def absent(missing: Iterable[str], there: Collection[str]) -> DataError:
    """Say which columns of the schema a stream of columns does not have."""
    names = sorted(missing)
    hinted = ", ".join(f"{name!r}{did_you_mean(name, there)}" for name in names)
    return DataError(
        f"[stream] there is no column {hinted}; columns there: {listed(there, names[0])}"
    )
