"""The sink that spares making documents."""

from streamlr.emission import Document
from streamlr.sinks import none as subject


def test_it_takes_everything_and_says_that_it_need_not_be_given() -> None:
    sink = subject.build(subject.Config(), "sink")
    sink.open({"bytes": 3})
    sink.write([Document(0, 0, None, b"a", {})])
    assert sink.flush() == {}
    sink.close()
    assert not sink.writes
