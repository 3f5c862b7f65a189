"""Records of a CSV text, cut apart by the source: their cells are found and cast here.

An empty cell is missing. A record whose cell is not a number where one should be, that has more
cells than the header names, or whose quotes do not match is rejected: nothing is silently taken
as missing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import polars as pl

from streamlr import category_codes
from streamlr.components import ComponentConfig
from streamlr.csv_scanner import CsvScanner
from streamlr.decoders import Decoder, absent, completed, with_aside
from streamlr.records import CsvRecords, Decoded, Reject, Schema
from streamlr.tokens import Tokeniser

_MORE = "\0"  # column of what stands behind the last one: no header can name it so


class Config(ComponentConfig):
    """Text columns of a CSV file."""

    type: Literal["csv"] = "csv"


def build(config: Config, schema: Schema) -> Decoder:  # noqa: ARG001 - one signature for every decoder
    """Prepare to read the schema's columns."""
    return CsvDecoder(schema)


def sample(config: Config, payload: CsvRecords) -> list[dict[str, Any]]:  # noqa: ARG001 - as above
    """Records as mappings; cells that look like numbers are numbers."""
    cells, rejects = _cells(payload, payload.columns)
    numbers = cells.select(_number(name) for name in cells.columns)
    rows = _without(len(cells), rejects).tolist()
    parsed, text = numbers.rows(), cells.rows()
    return [
        {
            name: cell if number is None else number
            for name, number, cell in zip(payload.columns, parsed[row], text[row], strict=True)
        }
        for row in rows
    ]


def original(payload: CsvRecords, row: int) -> bytes:
    """A record as it stands in the text, without the line's end."""
    return payload.records[row].rstrip(b"\r\n")


class CsvDecoder:
    """Reads the schema's columns.

    Notes
    -----
    The scanner reads plain records, at several times the speed; polars all others, or says what is
    wrong with them.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._features = schema.features
        self._categories = {name: category_codes.seed(name) for name in schema.categories}
        self._label = schema.label
        self._tokeniser = Tokeniser(schema) if schema.texts else None
        self._scanners: dict[tuple[tuple[str, ...], bytes], CsvScanner] = {}
        # whatever the columns will be: compiled, or loaded, before the first record comes
        CsvScanner(schema, schema.fields, b",")

    def decode(self, payload: CsvRecords) -> Decoded:
        """Read each record's fields; records that cannot be read are rejected."""
        form = payload.columns, payload.separator
        if form not in self._scanners:
            if missing := set(self._schema.named) - set(payload.columns):
                raise absent(missing, payload.columns)
            self._scanners = {form: CsvScanner(self._schema, *form)}
        scanned = self._scanners[form].scan(payload.records)
        unread = [payload.records[row] for row in scanned.unread.tolist()]
        others = self._one_by_one(replace(payload, records=unread)) if unread else None
        return completed(scanned, others)

    def _values(self, numbers: pl.DataFrame, cells: pl.DataFrame) -> np.ndarray:
        """Numbers, then codes: a row a record."""
        codes = [_codes(cells[name], seed) for name, seed in self._categories.items()]
        return np.column_stack([*(column.to_numpy() for column in numbers), *codes])

    def _one_by_one(self, payload: CsvRecords) -> Decoded:
        cells, rejects = _cells(payload, self._schema.fields)
        numbers = cells.select(_number(name) for name in self._features)
        if numbers.null_count().row(0) != cells.select(self._features).null_count().row(0):
            wrong = self._wrong_types(cells, numbers)
            rejects = sorted([*rejects, *wrong], key=lambda reject: reject.row)
        rows = _without(len(cells), rejects)
        values = self._values(numbers, cells)[rows]
        schema, cells = self._schema, cells[rows]
        labels = cells[self._label].to_list() if self._label else [None] * len(rows)
        read = Decoded(rows, values, labels, rejects)
        if self._tokeniser is not None:
            texts = cells.select(schema.texts).iter_rows()
            read = replace(read, tokens=self._tokeniser.of_texts(texts))
        keys = cells[schema.key].to_list() if schema.key else ()
        times = [cells[name].to_list() for name in schema.times]
        return with_aside(read, schema, keys, times)

    def _wrong_types(self, cells: pl.DataFrame, numbers: pl.DataFrame) -> list[Reject]:
        found: dict[int, Reject] = {}
        for column, name in zip(numbers.columns, self._features, strict=True):
            wrong = numbers[column].is_null() & cells[column].is_not_null()
            for row in wrong.arg_true().to_list():
                detail = f"column {name!r} holds {cells[column][row]!r}, which is not a number"
                found.setdefault(row, Reject(row, "wrong_type", detail))
        return list(found.values())


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


def _without(count: int, rejects: Sequence[Reject]) -> np.ndarray:
    """Rows that are left, ascending."""
    rows = np.arange(count)
    return np.delete(rows, [reject.row for reject in rejects]) if rejects else rows


def _cells(payload: CsvRecords, wanted: Sequence[str]) -> tuple[pl.DataFrame, list[Reject]]:
    """Text of the wanted columns in their order, a row a record, empty where it is rejected."""
    separator = re.escape(payload.separator)
    cell = rb'(?:"(?:[^"]|"")*+"|[^"%b]*+)' % separator
    well_formed = re.compile(rb"%b(?:%b%b)*+[\r\n]*" % (cell, separator, cell)).fullmatch
    records = [
        record if record.strip(b"\r\n") and well_formed(record) else None
        for record in payload.records
    ]
    frame = _read(payload, records, dict.fromkeys(wanted, pl.String))
    bad = frame[_MORE].is_not_null()
    rejects = [_reject(row, payload) for row in bad.arg_true().to_list()]
    return frame.select(pl.when(~bad).then(pl.col(wanted))), rejects


def _reject(row: int, payload: CsvRecords) -> Reject:
    record = payload.records[row].strip()
    if not record:
        return Reject(row, "empty", "a blank line")
    if b'"' in record:
        return Reject(row, "malformed", "its quotes do not match, or it has too many cells")
    cells = record.count(payload.separator) + 1
    detail = f"it has {cells} cells, the header names {len(payload.columns)} columns"
    return Reject(row, "malformed", detail)


def _read(
    payload: CsvRecords,
    records: Sequence[bytes | None],
    types: Mapping[str, type[pl.DataType]],
) -> pl.DataFrame:
    """Columns of the types wanted, and ``_MORE``, which is not null where a record was bad.

    Parameters
    ----------
    payload
        Says what the columns are.
    records
        None for one that polars must not see: what a stray quote does depends on its neighbours.
    types
        Column → what to make of its cells.

    Raises
    ------
    polars.exceptions.ComputeError
        A cell is not of its type.
    """
    # columns go by their places meanwhile: names may hold anything
    places = {name: f"c{place}" for place, name in enumerate(payload.columns)}
    names = {places[name]: name for name in types} | {"more": _MORE}
    separator = payload.separator
    header = separator.join(name.encode() for name in [*places.values(), "more"])
    bad = separator * len(places) + b"bad\n"
    lines = [bad if record is None else record for record in records]
    frame = pl.read_csv(
        b"\n".join([header, b"".join(lines)]),
        columns=list(names),
        separator=separator.decode(),
        schema_overrides={places[name]: type_ for name, type_ in types.items()},
        infer_schema=False,
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
    )
    return frame.select(list(names)).rename(names)
