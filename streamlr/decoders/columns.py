"""Columns that a source hands over as they are: numbers to order, texts to find the words in."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import numpy as np

from streamlr import category_codes, event_times, record_keys
from streamlr.components import ComponentConfig
from streamlr.decoders import Decoder, absent
from streamlr.records import Decoded, Schema
from streamlr.tokens import Tokeniser


class Config(ComponentConfig):
    """Columns of numbers and of texts."""

    type: Literal["columns"] = "columns"


def build(config: Config, schema: Schema) -> Decoder:  # noqa: ARG001 - one signature for every decoder
    """Prepare to order the schema's columns."""
    return ColumnsDecoder(schema)


def sample(config: Config, payload: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:  # noqa: ARG001 - as above
    """Rows as mappings."""
    columns = {name: column.tolist() for name, column in payload.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def original(payload: Mapping[str, np.ndarray], row: int) -> bytes:
    """A row as JSON: numbers have no bytes of their own."""
    return msgspec.json.encode(
        {name: column[row : row + 1].tolist()[0] for name, column in payload.items()}
    )


class ColumnsDecoder:
    """Stacks the schema's columns."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._tokeniser = Tokeniser(schema) if schema.texts else None

    def decode(self, payload: Mapping[str, np.ndarray]) -> Decoded:
        """Stack the columns, read the texts; nothing is ever rejected."""
        fields, label = [*self._schema.features, *self._schema.categories], self._schema.label
        if missing := set(self._schema.named) - set(payload):
            raise absent(missing, payload)
        rows = len(payload[self._schema.named[0]])
        labels = payload[label].tolist() if label else [None] * rows
        values = np.empty((rows, len(fields)))
        for place, name in enumerate(fields):
            values[:, place] = payload[name]
        for place, name in enumerate(self._schema.categories, len(self._schema.features)):
            values[:, place] = category_codes.of_column(values[:, place], category_codes.seed(name))
        tokens = None
        if self._tokeniser is not None:
            texts = zip(*(payload[name].tolist() for name in self._schema.texts), strict=True)
            tokens = self._tokeniser.of_texts(texts)
        key = self._schema.key
        keys = record_keys.of_values(payload[key].tolist()) if key else None
        times = {name: event_times.of_numbers(payload[name]) for name in self._schema.times}
        return Decoded(np.arange(rows), values, labels, [], keys, times, tokens)
