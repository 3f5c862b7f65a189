"""Decoders: a poll's raw records → numeric columns and labels, with a verdict on each row.

A component offers ``build(config, schema) -> Decoder`` and ``sample(config, payload) ->
list[dict]``: records as plain mappings, for inferring a schema (a record it cannot read is left
out there; it is rejected when it is decoded), and ``original(payload, row) -> bytes``, for dead
letters. One that needs more than the records offers ``prepare(config, payload)``: it is called
before they are sampled or decoded, and once without any at start; raises ``NotNowError`` while
what they need cannot be had, and is called again until it can. ``misfit(source)`` may say why
the records of a type of source are not of its kind.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from streamlr import event_times, record_keys, registry
from streamlr.components import ComponentConfig
from streamlr.errors import DataError, did_you_mean, listed
from streamlr.json_scanner.scanner import Scanned
from streamlr.records import Decoded, Reject, Schema, Tokens


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


def with_aside(
    decoded: Decoded, schema: Schema, keys: Iterable[Any], times: Iterable[Iterable[Any]]
) -> Decoded:
    """Put keys and times, as Python holds them, to the records; those that are none reject theirs.

    Parameters
    ----------
    decoded
        Without them.
    schema
        Which of them are read.
    keys
        One for each record, None where it has none; not looked at where the schema reads none.
    times
        The same of each of the schema's times.
    """
    rejects: list[Reject] = []
    found_keys, found_times = None, {}
    if schema.key:
        held = _each(decoded, f"key {schema.key!r}", record_keys.checked, keys, rejects)
        found_keys = record_keys.of_values(held)
    for name, values in zip(schema.times, times, strict=True):
        held = _each(decoded, f"time {name!r}", event_times.seconds, values, rejects)
        found_times[name] = np.array([np.nan if time is None else time for time in held])
    whole = replace(decoded, keys=found_keys, times=found_times)
    if not rejects:
        return whole
    first = {reject.row: reject for reject in reversed(rejects)}  # a record is rejected once
    return whole.without(list(first.values()), ~np.isin(decoded.rows, list(first)))


def _each(
    decoded: Decoded,
    name: str,
    read: Callable[[Any], Any],
    values: Iterable[Any],
    rejects: list[Reject],
) -> list[Any]:
    held = []
    for row, value in zip(decoded.rows.tolist(), values, strict=True):
        try:
            held.append(None if value is None else read(value))
        except (ValueError, OverflowError) as error:
            rejects.append(Reject(row, "wrong_type", f"{name}: {error}"))
            held.append(None)
    return held


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
    whole = Decoded(rows, values, labels, [], scanned.keys, scanned.times, scanned.tokens)
    if others is None:
        return whole
    read = scanned.unread[others.rows]
    if whole.tokens is not None and others.tokens is not None:
        span, code = whole.tokens
        span[read] = others.tokens.span + len(code)
        tokens = Tokens(span, np.concatenate([code, others.tokens.code]))
        whole = replace(whole, tokens=tokens)
    values[read] = others.values
    if whole.keys is not None:
        whole.keys[read] = others.keys
    for name, times in others.times.items():
        whole.times[name][read] = times
    for row, label in zip(read.tolist(), others.labels, strict=True):
        labels[row] = label
    if not others.rejects:
        return whole
    rejects = [
        Reject(int(scanned.unread[reject.row]), reject.reason, reject.detail)
        for reject in others.rejects
    ]
    kept = np.ones(len(labels), np.bool_)
    kept[[reject.row for reject in rejects]] = False
    return whole.without(rejects, kept)
