"""Text: CSV, NDJSON or ARFF, gzipped where its bytes say so."""

import gzip
import itertools
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from streamlr.errors import DataError
from streamlr.records import Positions, RawBatch, Topics
from streamlr.sources import splitting
from streamlr.sources.file.counting import CountedFile

_GZIP = b"\x1f\x8b"
_BLOCK_LINES = 8192  # when skipping and counting


class LinesFile(CountedFile):
    """Records of a text.

    Parameters
    ----------
    path, key
        The file, and what named it.
    format_
        One of :data:`streamlr.sources.splitting.FORMATS`.
    separator
        Of CSV.
    """

    def __init__(self, path: Path, key: str, format_: str, separator: str) -> None:
        super().__init__(path, key)
        self._format = (format_, separator, str(path))
        self._splitter = splitting.make(*self._format)
        self.decoder = self._splitter.decoder
        self._lines_read = 0
        self._ended = False

    def open(self, positions: Positions | None, topics: Topics = ()) -> Positions:  # noqa: ARG002 - none here
        """Stand at a record."""
        self._file = self._reader()
        self._ahead: list[bytes] = []
        position = (positions or {}).get(0, 0)
        while self._at < position and (records := self._next(_BLOCK_LINES)):
            skipped = min(len(records), position - self._at)
            self._at += skipped
            self._ahead = records[skipped:]
        if self._at < position:
            raise self._gone(self._at, position)
        return {0: self._at}

    def _reader(self) -> BinaryIO:
        opener = gzip.open if self._is_gzipped() else open
        return cast("BinaryIO", opener(self._path, "rb"))

    def _is_gzipped(self) -> bool:
        with self._path.open("rb") as file:
            return self._path.suffix == ".gz" or file.read(2) == _GZIP

    def poll(self, records: int, seconds: float) -> RawBatch | None:  # noqa: ARG002 - a file never waits
        """Next records."""
        taken = self._ahead or self._next(records)
        taken, self._ahead = taken[:records], taken[records:]
        if not taken:
            self.finished = True
            return None
        return self._batch(self._splitter.payload(taken), len(taken))

    def _next(self, count: int) -> list[bytes]:
        """So many records; fewer at the end, more where an open quote had held them back."""
        records: list[bytes] = []
        while len(records) < count and not self._ended:
            wanted = count - len(records)
            lines = self._lines(wanted)
            self._ended = len(lines) < wanted
            records += self._splitter.split(lines, last=self._ended)
        return records

    def _lines(self, count: int) -> list[bytes]:
        try:
            lines = list(itertools.islice(self._file, count))
        except (OSError, EOFError, zlib.error) as error:
            message = f"{self._path}: after line {self._lines_read}: {error}"
            raise DataError(message) from error
        self._lines_read += len(lines)
        return lines

    def count(self) -> int:
        """Records of the whole file, for a progress bar; reads it once more."""
        splitter = splitting.make(*self._format)
        count = 0
        with self._reader() as file:
            while lines := list(itertools.islice(file, _BLOCK_LINES)):
                count += len(splitter.split(lines, last=len(lines) < _BLOCK_LINES))
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
