"""Lines on standard output, whole polls at once."""

import sys
from typing import NoReturn

import pytest

from streamlr.emission import Document
from streamlr.errors import StorageError
from streamlr.sinks import stdout as subject


def test_each_document_is_a_line_at_once(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sink = subject.build(subject.Config(), "sink")
    sink.open(None)
    sink.write([Document(0, 0, None, b"a", {}), Document(0, 1, None, b"b", {})])
    assert capfdbinary.readouterr().out == b"a\nb\n"
    assert sink.flush() == {}
    sink.close()
    sink.write([Document(0, 2, None, b"still open", {})])
    assert capfdbinary.readouterr().out == b"still open\n"


def test_a_reader_that_went_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def writelines(self, _lines: object) -> NoReturn:
            raise BrokenPipeError

    class Stdout:
        buffer = Closed()

    monkeypatch.setattr(sys, "stdout", Stdout())
    with pytest.raises(StorageError, match="closed by its reader"):
        subject.build(subject.Config(), "sink").write([Document(0, 0, None, b"a", {})])
