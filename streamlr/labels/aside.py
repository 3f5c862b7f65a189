"""What tells which records belong together, and when each was: of a field, or of the message."""

import numpy as np

from streamlr import record_keys
from streamlr.records import Decoded, RawBatch

MESSAGE_KEY = "@key"
"""Instead of a field: the key of the Kafka message."""


def fields(key: str | None, time: str | None) -> dict[str, str]:
    """Key of the configuration → the field that it names, beside those of the schema."""
    named = {"key": key, "time": time}
    return {table: field for table, field in named.items() if field and field != MESSAGE_KEY}


def warm_up(key: str | None) -> None:
    """Compile what reads keys, or load it from the cache."""
    if key == MESSAGE_KEY:
        record_keys.of_values([])


def keys(decoded: Decoded, raw: RawBatch) -> np.ndarray:
    """Each record's: int64 [records, 2], both 0 where there is none."""
    found = decoded.keys
    if found is None:
        assert raw.keys is not None  # noqa: S101 - the configuration was checked
        found = record_keys.of_values(raw.keys())[decoded.rows]
    return np.ascontiguousarray(found).view(np.int64)


def times(decoded: Decoded, raw: RawBatch, field: str | None) -> np.ndarray:
    """Each record's event time: float64 [records], in seconds since 1970; NaN where it has none.

    It is a field's, or the broker's timestamp where no field is named.
    """
    if field is not None:
        return np.ascontiguousarray(decoded.times[field])
    if raw.timestamps is None:
        return np.full(len(decoded.rows), np.nan)
    stamps = raw.timestamps()[decoded.rows]
    return np.where(stamps > 0, stamps / 1000.0, np.nan)  # a broker may give none
