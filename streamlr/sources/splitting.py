"""Lines → records: where one record of a text ends and the next begins.

NDJSON has a record a line. In CSV the first line is the header, and a record goes on over line ends
within a quoted cell. ARFF has a header of its own (``arff.py``). What is in a record is the
decoder's business.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from streamlr.errors import DataError
from streamlr.records import CsvRecords
from streamlr.sources.arff import ArffSplitter

FORMATS = ("arff", "csv", "ndjson")
_LONGEST = 65_536  # bytes that a record may go on for; beyond, the quote was a slip
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Splitter(Protocol):
    """Cuts a stream of lines into records, and says which decoder reads them."""

    decoder: str

    def split(self, lines: list[bytes], *, last: bool) -> list[bytes]:
        """Records that these lines complete.

        Parameters
        ----------
        lines
            The next ones, with their ends.
        last
            Whether no more will come: then nothing is held back.
        """
        ...

    def payload(self, records: list[bytes]) -> object:
        """What the decoder takes."""
        ...


def make(format_: str, separator: str, name: str) -> Splitter:
    """The splitter of a format, one of ``FORMATS``; ``name`` is the stream's in messages."""
    if format_ == "arff":
        return ArffSplitter(name)
    return NdjsonSplitter() if format_ == "ndjson" else CsvSplitter(separator, name)


class NdjsonSplitter:
    """A line, a record."""

    decoder = "json"

    def split(self, lines: list[bytes], *, last: bool) -> list[bytes]:  # noqa: ARG002 - no line waits
        """The lines themselves."""
        return lines

    def payload(self, records: list[bytes]) -> list[bytes]:
        """The records themselves."""
        return records


class CsvSplitter:
    """The first line is the header; a quoted cell may hold line ends.

    Notes
    -----
    A quote that is opened and not closed within 64 KiB is taken for a slip: its line is a record
    of its own, which the decoder rejects, and the lines after it are cut anew.
    """

    decoder = "csv"

    def __init__(self, separator: str, name: str) -> None:
        self._separator = separator.encode()
        self._name = name
        self._columns: tuple[str, ...] | None = None
        self._open: list[bytes] = []  # lines of a record that is not complete

    def split(self, lines: list[bytes], *, last: bool) -> list[bytes]:
        """Records that these lines complete."""
        if self._columns is None and lines:
            self._columns = self._header(lines[0])
            lines = lines[1:]
        if not self._open and b'"' not in b"".join(lines):  # the common case
            return lines
        waiting, self._open = [*self._open, *lines], []
        records: list[bytes] = []
        at = 0
        while at < len(waiting):
            length = self._length(waiting, at)
            if length is None and not last:
                self._open = waiting[at:]
                break
            length = length or 1
            records.append(b"".join(waiting[at : at + length]))
            at += length
        return records

    def _length(self, lines: Sequence[bytes], at: int) -> int | None:
        """Lines of the record that begins at ``at``; None where more are needed to tell."""
        record = b""
        for count, line in enumerate(lines[at:], start=1):
            record += line
            if not self._is_open(record):
                return count
            if len(record) > _LONGEST:
                return 1
        return None

    def _is_open(self, record: bytes) -> bool:
        """Whether it ends within a quoted cell; a quote amid a cell is a character like others."""
        at = 0
        while True:
            if record[at : at + 1] == b'"':
                at = record.find(b'"', at + 1)
                while at >= 0 and record[at + 1 : at + 2] == b'"':  # two stand for one
                    at = record.find(b'"', at + 2)
                if at < 0:
                    return True
            at = record.find(self._separator, at) + 1
            if at == 0:
                return False

    def _header(self, line: bytes) -> tuple[str, ...]:
        try:
            text = line.removeprefix(_BYTE_ORDER_MARK).decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self._name}: the header is not UTF-8 text: {error.reason}"
            ) from error
        columns = tuple(next(csv.reader([text], delimiter=self._separator.decode()), ()))
        if not any(columns):
            raise DataError(f"{self._name}: the first line is blank; it must name the columns")
        twice = [name for name, count in Counter(columns).items() if count > 1]
        if twice:
            raise DataError(f"{self._name}: the header names {twice[0]!r} more than once")
        return columns

    def payload(self, records: list[bytes]) -> CsvRecords:
        """The records with what the header said."""
        return CsvRecords(self._columns or (), self._separator, records)
