"""Real streams for the broker tests: data sets that come with River, as flat JSON records."""

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
from river import datasets


def phishing(count: int | None = None) -> list[bytes]:
    """River's phishing web sites: nine numeric features, a label of two classes, 1,250 rows.

    With ``count``, that many records, going round as often as needed.
    """
    rows = itertools.cycle(_rows()) if count is not None else _rows()
    return [msgspec.json.encode(row) for row in itertools.islice(rows, count)]


def _rows() -> Iterator[dict[str, Any]]:
    for features, label in datasets.Phishing():
        yield {**features, "is_phishing": label}


LABEL = "is_phishing"
