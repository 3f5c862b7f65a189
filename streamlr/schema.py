"""Decide once which fields are features, from the first records alone, and say what was decided.

Nothing that comes later changes it: a schema that followed the stream would look ahead, and
would move the model's weights about.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from streamlr.config import StreamConfig
from streamlr.errors import DataError, did_you_mean, listed
from streamlr.records import Schema


def infer(
    records: Sequence[Mapping[str, Any]], stream: StreamConfig
) -> tuple[Schema, dict[str, str]]:
    """Find the numeric fields.

    Parameters
    ----------
    records
        The first records of the stream.
    stream
        Names the label, fields to leave out, or all the features.

    Returns
    -------
    Schema
        Features in the order of their first appearance.
    dict
        Field left out → why.

    Raises
    ------
    DataError
        The label or a declared feature is in none of the records, or no numeric field is left.
    """
    seen: dict[str, str] = {}
    count = len(records)
    for record in records:
        for name, value in record.items():
            seen[name] = _widen(seen.get(name, "empty"), value)
    if count == 0:
        message = (
            "the stream ended before its first readable record: there is nothing to learn from"
        )
        raise DataError(message)
    _require(stream, seen, count)
    if seen[stream.label] == "nested":
        message = (
            f"[stream] label: {stream.label!r} holds lists or objects in the first {count} "
            "records; a label is a number, a text or a truth value"
        )
        raise DataError(message)
    if stream.features:
        return Schema(stream.features, stream.label), {}
    left_out = {name: reason for name in seen if (reason := _why_not(name, seen[name], stream))}
    features = tuple(name for name in seen if name not in left_out and name != stream.label)
    if not features:
        listed = "; ".join(f"{name}: {why}" for name, why in left_out.items()) or "none at all"
        message = (
            f"no numeric field to learn from in the first {count} records (fields left out: "
            f"{listed}); set [stream] features"
        )
        raise DataError(message)
    return Schema(features, stream.label), left_out


def _widen(kind: str, value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return kind
    mine = (
        "number"
        if isinstance(value, int | float)
        else "text"
        if isinstance(value, str)
        else "nested"
    )
    return mine if kind in ("empty", mine) else "mixed"


def _why_not(name: str, kind: str, stream: StreamConfig) -> str:
    if name == stream.label:
        return ""
    if name in stream.ignore:
        return "ignored by the configuration"
    return "" if kind == "number" else f"{kind}, not numbers"


def _require(stream: StreamConfig, seen: Mapping[str, str], count: int) -> None:
    for key, names in (
        ("label", (stream.label,)),
        ("features", stream.features),
        ("ignore", stream.ignore),
    ):
        for name in names:
            if name not in seen:
                message = (
                    f"[stream] {key}: there is no field {name!r}{did_you_mean(name, seen)} in the "
                    f"first {count} records; fields there: {listed(seen, name)}"
                )
                raise DataError(message)
