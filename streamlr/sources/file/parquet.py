"""Parquet: a row becomes a line of JSON, and from there on is like any other record.

Numbers keep every bit. NaN and infinities are missing, as JSON has neither; decimals are floats;
dates and times are text. Columns of bytes, lists and structs are left out.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars import selectors

from streamlr.errors import DataError
from streamlr.records import Positions, RawBatch, Topics
from streamlr.sources.file.counting import CountedFile

_BLOCK_ROWS = 8192
_READABLE = (
    selectors.numeric()
    | selectors.boolean()
    | selectors.temporal()
    | selectors.string(include_categorical=True)
)


class ParquetFile(CountedFile):
    """Rows of a Parquet file.

    Parameters
    ----------
    path, key
        The file, and what named it.
    """

    decoder = "json"

    def __init__(self, path: Path, key: str) -> None:
        super().__init__(path, key)
        self._frame = pl.scan_parquet(path)

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:  # noqa: ARG002 - none here
        """Stand at a row."""
        position = (positions or {}).get(0, 0)
        rows = self.count()
        if rows == 0:
            raise DataError(f"{self._key}: {self._path} is empty: it has columns, but no row")
        if rows < position:
            raise self._gone(rows, position)
        self._at = position
        readable = self._frame.select(_READABLE).with_columns(selectors.decimal().cast(pl.Float64))
        blocks = readable.slice(position).collect_batches(
            chunk_size=_BLOCK_ROWS, maintain_order=True
        )
        self._blocks: Iterator[pl.DataFrame] = iter(blocks)
        self._block = pl.DataFrame()
        return {0: position}

    def poll(self, records: int, seconds: float) -> RawBatch | None:  # noqa: ARG002 - a file never waits
        """Next rows."""
        try:
            while not len(self._block):
                self._block = next(self._blocks)
        except StopIteration:
            self.finished = True
            return None
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DataError(f"{self._path}: after row {self._at}: {_first_line(error)}") from error
        rows, self._block = self._block.head(records), self._block.slice(records)
        return self._batch(rows.write_ndjson().encode().splitlines(), len(rows))

    def count(self) -> int:
        """Rows of the whole file: its footer says."""
        try:
            return int(self._frame.select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, OSError) as error:
            message = f"{self._key}: cannot read {self._path} as Parquet: {_first_line(error)}"
            raise DataError(message) from error

    def close(self) -> None:
        """Let go of what is left to read."""
        self._blocks = iter(())


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
