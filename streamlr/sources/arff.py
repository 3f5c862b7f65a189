"""ARFF, the format of Weka: a header that names the columns, then rows much like those of CSV.

Rows are handed on as CSV, to dead letters too: ``?`` is an empty cell, quotes are CSV's; comments
and blank lines are left out.
"""

import re
from collections import Counter

from streamlr.errors import DataError
from streamlr.records import CsvRecords

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QUOTED = r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\""""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_QUOTED}|[^\s'\"]\S*)\s+(\S.*)", re.IGNORECASE)
_CELL = re.compile(rf"\s*+({_QUOTED}|[^,'\"]*+)\s*+(?:,|\Z)")
_PLAIN = re.compile(rb"[^\s?'\"\\%{]*+\r?\n?")
"""A row that is CSV as it stands."""

_ESCAPED = re.compile(r"\\(.)")
_MEANS = {"n": "\n", "t": "\t", "r": "\r"}


class ArffSplitter:
    """A line, a record; those before ``@data`` say what the columns are.

    Notes
    -----
    A row whose quotes do not match is handed on as it stands, for the decoder to reject.
    """

    decoder = "csv"

    def __init__(self, name: str) -> None:
        self._name = name
        self._columns: list[str] = []
        self._begun = False
        self._lines = 0

    def split(self, lines: list[bytes], *, last: bool) -> list[bytes]:
        """The rows among them, as CSV."""
        records = []
        for line in lines:
            self._lines += 1
            if not self._begun:
                self._declare(line)
            elif _PLAIN.fullmatch(line) and line.strip():
                records.append(line)
            else:
                records += self._row(line.decode(errors="replace").strip())
        if last and not self._begun:
            raise self._fault("the file ends before @data")
        return records

    def payload(self, records: list[bytes]) -> CsvRecords:
        """The records with what the header said."""
        return CsvRecords(tuple(self._columns), b",", records)

    def _declare(self, line: bytes) -> None:
        """Take a line of the header."""
        text = line.removeprefix(_BYTE_ORDER_MARK).decode(errors="replace").strip()
        word = text.split(maxsplit=1)[0].lower() if text else ""
        if not text or text.startswith("%") or word == "@relation":
            return
        if word == "@attribute":
            self._add(text)
        elif word == "@data":
            self._begin()
        else:
            raise self._fault(f"{text[:40]!r} stands in the header; is it ARFF?")

    def _add(self, text: str) -> None:
        found = _ATTRIBUTE.fullmatch(text)
        if found is None:
            raise self._fault(f"{text!r} does not name an attribute and its type")
        if found[2].split()[0].lower() == "relational":
            raise self._fault(f"the attribute {found[1]} is relational, which is not read")
        self._columns.append(_unquoted(found[1]))

    def _begin(self) -> None:
        if not self._columns:
            raise self._fault("there is no @attribute before @data")
        twice = [name for name, count in Counter(self._columns).items() if count > 1]
        if twice:
            raise self._fault(f"two attributes are named {twice[0]!r}")
        self._begun = True

    def _row(self, text: str) -> list[bytes]:
        if not text or text.startswith("%"):
            return []
        if text.startswith("{"):
            raise self._fault("a sparse row, which is not read; write the rows out")
        cells, at = [], 0
        while (found := _CELL.match(text, at)) is not None:
            cells.append(found[1].rstrip())
            at = found.end()
            if not found[0].endswith(","):
                break
        if found is None:
            return [text.encode() + b"\n"]
        return [",".join(map(_as_csv, cells)).encode() + b"\n"]

    def _fault(self, what: str) -> DataError:
        return DataError(f"{self._name}: line {self._lines}: {what}")


def _unquoted(text: str) -> str:
    if text[:1] not in {"'", '"'}:
        return text
    return _ESCAPED.sub(lambda found: _MEANS.get(found[1], found[1]), text[1:-1])


def _as_csv(cell: str) -> str:
    if cell == "?":
        return ""
    text = _unquoted(cell)
    if any(mark in text for mark in ',"\r\n'):
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text
