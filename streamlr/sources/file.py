"""A file: CSV with a header, or one JSON object a line; gzipped where its name ends in ``.gz``.

The offset of a record is its row number, from 0. Rows are read in blocks, so a file of any size
needs little memory.
"""

import gzip
import itertools
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, cast

import numpy as np
import polars as pl
from pydantic import Field

from streamlr.components import ComponentConfig
from streamlr.errors import DataError, UnavailableError
from streamlr.records import Positions, RawBatch, Topics
from streamlr.sources import Lag

_BLOCK_ROWS = 8192


class Config(ComponentConfig):
    """A CSV or NDJSON file, read once from start to end."""

    type: Literal["file"] = "file"
    path: Path = Field(description="the file")
    format: Literal["auto", "csv", "ndjson"] = Field("auto", description="auto: by the file's name")
    separator: Annotated[str, Field(min_length=1, max_length=1)] = Field(",", description="of CSV")


def build(config: Config, name: str) -> "CsvFile | LinesFile":  # noqa: ARG001 - one signature for every source
    """Choose by format.

    Raises
    ------
    UnavailableError
        There is no such file, or it cannot be read.
    """
    if not config.path.is_file():
        message = f"[source] path: there is no file {config.path}"
        raise UnavailableError(message)
    suffix = Path(config.path.stem if config.path.suffix == ".gz" else config.path).suffix
    format_ = config.format if config.format != "auto" else suffix.removeprefix(".")
    if format_ in ("ndjson", "jsonl", "json"):
        return LinesFile(config)
    return CsvFile(config)


class _File:
    """What both formats share: rows counted from 0, in one partition."""

    topics: Topics = ()

    def __init__(self, config: Config) -> None:
        self._config = config
        self._at = 0
        self.finished = False

    def _batch(self, payload: Any, count: int) -> RawBatch:  # noqa: ANN401 - a format's own
        start, self._at = self._at, self._at + count
        zeros = np.zeros(count, np.int64)
        return RawBatch(payload, zeros, np.arange(start, self._at), 0, None, {0: self._at})

    def _gone(self, rows: int, position: int) -> DataError:
        return DataError(
            f"[source] path: {self._config.path} has {rows} rows, but {position} of it were read "
            "before the checkpoint: it was cut or replaced"
        )

    def commit(self, positions: Positions) -> None:
        """Nobody to tell."""

    def lag(self) -> Lag:
        """Not known without reading the file to its end."""
        return Lag({0: 0} if self.finished else {})


class CsvFile(_File):
    """Blocks of text columns; the decoder casts them."""

    decoder = "csv"

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:  # noqa: ARG002 - none here
        """Stand at a row."""
        self._at = self._began = (positions or {}).get(0, 0)
        try:
            frame = self._frame = pl.scan_csv(
                self._config.path,
                infer_schema=False,
                separator=self._config.separator,
            )
            self._width = len(frame.collect_schema())
            blocks = frame.slice(self._at).collect_batches(
                chunk_size=_BLOCK_ROWS, maintain_order=True
            )
        except pl.exceptions.NoDataError as error:
            message = f"[source] path: {self._config.path} is empty"
            raise DataError(message) from error
        except (pl.exceptions.PolarsError, OSError) as error:
            message = f"[source] path: cannot read {self._config.path} as CSV: {_first_line(error)}"
            raise DataError(message) from error
        self._blocks: Iterator[pl.DataFrame] = iter(blocks)
        self._block = pl.DataFrame()
        return {0: self._at}

    def poll(self, records: int, seconds: float) -> RawBatch | None:  # noqa: ARG002 - a file never waits
        """Next rows."""
        if not len(self._block):
            try:
                self._block = next(self._blocks, pl.DataFrame())
            except (pl.exceptions.PolarsError, OSError) as error:
                message = f"{self._config.path}: after row {self._at}: {_first_line(error)}"
                raise DataError(message) from error
        if not len(self._block):
            self._require_rows()
            self.finished = True
            return None
        rows, self._block = self._block.head(records), self._block.slice(records)
        return self._batch(rows, len(rows))

    def _require_rows(self) -> None:
        """Tell the end of the file from rows that are gone though they had been read."""
        if self._at == self._began > 0:
            rows = self._frame.select(pl.len()).collect().item()
            if rows < self._began:
                raise self._gone(rows, self._began)

    def count(self) -> int:
        """Rows of the whole file, for a progress bar; reads it once more."""
        return int(self._frame.select(pl.len()).collect().item())

    def close(self) -> None:
        """Let go of what is left to read."""
        self._blocks = iter(())


class LinesFile(_File):
    """Lines of JSON."""

    decoder = "json"

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:  # noqa: ARG002 - none here
        """Stand at a line."""
        self._file = self._reader()
        self._at = 0
        position = (positions or {}).get(0, 0)
        while self._at < position:
            self._at += len(skipped := self._lines(min(position - self._at, _BLOCK_ROWS)))
            if not skipped:
                raise self._gone(self._at, position)
        return {0: self._at}

    def _reader(self) -> BinaryIO:
        opener = gzip.open if self._config.path.suffix == ".gz" else open
        return cast("BinaryIO", opener(self._config.path, "rb"))

    def _lines(self, count: int) -> list[bytes]:
        try:
            return list(itertools.islice(self._file, count))
        except (OSError, EOFError, zlib.error) as error:
            message = f"{self._config.path}: after line {self._at}: {error}"
            raise DataError(message) from error

    def poll(self, records: int, seconds: float) -> RawBatch | None:  # noqa: ARG002 - a file never waits
        """Next lines."""
        lines = self._lines(records)
        if not lines:
            self.finished = True
            return None
        return self._batch(lines, len(lines))

    def count(self) -> int:
        """Lines of the whole file, for a progress bar; reads it once more."""
        with self._reader() as file:
            return sum(1 for _ in file)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
