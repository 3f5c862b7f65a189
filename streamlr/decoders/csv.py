"""Rows of a CSV file as the file source hands them over: data frames whose columns are still text.

An empty cell is missing. A cell that is not a number rejects its row: it is not silently taken
as missing.
"""

from typing import Any, Literal

import numpy as np
import polars as pl

from streamlr import category_codes
from streamlr.components import ComponentConfig
from streamlr.decoders import Decoder, absent
from streamlr.records import Decoded, Reject, Schema


class Config(ComponentConfig):
    """Text columns of a CSV file."""

    type: Literal["csv"] = "csv"


def build(config: Config, schema: Schema) -> Decoder:  # noqa: ARG001 - one signature for every decoder
    """Prepare to read the schema's columns."""
    return CsvDecoder(schema)


def sample(payload: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as mappings; cells that look like numbers are numbers."""
    numbers = payload.select(_number(name) for name in payload.columns)
    rows = zip(numbers.iter_rows(), payload.iter_rows(), strict=True)
    return [
        {
            name: cell if number is None else number
            for name, number, cell in zip(payload.columns, parsed, text, strict=True)
        }
        for parsed, text in rows
    ]


def original(payload: pl.DataFrame, row: int) -> bytes:
    """A row's cells, joined again."""
    return ",".join(cell or "" for cell in payload.row(row)).encode()


class CsvDecoder:
    """Casts the schema's columns to float64."""

    def __init__(self, schema: Schema) -> None:
        self._features = list(schema.features)
        self._categories = {name: category_codes.seed(name) for name in schema.categories}
        self._label = schema.label

    def decode(self, payload: pl.DataFrame) -> Decoded:
        """Cast each column; rows with a cell that is not a number are rejected."""
        if missing := {*self._features, *self._categories, self._label} - set(payload.columns):
            raise absent(missing, payload.columns)
        text = payload.select(self._features)
        numbers = text.select(_number(name) for name in self._features)
        wrong = numbers.null_count().row(0) != text.null_count().row(0)
        rejects = _rejects(text, numbers) if wrong else []
        rows = np.arange(len(payload))
        if rejects:
            rows = np.delete(rows, [reject.row for reject in rejects])
        codes = [_codes(payload[name], seed) for name, seed in self._categories.items()]
        values = np.column_stack([*(column.to_numpy() for column in numbers), *codes])
        values = np.ascontiguousarray(values[rows])
        labels = payload[self._label]
        return Decoded(
            rows, values, (labels.gather(rows) if rejects else labels).to_list(), rejects
        )


def _codes(cells: pl.Series, seed: np.uint64) -> np.ndarray:
    """Codes of cells: a number's where a cell is one; NaN where it is empty."""
    met = cells.unique()
    numbers = met.str.strip_chars().cast(pl.Float64, strict=False)
    codes = [
        None if cell is None else category_codes.code(cell if number is None else number, seed)
        for cell, number in zip(met.to_list(), numbers.to_list(), strict=True)
    ]
    return cells.replace_strict(met, codes, return_dtype=pl.Float64).to_numpy()


def _number(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars().cast(pl.Float64, strict=False)


def _rejects(text: pl.DataFrame, numbers: pl.DataFrame) -> list[Reject]:
    found: dict[int, Reject] = {}
    for name in text.columns:
        wrong = (numbers[name].is_null() & text[name].is_not_null()).arg_true().to_list()
        for row in wrong:
            detail = f"column {name!r} holds {text[name][row]!r}, which is not a number"
            found.setdefault(row, Reject(row, "wrong_type", detail))
    return [found[row] for row in sorted(found)]
